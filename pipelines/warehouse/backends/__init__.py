"""Where a warehouse can lie, a module for each kind: how it is opened, and how its writers take turns.

Here: addresses (``address``), locked extensions (``extensions``) and the kinds: ``duckdb_file``, ``ducklake``,
``postgres``. Not here: what their SQL lacks (``warehouse.dialect``), what is in the tables.
"""
