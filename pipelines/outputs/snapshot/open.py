"""Opens the snapshot so that nothing else can be reached: no file, no network, no other database, no setting.

It is opened for each question, so that an answer is of one run and the next one of the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.outputs.snapshot.write import MOMENT
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb

#: In the order in which they must be set: the last one forbids to set any.
LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class SnapshotMissing(Exception):
    """No run has published a snapshot yet; the message says how to get one."""


@dataclass(frozen=True)
class Moment:
    """Of when the snapshot is: what counted as now, also in Tracker, when it was written, and of which data."""

    as_of: datetime
    tracker_as_of: datetime
    published_at: datetime
    mode: str

    def of(self, address: str) -> datetime:
        """What counted as now in the metric table at ``address``."""
        return self.tracker_as_of if address.startswith("project_management.") else self.as_of


@contextmanager
def opened(file: Path, *extensions: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Moment]]:
    """A connection to the snapshot, whose tables are the default catalog's, and its moment.

    ``extensions`` are files of DuckDB extensions to load before everything is locked. Raises ``SnapshotMissing``.
    """
    import duckdb

    if not file.exists():
        raise SnapshotMissing(
            f"There is no snapshot at {file} yet: run `make sync` (or `make demo`), which publishes one as its last step."
        )
    con = duckdb.connect(
        ":memory:", config={"allow_unsigned_extensions": True, "threads": 2, "memory_limit": "1GB"}
    )
    try:
        for extension in extensions:
            con.execute(f"LOAD {literal(str(extension))}")
        con.execute(f"ATTACH {literal(str(file))} AS snapshot (READ_ONLY)")
        con.execute("USE snapshot")
        for lock in LOCKS:
            con.execute(lock)
        row = con.execute(
            f"SELECT as_of, tracker_as_of, published_at, mode FROM {MOMENT}"
        ).fetchone()
        assert row is not None
        yield con, Moment(*row)
    finally:
        con.close()
