"""The warehouse: one DuckDB engine, one attached catalog, one way to publish a stream.

Here: opening the catalog (``connection``), the raw tables' shape (``raw_tables``), publishing staged streams
(``publish``) and what is remembered between reads (``state``). Not here: how streams are read, what metrics mean,
Dagster.
"""
