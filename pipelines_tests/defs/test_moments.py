"""Where Tracker's now ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.defs.moments import end_of_archive
from pipelines.defs.settings import load_settings
from pipelines_tests.metrics.project_management.support import add_story, instant, warehouse

TODAY = instant("2026-06-30 12:00")
LAST_MOVE = "2026-01-08 09:00"


@pytest.mark.parametrize(
    ("environment", "ends"),
    [
        ({"PIVOTAL_TRACKER_ARCHIVE": "archive"}, True),
        ({"PIVOTAL_TRACKER_ARCHIVE": "archive", "PIPELINES_AS_OF": "2026-02-01T00:00:00Z"}, False),
        ({"PIVOTAL_TRACKER_API_TOKEN": "token"}, False),
        ({}, False),
    ],
)
def test_an_archive_ends_with_its_newest_instant(
    environment: dict[str, str], ends: bool, tmp_path: Path
) -> None:
    """A live source, the demo, and PIPELINES_AS_OF know no such end."""
    settings = load_settings({"DAGSTER_HOME": str(tmp_path), **environment})
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-06 09:00"), ("accepted", LAST_MOVE))
    assert end_of_archive(con, settings, TODAY) == (instant(LAST_MOVE) if ends else None)
