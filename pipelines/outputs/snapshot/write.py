"""Writes the snapshot: all tables that others may have, as they are at one moment, replaced in one step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.outputs.mirror.tables import delivered_tables
from pipelines.outputs.snapshot.search_index import add_search_index
from pipelines.project.files import replaced
from pipelines.warehouse.quoting import identifier, literal
from pipelines.warehouse.raw_tables import stream_address

if TYPE_CHECKING:
    import duckdb

FILE_NAME = "snapshot.duckdb"
#: The table that says of when the snapshot is; it has one row.
MOMENT = "catalog.snapshot"


def write_snapshot(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    folder: Path,
    *,
    mode: str,
    tracker_as_of: datetime | None = None,
) -> int:
    """Write ``snapshot.duckdb`` into ``folder``; returns how many tables are in it.

    ``con`` is a connection whose default catalog is the warehouse. Raw tables and metric tables are in it, without what
    vanished, changed or could not be read (the tables beside a stream's own). Readers of the older file keep it until
    they close it.
    """
    tables = [
        table for table in delivered_tables(con) if stream_address(table.address) == table.address
    ]
    with replaced(folder / FILE_NAME) as written:
        # DuckDB makes a file, but takes no empty one.
        written.unlink()
        con.execute(f"ATTACH {literal(str(written))} AS snapshot")
        try:
            con.execute("BEGIN TRANSACTION")
            for table in tables:
                address = f"{identifier(table.schema)}.{identifier(table.name)}"
                con.execute(f"CREATE SCHEMA IF NOT EXISTS snapshot.{identifier(table.schema)}")
                con.execute(f"CREATE TABLE snapshot.{address} AS FROM {address}")
            con.execute("CREATE SCHEMA IF NOT EXISTS snapshot.catalog")
            con.execute(
                f"CREATE TABLE snapshot.{MOMENT} AS SELECT CAST($as_of AS TIMESTAMPTZ) AS as_of, "
                "CAST($tracker AS TIMESTAMPTZ) AS tracker_as_of, now() AS published_at, $mode AS mode",
                {"as_of": as_of, "tracker": tracker_as_of or as_of, "mode": mode},
            )
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
        finally:
            con.execute("DETACH snapshot")
        add_search_index(written)
    return len(tables)
