"""What people take away: charts, the report, documents, exports, the snapshot and the MCP server, mirrors, status,
reference pages.

Here: one package per kind of output, each a reader of the warehouse's tables. Not here: how a number is computed
(``metrics``), Dagster (``defs``).
"""
