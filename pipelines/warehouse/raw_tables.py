"""The raw tables: their columns follow the declared streams, plus a few of ours.

``_extra`` holds what the source sent but nobody declared, or what did not fit its declared type.
``_extracted_at`` is when this version of the row was first read, ``_first_seen_at`` when its key was.
``<stream>_deleted`` keeps rows that vanished; ``_last_seen_at`` is the last read that still had them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn
from pipelines.warehouse.connection import definition
from pipelines.warehouse.dialect import dialect_of
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

OWN_COLUMNS = (
    StreamColumn("_extra", "JSON", "What the source sent beyond the declared fields and types."),
    StreamColumn("_extracted_at", "TIMESTAMPTZ", "When this version of the row was first read."),
    StreamColumn("_first_seen_at", "TIMESTAMPTZ", "When a row with this key was first read."),
)
LAST_SEEN = StreamColumn(
    "_last_seen_at", "TIMESTAMPTZ", "The last read in which the row still existed."
)


def table_columns(props: AirbyteStreamProps) -> tuple[StreamColumn, ...]:
    """All columns of a stream's table, in order."""
    return props.columns + OWN_COLUMNS


def ensure_raw_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, streams: Sequence[AirbyteStreamProps]
) -> None:
    """Create what is missing of the schema, the tables and their columns; never drops or retypes anything."""
    ensure_tables(connection, schema, raw_tables(streams))


def outgrown_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, streams: Sequence[AirbyteStreamProps]
) -> set[str]:
    """The names of the tables that are there and lack a column."""
    existing = _existing_columns(connection, schema)
    return {
        name
        for name, columns in raw_tables(streams).items()
        if name in existing and any(column.name not in existing[name] for column in columns)
    }


def raw_tables(
    streams: Sequence[AirbyteStreamProps],
) -> dict[str, Sequence[StreamColumn]]:
    """The columns of the streams' tables, and of those that keep what vanished, by table name."""
    tables: dict[str, Sequence[StreamColumn]] = {}
    for props in streams:
        columns = table_columns(props)
        tables[props.name] = columns
        tables[f"{props.name}_deleted"] = (*columns, LAST_SEEN)
    return tables


def ensure_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Sequence[StreamColumn]]
) -> None:
    """Create what is missing of ``schema``, of ``tables`` by name and of their columns."""
    existing = _existing_columns(connection, schema)
    with definition(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
        for name, columns in tables.items():
            _ensure_table(connection, schema, name, columns, existing)


def _ensure_table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    columns: Sequence[StreamColumn],
    existing: dict[str, set[str]],
) -> None:
    address = f"{identifier(schema)}.{identifier(table)}"
    if table not in existing:
        body = ", ".join(f"{identifier(column.name)} {column.type}" for column in columns)
        connection.execute(f"CREATE TABLE {address} ({body})")
        return
    missing = {column.name: column.type for column in columns if column.name not in existing[table]}
    if missing:
        dialect_of(connection).add_columns(connection, address, missing)


def _existing_columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, set[str]]:
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = $schema",
        {"schema": schema},
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables
