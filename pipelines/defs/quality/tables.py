"""Which tables there are: a table that nobody wrote yet cannot be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb


def existing_tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The addresses, ``schema.table``, of all tables of the default catalog."""
    rows = connection.execute(
        "SELECT concat_ws('.', schema_name, table_name) FROM duckdb_tables() "
        "WHERE database_name = current_database()"
    ).fetchall()
    return frozenset(address for (address,) in rows)


def relation(address: str) -> str:
    """``schema.table`` quoted for SQL."""
    return ".".join(identifier(part) for part in address.split("."))


def count_rows(connection: duckdb.DuckDBPyConnection, address: str) -> int:
    """How many rows the table at ``address`` has now."""
    found = connection.execute(f"SELECT count(*) FROM {relation(address)}").fetchone()
    assert found is not None
    return int(found[0])
