"""Whether a table is there to be read, for what does without it.

Here: asking for it. Not here: what is left out then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb


def exists(con: duckdb.DuckDBPyConnection, address: str) -> bool:
    """Whether the default catalog has the table or view ``schema.table``.

    It is asked for by reading nothing of it: a look into the list of all tables takes a hundred times as long.
    """
    import duckdb

    schema, name = address.split(".")
    try:
        con.execute(f"SELECT 1 FROM {identifier(schema)}.{identifier(name)} LIMIT 0")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def existing(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The addresses of all tables of the default catalog."""
    rows = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return {address for (address,) in rows}
