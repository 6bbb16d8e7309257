"""Forecasts of projects."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.forecast import projects_without_forecast
from pipelines.metrics.settings import MetricSettings
from pipelines_tests.metrics.project_management.support import (
    add_open,
    add_story,
    computed,
    instant,
    warehouse,
)

FIRST_WEEK = date(2026, 1, 5)
NOW = "2026-03-04 00:00"  # a Wednesday; the weeks from January 5 to March 1 are complete: eight


def accept_weekly(
    con: duckdb.DuckDBPyConnection, *counts: int, story_type: str = "feature"
) -> None:
    """So many stories accepted on the Wednesday of each week from January 5."""
    for week, count in enumerate(counts):
        accepted = f"{FIRST_WEEK + timedelta(weeks=week, days=2)} 00:00"
        for n in range(count):
            story_id = 1000 * (week + 1) + n
            moves = [("unstarted", "2026-01-05 00:00"), ("accepted", accepted)]
            add_story(con, story_id, *moves, story_type=story_type, activity=False)


def add_weekly(con: duckdb.DuckDBPyConnection, *counts: int) -> None:
    """So many stories added to the backlog on the Thursday of each week from January 5; nobody takes them up."""
    for week, count in enumerate(counts):
        added = f"{FIRST_WEEK + timedelta(weeks=week, days=3)} 00:00"
        for n in range(count):
            add_story(con, 5000 + 100 * week + n, ("unstarted", added), activity=False)


@pytest.mark.parametrize("seed", [0, 1, 20250430])
def test_constant_history_is_exact_at_every_percentile_and_seed(seed: int) -> None:
    """Three a week in all eight weeks, seven open: three weeks (7 / 3 up) at every confidence, ending Wed March 25;
    within two weeks exactly six, by March 18. All stories are there in the first week, so that no scope grows.
    """
    con = warehouse()
    accept_weekly(con, *[3] * 8)
    add_open(con, *["unstarted"] * 7)
    columns = (
        "question, horizon, scope, percentile, weeks, date, items, history_weeks, trials, seed"
    )
    rows = computed(
        con, "forecast", columns, as_of=NOW, forecast={"seed": seed, "weeks": [2], "trials": 200}
    )
    constant = (8, 200, seed)
    assert rows == [
        (question, horizon, scope, p, weeks, ends_on, items, *constant)
        for question, horizon, weeks, ends_on, items in (
            ("how_many", 2, 2, date(2026, 3, 18), 6),
            ("when", 7, 3, date(2026, 3, 25), 7),
        )
        for scope in ("fixed", "growing")
        for p in (50, 70, 85, 95)
    ]
    distribution = "question, scope, outcome, trials, share_pct"
    rows = computed(
        con,
        "forecast_distribution",
        distribution,
        as_of=NOW,
        forecast={"seed": seed, "weeks": [2], "trials": 200},
    )
    assert rows == [
        (question, scope, outcome, 200, 100.0)
        for question, outcome in (("how_many", 6), ("when", 3))
        for scope in ("fixed", "growing")
    ]


@pytest.mark.parametrize("added", [0, 1, 2])
def test_what_is_added_goes_ahead_where_the_past_tells_nothing(added: int) -> None:
    """Three accepted in each week, none of what is added is done yet, so all of it may go ahead; seven open, and what was
    added in the seven weeks after the first. None added: 7 / 3 up, 3 weeks. One in each: 14 open, 2 a week nearer: 7
    weeks; two in each: 21 open, 1 a week nearer: 21 weeks. The fixed scope takes 14 / 3 and 21 / 3 up: 5 and 7 weeks.
    """
    con = warehouse()
    accept_weekly(con, *[3] * 8)
    add_open(con, *["unstarted"] * 7)
    add_weekly(con, 0, *[added] * 7)
    to_go = 7 + 7 * added
    fixed, growing = -(-to_go // 3), -(-to_go // (3 - added))
    columns = "scope, percentile, weeks, overtaking_pct"
    settings = {"history_weeks": 7, "trials": 200}
    rows = computed(
        con, "forecast", columns, as_of=NOW, where="question = 'when'", forecast=settings
    )
    assert rows == [
        *[("fixed", p, fixed, None) for p in (50, 70, 85, 95)],
        *[("growing", p, growing, 100) for p in (50, 70, 85, 95)],
    ]


def test_a_scope_that_grows_as_fast_as_it_is_done_has_no_end_in_sight() -> None:
    con = warehouse()
    accept_weekly(con, *[3] * 8)
    add_open(con, "unstarted")
    add_weekly(con, 0, *[3] * 7)
    columns = "scope, weeks, weeks_reason, date"
    settings = {"history_weeks": 7, "trials": 200}
    where = "question = 'when' AND percentile = 50"
    rows = computed(con, "forecast", columns, as_of=NOW, where=where, forecast=settings)
    assert rows == [
        ("fixed", 8, None, date(2026, 4, 29)),
        ("growing", None, "no_end_in_sight", None),
    ]
    where = "question = 'when' AND scope = 'growing'"
    outcomes = computed(
        con, "forecast_distribution", "outcome", as_of=NOW, where=where, forecast=settings
    )
    assert outcomes == []


def test_a_draw_takes_accepted_and_growth_of_the_same_week() -> None:
    """Weeks of 4 accepted and 4 added, and of 1 and none, in turn: whichever is drawn, the end comes 0 or 1 nearer, never
    4 nearer or 4 further. Ten open: not within nine weeks in any future.
    """
    con = warehouse()
    accept_weekly(con, 0, *[4, 1] * 3, 4)
    add_open(con, *["unstarted"] * 10)
    add_weekly(con, 0, *[4, 0] * 3, 4)
    where = "question = 'when' AND scope = 'growing'"
    settings = {"history_weeks": 7, "trials": 500}
    outcomes = computed(
        con, "forecast_distribution", "outcome", as_of=NOW, where=where, forecast=settings
    )
    assert min(outcomes) >= 10 + 16


def test_new_stories_that_wait_their_turn_do_not_put_off_those_before() -> None:
    """First come, first served: three accepted and three added in each week, nine open after it. Whatever
    was open on a Monday, six, was done two weeks later, so no part of the growth goes ahead: 9 / 3 = 3 weeks, growing or not.
    """
    con = warehouse()
    for n in range(9 + 3 * 8):
        created = FIRST_WEEK + timedelta(weeks=max(n // 3 - 2, 0), days=1)
        accepted = FIRST_WEEK + timedelta(weeks=n // 3, days=2)
        moves = [("unstarted", f"{created} 00:00"), ("accepted", f"{accepted} 12:00")]
        add_story(con, n, *(move for move in moves if move[1] <= NOW), activity=False)
    columns = "horizon, scope, weeks, overtaking_pct"
    where = "question = 'when' AND percentile = 85"
    settings = {"history_weeks": 7, "trials": 200}
    rows = computed(con, "forecast", columns, as_of=NOW, where=where, forecast=settings)
    assert [row[1:] for row in rows] == [("fixed", 3, None), ("growing", 3, 0)]


def test_what_is_open() -> None:
    """Backlog and stories in progress are; the icebox, accepted stories and releases are not."""
    con = warehouse()
    accept_weekly(con, 1)
    add_open(
        con,
        "unscheduled",
        "unstarted",
        "planned",
        "started",
        "finished",
        "delivered",
        "rejected",
        "accepted",
    )
    add_story(con, 99, ("unstarted", "2026-01-05 00:00"), story_type="release")
    assert set(computed(con, "forecast", "horizon", as_of=NOW, where="question = 'when'")) == {6}


def test_history_is_the_last_complete_weeks_with_zeros() -> None:
    """Accepted 5, 0, 2 in the first three weeks, then nothing; releases never count; now is week 9.

    All eight weeks are drawn from by default, the last six (2, 0, 0, 0, 0, 0) when so set, so that four weeks bring at
    most eight stories and an even number.
    """
    con = warehouse()
    accept_weekly(con, 5, 0, 2)
    accept_weekly(con, *[0] * 5, 3, story_type="release")
    assert set(computed(con, "forecast", "history_weeks", as_of=NOW)) == {8}
    outcomes = computed(
        con,
        "forecast_distribution",
        "outcome",
        as_of=NOW,
        where="question = 'how_many' AND horizon = 4 AND history_weeks = 6",
        forecast={"history_weeks": 6},
    )
    assert set(outcomes) <= {0, 2, 4, 6, 8}
    assert {0, 2, 4} <= set(outcomes)


def test_answers_are_read_off_the_distribution() -> None:
    """`when`: the smallest outcome with at least p % at or below; `how_many`: the largest with at least p % at or above."""
    con = warehouse()
    accept_weekly(con, 1, 0, 4, 2, 0, 0, 3, 1)
    add_open(con, *["unstarted"] * 9)
    add_weekly(con, 0, 1, 1, 0, 0, 1, 0, 0)
    forecasts = computed(
        con, "forecast", "question, horizon, scope, percentile, weeks, items", as_of=NOW
    )
    distribution = computed(
        con, "forecast_distribution", "question, horizon, scope, outcome, trials", as_of=NOW
    )
    assert len(forecasts) == 4 * 6 * 2
    for question, horizon, scope, percentile, weeks, items in forecasts:
        cell = question, horizon, scope
        outcomes = {o: n for q, h, s, o, n in distribution if (q, h, s) == cell}
        needed = percentile / 100 * sum(outcomes.values())
        if question == "when":
            assert weeks == min(
                o for o in outcomes if sum(n for x, n in outcomes.items() if x <= o) >= needed
            )
        else:
            assert items == max(
                o for o in outcomes if sum(n for x, n in outcomes.items() if x >= o) >= needed
            )


def test_no_throughput_gives_no_rows_and_a_reason() -> None:
    con = warehouse()
    add_open(con, "unstarted")
    assert computed(con, "forecast", "project_id", as_of=NOW) == []
    run = MetricRun(as_of=instant(NOW), settings=MetricSettings())
    assert projects_without_forecast(con, run) == {
        1: "nothing was accepted in the last 8 complete weeks"
    }
    assert computed(con, "forecast", "project_id", as_of="2026-01-06 00:00") == []
    run = MetricRun(as_of=instant("2026-01-06 00:00"), settings=MetricSettings())
    assert projects_without_forecast(con, run) == {1: "no week is complete yet"}


def test_nothing_open_leaves_only_how_many() -> None:
    con = warehouse()
    accept_weekly(con, 1)
    assert set(computed(con, "forecast", "question", as_of=NOW)) == {"how_many"}
    assert (
        projects_without_forecast(con, MetricRun(as_of=instant(NOW), settings=MetricSettings()))
        == {}
    )


@given(
    counts=st.lists(st.integers(0, 4), min_size=8, max_size=8),
    open_stories=st.integers(1, 12),
    seed=st.integers(0, 99),
)
@settings(max_examples=10)
def test_when_rises_and_how_many_falls_with_confidence(
    counts: list[int], open_stories: int, seed: int
) -> None:
    con = warehouse()
    accept_weekly(con, *counts)
    add_open(con, *["unstarted"] * open_stories)
    chosen = {"seed": seed, "trials": 300, "weeks": [1, 5]}
    rows = computed(
        con, "forecast", "question, horizon, scope, weeks, items", as_of=NOW, forecast=chosen
    )
    answers: dict[tuple[str, int, str], list[int]] = {}
    for question, horizon, scope, weeks, items in rows:
        answer = weeks if question == "when" else -items
        answers.setdefault((question, horizon, scope), []).append(answer)
    assert all(values == sorted(values) for values in answers.values())
    assert len(answers) == (6 if any(counts) else 0)
