"""A copy of the whole warehouse as a DuckDB file, of one moment: no run can write while it is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.files import replaced
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb


def back_up(warehouse: Warehouse, target: Path) -> dict[str, int]:
    """Copy all tables to ``target``, which appears whole or not at all; returns the rows by table.

    Waits while a run writes. Raises ``WarehouseError`` when the copy cannot be written or has other row counts.
    """
    import duckdb

    try:
        with replaced(target) as unfinished, warehouse.connect(read_only=True) as connection:
            # DuckDB makes the file itself; an empty one is no database.
            unfinished.unlink()
            quoted = str(unfinished).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS backup")
            connection.execute("COPY FROM DATABASE warehouse TO backup")
            rows = _rows(connection, "warehouse")
            if _rows(connection, "backup") != rows:
                raise WarehouseError(f"The copy {target} has other rows than the warehouse.")
            connection.execute("DETACH backup")
    except (OSError, duckdb.IOException) as error:
        raise WarehouseError(f"The copy {target} cannot be written: {error}") from None
    return rows


def _rows(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, int]:
    """Rows by table of an attached catalog."""
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $catalog "
        "ORDER BY ALL",
        {"catalog": catalog},
    ).fetchall()
    counts = {}
    for schema, table in tables:
        address = f"{catalog}.{identifier(schema)}.{identifier(table)}"
        found = connection.execute(f"SELECT count(*) FROM {address}").fetchone()
        assert found is not None
        counts[f"{schema}.{table}"] = int(found[0])
    return counts
