"""A warehouse with all raw and all metric tables, empty, for tests of what reads metric tables."""

from __future__ import annotations

import duckdb

from pipelines.metrics.catalog import FAMILIES
from pipelines_tests.support.tables import raw_warehouse


def metric_warehouse() -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse in UTC; every declared table exists with its declared columns and has no rows."""
    connection = raw_warehouse()
    for schema in FAMILIES:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table in (table for tables in FAMILIES.values() for table in tables):
        columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        connection.execute(f"CREATE TABLE {table.address} ({columns})")
    return connection
