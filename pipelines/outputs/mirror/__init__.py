"""Mirrors: the finished tables of the warehouse, delivered to a system that DuckDB cannot compute in.

One way: nothing is read back but how a table was left. Here: where (``address`` and a module for each system), what
(``tables``), which of it changed and how it travels (``parcels``), and the delivery itself (``deliver``). Not here: the
warehouse's own kinds (``warehouse.backends``), Dagster, the command line.
"""
