"""The newest instant that Tracker data tells of, which is where an archive ends.

Here: finding it in the raw tables. Not here: when it counts as now (``MetricRun.tracker_as_of``).
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: What has happened, by table. Deadlines and iterations may lie ahead.
_HAPPENED = {
    "stories": "greatest(created_at, updated_at, accepted_at)",
    "story_transitions": "occurred_at",
    "activity": "occurred_at",
    "comments": "greatest(created_at, updated_at)",
}

_TABLES = """
SELECT table_name
FROM information_schema.tables
WHERE table_catalog = current_database()
    AND table_schema = 'pivotal_tracker'
"""


def newest_instant(con: duckdb.DuckDBPyConnection, now: datetime) -> datetime | None:
    """When the last thing up to ``now`` happened in Tracker, in UTC; None where nothing is known."""
    present = {name for (name,) in con.execute(_TABLES).fetchall()}
    found = []
    for table, instant in _HAPPENED.items():
        if table in present:
            query = f"SELECT max({instant}) FROM pivotal_tracker.{table} WHERE {instant} <= $now"
            found += [row[0] for row in con.execute(query, {"now": now}).fetchall() if row[0]]
    return max(found).astimezone(timezone.utc) if found else None
