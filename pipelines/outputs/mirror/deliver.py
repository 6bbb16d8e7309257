"""The delivery: all tables as they were at one moment, those that changed replaced one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.outputs.mirror.model import Held, Mirror, MirrorTable, Parcel, Session
from pipelines.outputs.mirror.parcels import is_delivered, mark_of, refuse_strangers, write_parcel
from pipelines.outputs.mirror.tables import delivered_tables
from pipelines.project.locks import held
from pipelines.pyairbyte.staging_folder import own_folder
from pipelines.warehouse.connection import Warehouse, transaction

# Reading whole tables, DuckDB otherwise keeps most of them in memory.
_MEMORY = "512MB"


@dataclass(frozen=True)
class Delivered:
    """A table that the mirror now has as the warehouse had it; ``was_sent`` is false for one that it had already."""

    address: str
    rows: int
    was_sent: bool
    seconds: float


def deliver(warehouse: Warehouse, mirror: Mirror, staging_dir: Path) -> Iterator[Delivered]:
    """Bring ``mirror`` up to date with ``warehouse``, a table for each item.

    Deliveries of one machine wait for each other. The warehouse is open only while changed tables are written to files
    in ``staging_dir``, not while they travel. Raises ``MirrorError`` or ``WarehouseError``; tables that were not reached
    stay as they were.
    """
    with warehouse.connect(read_only=True) as connection:
        # Also to know that there is something to deliver, before anything of the mirror is asked.
        tables = delivered_tables(connection)
    if not tables:
        return
    with (
        # Of two deliveries at once, one could mark the other's rows as its own.
        held(staging_dir / "mirror.lock"),
        mirror.open() as session,
        own_folder(staging_dir) as folder,
    ):
        there = session.held(tables)
        refuse_strangers({table.address: table for table in tables}, there)
        unchanged, parcels = _parcels(warehouse, mirror, tables, there, folder)
        yield from unchanged
        for parcel in parcels:
            yield _replace(session, parcel)


def _parcels(
    warehouse: Warehouse,
    mirror: Mirror,
    tables: list[MirrorTable],
    there: dict[str, Held],
    folder: Path,
) -> tuple[list[Delivered], list[Parcel]]:
    unchanged, parcels = [], []
    with warehouse.connect(read_only=True) as connection, transaction(connection):
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        for table in tables:
            rows, mark = mark_of(connection, table, mirror)
            if is_delivered(there.get(table.address), rows, mark):
                unchanged.append(Delivered(table.address, rows, was_sent=False, seconds=0.0))
            else:
                parcels.append(write_parcel(connection, table, mirror, rows, mark, folder))
    return unchanged, parcels


def _replace(session: Session, parcel: Parcel) -> Delivered:
    started = time.monotonic()
    session.replace(parcel)
    parcel.file.unlink()
    seconds = time.monotonic() - started
    return Delivered(parcel.table.address, parcel.rows, was_sent=True, seconds=seconds)
