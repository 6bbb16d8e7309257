"""Velocity, volatility, rates and counts of iterations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    delete_story,
    warehouse,
)
from pipelines_tests.support.tables import insert

FIRST_DAY = date(2026, 1, 5)


def accept_points(con: duckdb.DuckDBPyConnection, *points: float | None) -> None:
    """One feature with these points accepted in each week from January 5; None for a week without any."""
    for week, estimate in enumerate(points):
        if estimate is not None:
            accepted = f"{FIRST_DAY + timedelta(weeks=week, days=1)} 12:00"
            add_story(
                con,
                1 + week,
                ("started", "2026-01-05 09:00"),
                ("accepted", accepted),
                estimate=estimate,
            )


def override(con: duckdb.DuckDBPyConnection, number: int, **values: Any) -> None:
    insert(
        con, "pivotal_tracker.iteration_overrides", [{"project_id": 1, "number": number, **values}]
    )


def velocities(
    con: duckdb.DuckDBPyConnection, *, after_weeks: int
) -> list[tuple[float, int, bool]]:
    """(velocity_exact to two places, velocity, velocity_is_initial) of every iteration."""
    return computed(
        con,
        "iteration_metrics",
        "round(velocity_exact, 2), velocity, velocity_is_initial",
        as_of=f"{FIRST_DAY + timedelta(weeks=after_weeks, days=2)} 00:00",
    )


def test_velocity_averages_the_last_done_iterations_and_rounds_down() -> None:
    """Points 9, 4, 6 averaged over three: after one 9, after two 6.5, after three 19 / 3 = 6.33, velocity 6.

    The fourth iteration is current and carries the velocity in force.
    """
    con = warehouse()
    accept_points(con, 9, 4, 6)
    assert velocities(con, after_weeks=3) == [
        (9.0, 9, False),
        (6.5, 6, False),
        (6.33, 6, False),
        (6.33, 6, False),
    ]


@pytest.mark.parametrize(("strength", "in_force"), [(1.0, [10, 9, 6, 6]), (0.5, [10, 9, 8, 7])])
def test_velocity_in_force_is_that_of_the_iterations_before(
    strength: float, in_force: list[int]
) -> None:
    """Points 9, 4, 6, initial velocity 10. After one 9, after two (9 + 4) / 2 = 6.5, after three 6.33. With half strength in
    the second: (9 + 8) / 2 = 8.5, then 7.67.
    """
    con = warehouse()
    accept_points(con, 9, 4, 6)
    override(con, 2, length=1, team_strength=strength)
    as_of = f"{FIRST_DAY + timedelta(weeks=3, days=2)} 00:00"
    assert computed(con, "iteration_metrics", "velocity_in_force", as_of=as_of) == in_force


def test_team_strength_scales_points() -> None:
    """The same with half strength in the second: (9 + 4 / 0.5 + 6) / 3 = 23 / 3 = 7.67, velocity 7."""
    con = warehouse()
    accept_points(con, 9, 4, 6)
    override(con, 2, length=1, team_strength=0.5)
    assert velocities(con, after_weeks=3)[2] == (7.67, 7, False)


def test_an_iteration_of_strength_0_keeps_its_place_but_adds_nothing() -> None:
    """Points 9, 0 (strength 0), 6, 5 over three. After the third: (9 + 6) / 2 = 7.5. After the fourth the first is out
    of the window, which is 2, 3, 4: (6 + 5) / 2 = 5.5. Effective points of the second are NULL.
    """
    con = warehouse()
    accept_points(con, 9, None, 6, 5)
    override(con, 2, length=1, team_strength=0)
    assert velocities(con, after_weeks=4)[2:4] == [(7.5, 7, False), (5.5, 5, False)]
    effective = computed(con, "iteration_metrics", "effective_points", as_of="2026-02-04 00:00")
    assert effective == [9.0, None, 6.0, 5.0, 0.0]


def test_only_strength_0_gives_the_initial_velocity() -> None:
    con = warehouse(velocity_averaged_over=1, initial_velocity=7)
    accept_points(con, 9, 3)
    override(con, 2, length=1, team_strength=0)
    assert velocities(con, after_weeks=2) == [(9.0, 9, False), (7.0, 7, True), (7.0, 7, True)]


def test_a_long_iteration_counts_by_its_weeks() -> None:
    """Default two weeks; iteration 2 lasts three (an override) with 12 points, iteration 1 two with 10.

    Velocity: (10 + 12) / (2 + 3) weeks = 4.4 a week x 2 = 8.8, velocity 8. Effective points of the second:
    12 / 1 / 3 x 2 = 8.
    """
    con = warehouse(iteration_length=2)
    accept_points(con, 10, None, 12)
    override(con, 2, length=3, team_strength=1)
    assert velocities(con, after_weeks=5)[1] == (8.8, 8, False)
    assert (
        computed(con, "iteration_metrics", "effective_points", as_of="2026-02-11 00:00")[1] == 8.0
    )


def test_no_done_iteration_gives_the_initial_velocity() -> None:
    con = warehouse(initial_velocity=12)
    accept_points(con, 5)
    assert velocities(con, after_weeks=0) == [(12.0, 12, True)]
    assert computed(con, "iteration_metrics", "points, is_done", as_of="2026-01-07 00:00") == [
        (5.0, False)
    ]


def test_a_full_window_of_zero_points_gives_the_initial_velocity_again() -> None:
    """Points 6, 0, 0, 0, 3 over three: 6, 3, 2, then three zeros in a row = initial 10, then 3 / 3 = 1.

    Two zeros at the very beginning of a project are no full window: velocity 0.
    """
    con = warehouse()
    accept_points(con, 6, None, None, None, 3)
    assert velocities(con, after_weeks=5)[:5] == [
        (6.0, 6, False),
        (3.0, 3, False),
        (2.0, 2, False),
        (10.0, 10, True),
        (1.0, 1, False),
    ]
    assert velocities(warehouse(), after_weeks=2)[1] == (0.0, 0, False)


def test_rounding_down_is_not_fooled_by_binary_fractions() -> None:
    """0.3 points at strength 0.1 are 2.9999999999999996 in binary; the velocity is 3."""
    con = warehouse()
    accept_points(con, 0.3)
    override(con, 1, length=1, team_strength=0.1)
    assert velocities(con, after_weeks=1)[0] == (3.0, 3, False)


def test_volatility_is_the_population_spread_in_percent_of_the_mean() -> None:
    """9, 4, 6: mean 19/3, squares of differences 64/9 + 49/9 + 1/9 = 114/9, variance 38/9, deviation 2.0548;
    2.0548 / 6.3333 = 32.44 %. After one iteration and for a mean of 0: NULL.
    """
    con = warehouse()
    accept_points(con, 9, 4, 6)
    spread = computed(
        con, "iteration_metrics", "round(volatility_pct, 2)", as_of="2026-01-27 00:00"
    )
    assert spread == [None, pytest.approx(38.46), pytest.approx(32.44), pytest.approx(32.44)]
    assert (
        computed(warehouse(), "iteration_metrics", "volatility_pct", as_of="2026-01-27 00:00")
        == [None] * 4
    )


def test_estimates_changed_later_change_history() -> None:
    """Points are those that stories have now (Tracker rewrites its charts too): 5 became 8 after the acceptance."""
    con = warehouse()
    accept_points(con, 5)
    con.execute("UPDATE pivotal_tracker.stories SET estimate = 8")
    assert computed(con, "iteration_metrics", "points", as_of="2026-01-13 00:00") == [8.0, 0.0]


def test_counts_by_type_without_releases_and_deleted_stories() -> None:
    """Accepted in week 1: two features, a bug, a chore and a release; a deleted feature does not count."""
    con = warehouse()
    for story_id, story_type in enumerate(
        ["feature", "feature", "bug", "chore", "release", "feature"]
    ):
        moves = [("started", "2026-01-05 00:00"), ("accepted", "2026-01-06 00:00")]
        add_story(con, story_id, *moves, story_type=story_type, estimate=2)
    delete_story(con, 5, "2026-01-07 00:00")
    columns = "stories_accepted, features, bugs, chores, points"
    assert computed(con, "iteration_metrics", columns, as_of="2026-01-08 00:00") == [
        (4, 2, 1, 1, 4.0)
    ]


def test_medians_are_the_mean_of_the_middle_and_percentiles_nearest_rank() -> None:
    """Cycles of 1, 2, 3 and 10 days. Median: (48 + 72) / 2 = 60 h. 85 %: 0.85 x 4 = 3.4, so the 4th = 240 h."""
    con = warehouse(iteration_length=4)
    for story_id, days in enumerate([10, 1, 3, 2]):
        accepted = f"{date(2026, 1, 6) + timedelta(days=days)} 00:00"
        add_story(con, story_id, ("started", "2026-01-06 00:00"), ("accepted", accepted))
    rows = computed(
        con, "iteration_metrics", "cycle_median_hours, cycle_p85_hours", as_of="2026-01-20 00:00"
    )
    assert rows == [(60.0, 240.0)]


def test_rejection_rate_counts_features_and_bugs_that_were_ever_rejected() -> None:
    """Accepted: two features (one once rejected), one bug, one chore: 1 / 3 = 33.3 %. Without any: NULL."""
    con = warehouse()
    rejected = [
        ("delivered", "2026-01-05 00:00"),
        ("rejected", "2026-01-05 12:00"),
        ("accepted", "2026-01-06 00:00"),
    ]
    add_story(con, 1, *rejected)
    add_story(con, 2, *rejected, story_type="chore")
    add_story(con, 3, ("accepted", "2026-01-06 00:00"))
    add_story(con, 4, ("accepted", "2026-01-06 00:00"), story_type="bug")
    rates = computed(con, "iteration_metrics", "rejection_rate_pct", as_of="2026-01-13 00:00")
    assert rates == [pytest.approx(100 / 3), None]


def test_bugs_created_and_stories_carried_over() -> None:
    """Bugs created in weeks 1, 1 and 2. Week 1 ends with story 1 started and story 3 delivered; story 2 is in the
    backlog, story 4 was accepted in it. Week 2 is current: not over, so NULL.
    """
    con = warehouse()
    add_story(
        con, 1, ("unstarted", "2026-01-05 00:00"), ("started", "2026-01-11 23:59"), story_type="bug"
    )
    add_story(
        con, 2, ("unstarted", "2026-01-06 00:00"), ("started", "2026-01-12 00:00"), story_type="bug"
    )
    add_story(con, 3, ("started", "2026-01-06 00:00"), ("delivered", "2026-01-07 00:00"))
    add_story(con, 4, ("started", "2026-01-06 00:00"), ("accepted", "2026-01-07 00:00"))
    add_story(con, 5, ("unscheduled", "2026-01-12 00:00"), story_type="bug")
    rows = computed(
        con, "iteration_metrics", "bugs_created, carried_over", as_of="2026-01-13 00:00"
    )
    assert rows == [(2, 2), (1, None)]
