"""Percentiles of cycle time."""

from __future__ import annotations

from datetime import date, timedelta

from pipelines_tests.metrics.project_management.support import add_story, computed, warehouse

NOW = "2026-03-31 00:00"


def test_percentiles_are_nearest_rank() -> None:
    """Ten features with cycles of 1 to 10 days. Ranks: 50 % the 5th, 70 % the 7th, 85 % the 9th (8.5 up), 95 % the 10th. The
    median lies between the 5th and the 6th.
    """
    con = warehouse()
    for day in range(1, 11):
        accepted = date(2026, 3, 10) + timedelta(days=day)
        add_story(con, day, ("started", "2026-03-10 00:00"), ("accepted", f"{accepted} 00:00"))
    columns = "n, median_hours, p50_hours, p70_hours, p85_hours, p95_hours"
    rows = computed(
        con,
        "cycle_time_percentiles",
        columns,
        as_of=NOW,
        where="window_days = '30' AND story_type = 'feature'",
    )
    assert rows == [(10, 132.0, 120.0, 168.0, 216.0, 240.0)]


def test_windows_look_at_the_acceptance() -> None:
    """Accepted 30 days less a second ago, 30 days ago, and 364 days ago; a story never started has no cycle."""
    con = warehouse()
    for story_id, accepted in enumerate(
        ["2026-03-01 00:00:01", "2026-03-01 00:00:00", "2025-04-01 00:00:00"]
    ):
        add_story(
            con, story_id, ("started", "2025-03-01 00:00"), ("accepted", accepted), story_type="bug"
        )
    add_story(con, 9, ("unstarted", "2026-03-01 00:00"), ("accepted", "2026-03-30 00:00"))
    rows = computed(
        con, "cycle_time_percentiles", "window_days, n", as_of=NOW, where="story_type = 'all'"
    )
    assert dict(rows) == {"30": 1, "90": 2, "365": 3, "all": 3}
    rows = computed(
        con, "cycle_time_percentiles", "story_type, n", as_of=NOW, where="window_days = 'all'"
    )
    assert dict(rows) == {"all": 3, "bug": 3, "chore": 0, "feature": 0}


def test_nothing_to_measure_is_a_row_of_nulls() -> None:
    rows = computed(warehouse(), "cycle_time_percentiles", "n, p50_hours, p95_hours", as_of=NOW)
    assert rows == [(0, None, None)] * 16
