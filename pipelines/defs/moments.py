"""The moments that count as now in a run.

Here: ``PIPELINES_AS_OF``, else the present; and where Tracker's data is kept in an archive, its newest instant. Not here:
what is computed as of them.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pipelines.project.settings import Settings
from pipelines.sources.registry import PIVOTAL_TRACKER

if TYPE_CHECKING:
    import duckdb


def present(settings: Settings) -> datetime:
    """``PIPELINES_AS_OF``, else now."""
    return settings.as_of or datetime.now(timezone.utc)


def end_of_archive(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime
) -> datetime | None:
    """The newest instant of the archive that Tracker is read from; None where it is read from no archive.

    ``PIPELINES_AS_OF`` goes before it. The raw tables exist.
    """
    from pipelines.metrics.project_management.newest_instant import newest_instant

    if settings.as_of or settings.mode(PIVOTAL_TRACKER) != "archive":
        return None
    return newest_instant(connection, as_of)
