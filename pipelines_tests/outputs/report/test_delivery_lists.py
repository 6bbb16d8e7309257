"""The report's lists about delivery, on a few rows that a person can check."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from pipelines.outputs.report.delivery_lists import AT_RISK
from pipelines.outputs.report.listing import shown
from pipelines_tests.support.metric_tables import metric_warehouse
from pipelines_tests.support.tables import insert

AS_OF = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("past", "kept", "words"),
    [
        (29, 24, "85 % dates were kept in 24 of 29 weeks"),
        (9, 9, "too short a history to tell: 9 of 9 dates were kept"),
        (0, 0, "no date of the past to compare yet"),
        (None, None, "how often such dates were kept is not known"),
    ],
)
def test_beside_each_date_stands_how_often_such_dates_were_kept(
    past: int | None, kept: int | None, words: str
) -> None:
    """A release and an epic of one project; an epic without a forecast has no such words."""
    con = metric_warehouse()
    insert(con, "pivotal_tracker.projects", [{"id": 7, "name": "Shop"}])
    row = {
        "project_id": 7,
        "stories": 5,
        "accepted_stories": 2,
        "deadline": "2026-07-09T12:00:00Z",
        "past_p85_dates": past,
        "past_p85_dates_kept": kept,
    }
    dated = {**row, "projected_p85_date": date(2026, 7, 11)}
    insert(con, "project_management.release_status", [{**dated, "release_id": 1}])
    insert(
        con, "project_management.epic_progress", [{**dated, "epic_id": 2}, {**row, "epic_id": 3}]
    )
    found = shown(con, AT_RISK, AS_OF)
    assert not found.failure
    place = [column.field for column in AT_RISK.columns].index("kept")
    assert {cells[0].text: cells[place].text for cells in found.rows} == {
        "Release 1": words,
        "Epic 2": words,
        "Epic 3": "",
    }
