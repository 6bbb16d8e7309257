"""When each table was last computed, and as of when, in ``_pipelines.computed``.

It is written in the transaction that writes the table. Not here: computing anything, and when streams were read
(``state``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import StreamColumn
from pipelines.warehouse.raw_tables import ensure_tables
from pipelines.warehouse.state import SCHEMA

if TYPE_CHECKING:
    import duckdb

_NAME = "computed"
_COLUMNS = (
    StreamColumn("address", "VARCHAR", ""),
    StreamColumn("as_of", "TIMESTAMPTZ", ""),
    StreamColumn("computed_at", "TIMESTAMPTZ", ""),
)


@dataclass(frozen=True)
class Computed:
    """The moment that counted as now, and the moment at which it was done."""

    as_of: datetime
    computed_at: datetime


def ensure_computed(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table when it is missing; not inside a transaction."""
    if not _is_there(connection, _NAME):
        ensure_tables(connection, SCHEMA, {_NAME: _COLUMNS})


def remember_computed(connection: duckdb.DuckDBPyConnection, address: str, as_of: datetime) -> None:
    """Record in the transaction at hand that the table at ``address`` is computed now."""
    connection.execute(f"DELETE FROM {SCHEMA}.{_NAME} WHERE address = ?", [address])
    connection.execute(f"INSERT INTO {SCHEMA}.{_NAME} VALUES (?, ?, now())", [address, as_of])


def computed_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Computed]:
    """What was recorded, by address."""
    if not _is_there(connection, _NAME):
        return {}
    rows = connection.execute(f"SELECT address, as_of, computed_at FROM {SCHEMA}.{_NAME}")
    return {
        address: Computed(as_of, computed_at) for address, as_of, computed_at in rows.fetchall()
    }


def read_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """When the table of each stream was last read, by address."""
    if not _is_there(connection, "streams"):
        return {}
    rows = connection.execute(
        f"SELECT namespace || '.' || stream, max(read_at) FROM {SCHEMA}.streams GROUP BY ALL"
    ).fetchall()
    return dict(rows)


def _is_there(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [SCHEMA, name],
    ).fetchone()
    return found != (0,)
