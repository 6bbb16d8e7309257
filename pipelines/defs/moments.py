"""Where Tracker's now ends: with the archive that it is read from.

Here: whether there is such an end, and when. Not here: the run's own now (``runs.now``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.defs.settings import Settings
from pipelines.sources.registry import PIVOTAL_TRACKER

if TYPE_CHECKING:
    import duckdb


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
