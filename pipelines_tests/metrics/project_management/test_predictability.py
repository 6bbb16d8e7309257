"""Natural process limits of weekly throughput, and the service level that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import duckdb
import pytest

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)

FIRST_MONDAY = instant("2026-01-05 00:00")


def accept(con: duckdb.DuckDBPyConnection, counts: Sequence[int], hours: int = 24) -> str:
    """So many stories on the Wednesday of each week since January 5, each with a cycle of ``hours``; the Monday after."""
    for week, count in enumerate(counts):
        accepted = FIRST_MONDAY + timedelta(weeks=week, days=2)
        started = accepted - timedelta(hours=hours)
        for place in range(count):
            moves = (("started", f"{started:%Y-%m-%d %H:%M}"), ("accepted", f"{accepted:%Y-%m-%d}"))
            add_story(con, 100 * week + place, *moves, activity=False)
    return f"{FIRST_MONDAY + timedelta(weeks=len(counts)):%Y-%m-%d}"


def test_limits_follow_from_moving_ranges() -> None:
    """The example of the definition: 4, 6, 4, 6 ...: mean 5, ranges of 2, limits 5 -/+ 5.32. The 13th week is not over."""
    con = warehouse()
    now = accept(con, [4, 6] * 6)
    columns = "accepted, mean, lower_limit, upper_limit, limits_reason, signal, is_partial"
    rows = computed(con, "predictability_weekly", columns, as_of=now)
    limits = (5.0, 0.0, pytest.approx(10.32), None, None)
    assert rows == [
        *[(4, *limits, False), (6, *limits, False)] * 6,
        (0, *limits, True),
    ]


def test_fewer_than_twelve_weeks_have_no_limits() -> None:
    con = warehouse()
    now = accept(con, [4] * 11)
    columns = "mean, upper_limit, limits_reason, signal"
    rows = computed(con, "predictability_weekly", columns, as_of=now)
    assert rows == [(None, None, "too_few_weeks", None)] * 12


def test_a_week_outside_the_limits_is_a_signal() -> None:
    """Eleven weeks with 2 and one with 13: mean 35/12 = 2.92, mean range 11/11 = 1, limits 0.26 and 5.58."""
    con = warehouse()
    now = accept(con, [2] * 11 + [13])
    columns = "accepted, signal, round(lower_limit, 2), round(upper_limit, 2)"
    rows = computed(con, "predictability_weekly", columns, as_of=now, where="NOT is_partial")
    assert rows[-1] == (13, "above_limit", 0.26, 5.58)
    # Eleven weeks lie below the mean: from the eighth on that is a signal, too.
    assert [row[1] for row in rows[:-1]] == [None] * 7 + ["eight_below"] * 4


def test_a_week_below_the_limits_is_a_signal() -> None:
    """Twelve weeks with 9 and one with 1: mean 109/13 = 8.38, mean range 8/12, limits 6.61 and 10.16."""
    con = warehouse()
    now = accept(con, [9] * 12 + [1])
    rows = computed(con, "predictability_weekly", "signal", as_of=now, where="NOT is_partial")
    assert rows == [None] * 7 + ["eight_above"] * 5 + ["below_limit"]


def test_a_week_at_the_mean_ends_a_run() -> None:
    """Mean 5: seven weeks above, one at the mean, one above, and eight below, of which the last one is the eighth."""
    con = warehouse()
    counts = [6, 9, 6, 9, 6, 9, 6, 5, 9, 1, 4, 1, 4, 1, 4, 1, 4, 5]
    now = accept(con, counts)
    rows = computed(con, "predictability_weekly", "mean, signal", as_of=now, where="NOT is_partial")
    assert {mean for mean, _ in rows} == {5.0}
    assert [signal for _, signal in rows] == [None] * 16 + ["eight_below", None]


def test_the_service_level_is_that_of_the_days_before() -> None:
    """Ten stories with cycles of 1 to 10 days in the week of March 2: 85 % took at most 9 days. In the next week one takes
    9 days and one 30: half of them kept it. That week has no part in its own level, but in that of the week after.
    """
    con = warehouse()
    for days in range(1, 11):
        started = instant("2026-03-04 00:00") - timedelta(days=days)
        add_story(con, days, ("started", f"{started:%Y-%m-%d}"), ("accepted", "2026-03-04 00:00"))
    for story_id, started in ((11, "2026-03-02 00:00"), (12, "2026-02-09 00:00")):
        add_story(con, story_id, ("started", started), ("accepted", "2026-03-11 00:00"))
    columns = "sle_hours, sle_stories, sle_attained_pct, sle_reason"
    rows = computed(
        con,
        "predictability_weekly",
        columns,
        as_of="2026-06-15 00:00",
        where="week_start IN ('2026-03-02', '2026-03-09', '2026-03-16', '2026-06-08')",
    )
    assert rows == [
        (None, 10, None, "no_history"),
        (216.0, 2, 50.0, None),
        # Twelve cycles, rank 11 (10.2 up): 10 days.
        (240.0, 0, None, "no_stories_in_week"),
        # 90 days before June 8 is March 10: the two of March 11 are left.
        (720.0, 0, None, "no_stories_in_week"),
    ]


def test_no_stories_are_no_weeks() -> None:
    assert computed(warehouse(), "predictability_weekly", "accepted", as_of="2026-03-31") == []
