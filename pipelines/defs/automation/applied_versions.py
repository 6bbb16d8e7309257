"""What of Tracker the warehouse is up to date with: project versions, and days of activity.

Here: questions to the warehouse. Not here: the versions at the source (``sources.pivotal_tracker.versions``).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.sources.pivotal_tracker.versions import versioned_streams
from pipelines.sources.registry import PIVOTAL_TRACKER
from pipelines.warehouse.state import parent_versions, was_ever_read

if TYPE_CHECKING:
    import duckdb


def applied_versions(connection: duckdb.DuckDBPyConnection) -> dict[str, str] | None:
    """The versions that *every* versioned stream has applied, by project id; ``None`` before the first read."""
    if not was_ever_read(connection, PIVOTAL_TRACKER):
        return None
    versions = parent_versions(
        connection, PIVOTAL_TRACKER, [props.name for props in versioned_streams()]
    )
    return dict(set.intersection(*(set(known.items()) for known in versions.values())))


def last_activity_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The last day of activity that was read."""
    found = connection.execute(
        "SELECT max(day) FROM _pipelines.days_read "
        "WHERE namespace = 'pivotal_tracker' AND stream = 'activity'"
    ).fetchone()
    return found[0] if found else None
