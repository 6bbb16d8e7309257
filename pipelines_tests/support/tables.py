"""Small raw tables for metric tests: shaped by the manifests, filled with a few rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.raw_tables import ensure_raw_tables

METRIC_SCHEMAS = ("project_management", "time_tracking", "effort")


def raw_warehouse() -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse in UTC with every raw table, all of them empty, and the metric schemas."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for schema, connector in CONNECTORS.items():
        ensure_raw_tables(connection, schema, connector.streams)
    for schema in METRIC_SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    return connection


def insert(
    connection: duckdb.DuckDBPyConnection, address: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert ``rows`` into ``schema.table``; missing columns stay NULL, lists and dicts become JSON.

    A key that the table does not have is an error, so that a test cannot misspell a column.
    """
    schema, table = address.split(".")
    target = f"{identifier(schema)}.{identifier(table)}"
    for row in rows:
        names = ", ".join(identifier(name) for name in row)
        marks = ", ".join("?" for _ in row)
        values = [json.dumps(v) if isinstance(v, dict | list) else v for v in row.values()]
        connection.execute(f"INSERT INTO {target} ({names}) VALUES ({marks})", values)
