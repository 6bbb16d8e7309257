"""How much time is linked, by person, week and project."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.metrics.effort.link_coverage import LINK_COVERAGE
from pipelines.metrics.settings import MetricSettings, TimeTrackingSettings
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until


def test_linked_and_unlinked_hours_add_up_to_tracked_hours() -> None:
    """4 h linked (one entry with an unknown id beside the known one), 1 h unknown id only, 3 h no id: 4 of 8 h = 50 %."""
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description="#187654321", hours=3.0)
    add_entry(con, "e2", description="#187654321 #187654399", hours=1.0)
    add_entry(con, "e3", description="#187654399", hours=1.0)
    add_entry(con, "e4", description="lunch talk", hours=3.0)
    add_entry(con, "break", type="BREAK", is_work=False, hours=1.0)
    (row,) = write_until(con, LINK_COVERAGE)
    assert row == {
        "user_id": "u1",
        "week_start": date(2026, 6, 1),
        "project_id": None,
        "tracked_hours": 8.0,
        "linked_hours": 4.0,
        "unmatched_reference_hours": 1.0,
        "unlinked_hours": 4.0,
        "suggested_hours": 0.0,
        "coverage_pct": 50.0,
    }


def test_an_unknown_id_is_not_unmatched_when_the_task_links_the_entry() -> None:
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description="#187654399", task_name="#187654321")
    (row,) = write_until(con, LINK_COVERAGE)
    assert (row["linked_hours"], row["unmatched_reference_hours"]) == (1.0, 0.0)


def test_hours_of_zero_have_no_coverage() -> None:
    con = warehouse()
    add_entry(con, "e1", hours=0.0)
    (row,) = write_until(con, LINK_COVERAGE)
    assert row["coverage_pct"] is None


@pytest.mark.parametrize(
    ("week_start", "day", "expected"),
    [
        ("MONDAY", date(2026, 6, 7), date(2026, 6, 1)),
        ("MONDAY", date(2026, 6, 8), date(2026, 6, 8)),
        ("SUNDAY", date(2026, 6, 7), date(2026, 6, 7)),
        ("SUNDAY", date(2026, 6, 6), date(2026, 5, 31)),
        ("SATURDAY", date(2026, 6, 5), date(2026, 5, 30)),
    ],
)
def test_weeks_start_on_the_configured_day(week_start: str, day: date, expected: date) -> None:
    con = warehouse()
    add_entry(con, "e1", local_date=day)
    settings = MetricSettings(time_tracking=TimeTrackingSettings(week_start=week_start))
    (row,) = write_until(con, LINK_COVERAGE, settings)
    assert row["week_start"] == expected
