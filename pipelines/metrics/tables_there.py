"""Whether a table is there to be read, for what does without it.

Here: one look at the catalog. Not here: what is left out then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def exists(con: duckdb.DuckDBPyConnection, address: str) -> bool:
    """Whether the default catalog has the table ``schema.table``."""
    schema, name = address.split(".")
    found = con.execute(
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = $schema AND table_name = $name",
        {"schema": schema, "name": name},
    ).fetchone()
    return found != (0,)


def existing(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The addresses of all tables of the default catalog."""
    rows = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return {address for (address,) in rows}
