"""The raw tables: their columns follow the declared streams, plus a few of ours.

``_extra`` holds what the source sent but nobody declared, or what did not fit its declared type.
``_extracted_at`` is when this version of the row was first read, ``_first_seen_at`` when its key
was. Beside a stream's table lies ``<stream>_deleted`` with the rows that vanished. A snapshot also
has ``<stream>_history`` with the earlier versions of changed rows: see ``history``.
``<stream>_unreadable`` has the records that could not be placed, with what is known of each: see
``unreadable``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.pyairbyte.conform import known_columns
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn
from pipelines.warehouse.connection import definition
from pipelines.warehouse.dialect import dialect_of
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

OWN_COLUMNS = (
    StreamColumn("_extra", "JSON", "What the source sent beyond the declared fields and types."),
    StreamColumn(
        "_extracted_at",
        "TIMESTAMPTZ",
        "When these values of the declared columns were first read.",
    ),
    StreamColumn("_first_seen_at", "TIMESTAMPTZ", "When a row with this key was first read."),
)
LAST_SEEN = StreamColumn(
    "_last_seen_at", "TIMESTAMPTZ", "The last read in which the row still existed."
)

VALIDITY = (
    StreamColumn("_valid_from", "TIMESTAMPTZ", "When this version of the row was first read."),
    StreamColumn(
        "_valid_to",
        "TIMESTAMPTZ",
        "When other values were read in its place, or the last read before the row vanished.",
    ),
)
#: What a table beside a stream's own has after its name.
DELETED, HISTORY, UNREADABLE_TABLE = "_deleted", "_history", "_unreadable"
_OF_UNREADABLE = (
    StreamColumn("reason", "VARCHAR", "Why the record could not be placed."),
    StreamColumn("raw", "VARCHAR", "The record as JSON, at most a million characters of it."),
    StreamColumn("first_seen_at", "TIMESTAMPTZ", "When it was first read."),
    StreamColumn("last_seen_at", "TIMESTAMPTZ", "When it was last read."),
    StreamColumn("read_from", "DATE", "Daily streams: the first day of the reads that showed it."),
)


def has_history(props: AirbyteStreamProps) -> bool:
    """Whether earlier versions of the stream's rows are kept."""
    return props.publish == "snapshot"


def stream_address(address: str) -> str:
    """The address of the stream that the table at ``address``, raw or beside it, belongs to."""
    for suffix in (DELETED, HISTORY, UNREADABLE_TABLE):
        address = address.removesuffix(suffix)
    return address


def description_beside(name: str) -> str:
    """What is in the table ``name``, which lies beside a stream's own."""
    stream = stream_address(name)
    return {
        DELETED: f"Rows of {stream} that the source no longer has.",
        HISTORY: f"Earlier versions of rows of {stream} that changed.",
        UNREADABLE_TABLE: f"Records of {stream} that could not be placed.",
    }[name.removeprefix(stream)]


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
    """The columns of the streams' tables and of the tables beside them, by table name."""
    tables: dict[str, Sequence[StreamColumn]] = {}
    for props in streams:
        columns = table_columns(props)
        tables[props.name] = columns
        tables[props.name + DELETED] = (*columns, LAST_SEEN)
        if has_history(props):
            tables[props.name + HISTORY] = (*columns, *VALIDITY)
        known = [column for column in props.columns if column.name in known_columns(props)]
        tables[props.name + UNREADABLE_TABLE] = (*known, *_OF_UNREADABLE)
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
