"""What people and programs take away: charts, report, documents, exports, snapshot, MCP server, mirrors, status, pages.

Here: one package per kind of output, each a reader of the warehouse's tables. Not here: how a number is computed
(``metrics``), Dagster (``defs``).
"""
