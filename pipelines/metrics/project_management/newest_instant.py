"""The newest instant that Tracker data tells of, which is where an archive ends.

Here: finding it in the raw tables. Not here: when it counts as now (``MetricRun.tracker_as_of``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Deadlines and iterations may lie ahead; these have happened.
_SQL = """
SELECT max(instant)
FROM (
    SELECT max(greatest(created_at, updated_at, accepted_at)) AS instant
    FROM pivotal_tracker.stories
    UNION ALL
    SELECT max(occurred_at)
    FROM pivotal_tracker.story_transitions
    UNION ALL
    SELECT max(occurred_at)
    FROM pivotal_tracker.activity
    UNION ALL
    SELECT max(greatest(created_at, updated_at))
    FROM pivotal_tracker.comments
)
WHERE instant <= $now
"""


def newest_instant(con: duckdb.DuckDBPyConnection, now: datetime) -> datetime | None:
    """When the last thing up to ``now`` happened in Tracker, in UTC; None where nothing is known."""
    [(instant,)] = con.execute(_SQL, {"now": now}).fetchall()
    return instant
