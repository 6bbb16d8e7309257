"""A warehouse that holds given time entries, as if its days had been read at given moments.

Here: what a sensor looks at. Not here: real reads (``project``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from pipelines.simulator.model import Record
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables


def make_warehouse(
    path: Path, entries: Iterable[Record], read_at: Mapping[date, datetime]
) -> Warehouse:
    """A warehouse with ``entries`` whose days were last read at ``read_at``."""
    warehouse = Warehouse(str(path), lock_timeout=120)
    with warehouse.connect() as connection:
        ensure_state_tables(connection)
        ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
    hold(warehouse, entries)
    mark_read(warehouse, read_at)
    return warehouse


def hold(warehouse: Warehouse, entries: Iterable[Record]) -> None:
    """Put ``entries`` into the warehouse, in place of those with the same ids."""
    rows = [(entry["id"], json.dumps(entry["timeInterval"])) for entry in entries]
    with warehouse.connect() as connection:
        for row in rows:
            connection.execute("DELETE FROM clockify.time_entries WHERE id = ?", [row[0]])
            connection.execute(
                "INSERT INTO clockify.time_entries (id, time_interval) VALUES (?, ?)", row
            )


def mark_read(warehouse: Warehouse, read_at: Mapping[date, datetime]) -> None:
    """Let days have been read at given moments."""
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO _pipelines.streams VALUES ('clockify', 'time_entries', NULL, NULL)"
        )
        for day, moment in read_at.items():
            connection.execute(
                "DELETE FROM _pipelines.days_read WHERE namespace = 'clockify' AND day = ?", [day]
            )
            connection.execute(
                "INSERT INTO _pipelines.days_read VALUES ('clockify', 'time_entries', ?, ?)",
                [day, moment],
            )


def every_day(first: date, last: date, moment: datetime) -> dict[date, datetime]:
    """All days from ``first`` to ``last`` read at one ``moment``."""
    count = (last - first).days + 1
    return {first + timedelta(days=n): moment for n in range(count)}
