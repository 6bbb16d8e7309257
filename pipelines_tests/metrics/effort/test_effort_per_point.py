"""What points and estimates came to in hours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from pipelines.metrics.effort.effort_per_point import EFFORT_PER_POINT, ESTIMATE_CALIBRATION
from pipelines.metrics.effort.group_cost import EPIC_COST
from pipelines.metrics.effort.story_effort import STORY_EFFORT
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert


def add_accepted(
    con: duckdb.DuckDBPyConnection, story_id: int, points: float, hours: float | None, **values: Any
) -> None:
    """A story accepted in iteration 3, with its points as estimate and an entry of ``hours`` if not None."""
    row = {"current_state": "accepted", "iteration_number": 3, "estimate": points, **values}
    add_story(con, story_id, points=points, **row)
    if hours is not None:
        add_entry(con, f"e{story_id}", description=f"#{story_id}", hours=hours)


def test_hours_per_point_is_a_ratio_of_sums_over_stories_with_both() -> None:
    """3 points 12 h, 5 points 20 h, 2 points without time, a chore without points 8 h.

    32 h / 8 points = 4; stories 2 of 3 = 66.7 %; hours 32 of 40 = 80 %.
    Open and deleted stories, releases and stories of no iteration do not count.
    """
    con = warehouse()
    add_accepted(con, 1, 3, 12.0)
    add_accepted(con, 2, 5, 20.0)
    add_accepted(con, 3, 2, None)
    add_accepted(con, 4, 0, 8.0, story_type="chore", estimate=None)
    add_accepted(con, 5, 8, 99.0, current_state="delivered")
    add_accepted(con, 6, 8, 99.0, is_deleted=True)
    add_accepted(con, 7, 0, 99.0, story_type="release")
    add_accepted(con, 8, 8, 99.0, iteration_number=None)
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert row == {
        "project_id": 7,
        "iteration_number": 3,
        "stories": 2,
        "points": 8.0,
        "hours": 32.0,
        "hours_per_point": 4.0,
        "truncated_stories": 0,
        "story_coverage_pct": pytest.approx(200 / 3),
        "hours_coverage_pct": 80.0,
    }


def test_without_linked_time_there_is_no_ratio() -> None:
    con = warehouse()
    add_accepted(con, 1, 3, None)
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert (row["stories"], row["hours_per_point"]) == (0, None)
    assert (row["story_coverage_pct"], row["hours_coverage_pct"]) == (0.0, None)


def test_without_points_there_is_no_ratio() -> None:
    con = warehouse()
    add_accepted(con, 1, 0, 4.0)
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert (row["hours_per_point"], row["story_coverage_pct"]) == (None, None)
    assert row["hours_coverage_pct"] == 0.0


def test_hours_of_a_story_count_over_all_its_currencies() -> None:
    """1 h in EUR and 3 h in JPY on a story of 2 points: 2 h a point."""
    con = warehouse()
    add_accepted(con, 1, 2, None)
    add_entry(con, "a", description="#1", currency="EUR", cost=40, cost_currency="EUR")
    add_entry(con, "b", description="#1", hours=3.0, currency="JPY", cost=9000, cost_currency="JPY")
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert row["hours_per_point"] == 2.0


def test_calibration_over_all_iterations() -> None:
    """2, 3, 5 and 20 h for 3 points: p25 is the 1st, p75 the 3rd value, the median the mean of the 2nd and 3rd."""
    con = warehouse()
    for story_id, hours in enumerate((20.0, 2.0, 5.0, 3.0), start=1):
        add_accepted(con, story_id, 3, hours, iteration_number=story_id)
    add_accepted(con, 5, 3, None)
    add_accepted(con, 6, 0, 1.5)
    add_accepted(con, 7, 0, 1.5, estimate=None)
    # Two points that the project does not count, because it does not estimate bugs.
    add_accepted(con, 8, 0, 1.5, story_type="bug", estimate=2)
    rows = write_until(con, ESTIMATE_CALIBRATION)
    assert [tuple(row.values()) for row in rows] == [
        (7, 0.0, 1, 1.5, 1.5, 1.5),
        (7, 3.0, 4, 2.0, 4.0, 5.0),
    ]


def test_stories_whose_history_is_cut_off_do_not_enter() -> None:
    """Reading began on May 1st in the middle of project p; story 1 existed before, its 12 h are what was left.

    Story 2 came later: 20 h / 5 points. 1 of 2 stories, 20 of 32 h. An old story of a project read whole counts.
    """
    con = warehouse()
    insert(
        con,
        "time_tracking.history_coverage",
        [
            {
                "kind": "project",
                "id": project,
                "status": status,
                "missing_hours": missing,
                "first_day_read": "2026-05-01",
            }
            for project, status, missing in (("p", "history_truncated", 50.0), ("q", "complete", 0))
        ],
    )
    add_accepted(con, 1, 3, None, created_at="2026-04-20T09:00:00Z")
    add_accepted(con, 2, 5, None, created_at="2026-05-02T09:00:00Z")
    money = {"cost": 1200, "revenue": 2400, "currency": "EUR", "cost_currency": "EUR"}
    add_entry(con, "e1", description="#1", hours=12.0, project_id="p", **money)
    add_entry(con, "e2", description="#2", hours=20.0, project_id="p", **money)
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert (row["hours_per_point"], row["stories"], row["truncated_stories"]) == (4.0, 1, 1)
    assert (row["story_coverage_pct"], row["hours_coverage_pct"]) == (50.0, 62.5)
    (calibration,) = write_until(con, ESTIMATE_CALIBRATION)
    assert (calibration["estimate"], calibration["median_hours"]) == (5.0, 20.0)
    columns = ("story_id", "hours", "cost", "revenue", "amounts_reason")
    effort = [tuple(row[name] for name in columns) for row in write_until(con, STORY_EFFORT)]
    assert effort == [
        (1, 12.0, None, None, "history_truncated"),
        (2, 20.0, Decimal(1200), Decimal(2400), None),
    ]
    (epic,) = write_until(con, EPIC_COST)
    assert (epic["hours"], epic["cost"], epic["cost_allocated"]) == (32.0, None, None)
    assert epic["amounts_reason"] == "history_truncated"
    con.execute("UPDATE time_tracking.time_entry_facts SET project_id = 'q'")
    (row,) = write_until(con, EFFORT_PER_POINT)
    assert (row["hours_per_point"], row["truncated_stories"]) == (4.0, 0)
    assert row["story_coverage_pct"] == 100.0
