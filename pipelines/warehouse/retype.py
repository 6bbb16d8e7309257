"""Changes the types of raw columns to the declared ones where no value is lost.

A value survives when casting it to the new type and back gives the same value. A text that becomes
an instant survives when it can be read as one. Where a value would not survive, nothing is changed,
and one sentence names the column. Only DuckDB files are looked at, because other catalogs replace
our types by their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import StreamColumn
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

_SHORT_NAMES = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


def retype_columns(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Sequence[StreamColumn]]
) -> list[str]:
    """Give the columns of ``tables`` their declared types; returns a sentence for each that changed.

    Raises ``WarehouseError`` when values of a column do not fit its new type.
    """
    existing = _existing_types(connection, schema)
    return [
        _retype(connection, schema, table, column, existing[table, column.name])
        for table, columns in tables.items()
        for column in columns
        if existing.get((table, column.name), column.type) != column.type
    ]


def _retype(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, column: StreamColumn, old: str
) -> str:
    address, name = f"{identifier(schema)}.{identifier(table)}", identifier(column.name)
    cast = f"TRY_CAST({name} AS {column.type})"
    survives = f"TRY_CAST({cast} AS {old}) IS NOT DISTINCT FROM {name}"
    if (old, column.type) == ("VARCHAR", "TIMESTAMPTZ"):
        survives = f"{cast} IS NOT NULL"
    found = connection.execute(
        f"SELECT count(*), min(CAST({name} AS VARCHAR)) FROM {address} "
        f"WHERE {name} IS NOT NULL AND NOT ({survives})"
    ).fetchone()
    assert found is not None
    lost, example = found
    what = f"{schema}.{table}.{column.name} is {old} in this warehouse and is now declared as {column.type}"
    if lost:
        raise WarehouseError(
            f"{what}, which {lost:,} of its values do not fit, such as {str(example)[:80]!r}: declare it as {old} "
            "again, or set PIPELINES_WAREHOUSE to a new file."
        )
    connection.execute(f"ALTER TABLE {address} ALTER COLUMN {name} TYPE {column.type} USING {cast}")
    return f"{what}: it was changed."


def _existing_types(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "JOIN duckdb_databases() AS d USING (database_name) "
        "WHERE database_name = current_database() AND schema_name = $schema AND d.type = 'duckdb'",
        {"schema": schema},
    ).fetchall()
    return {
        (table, column): _SHORT_NAMES.get(data_type, data_type) for table, column, data_type in rows
    }
