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


def add_open(con: duckdb.DuckDBPyConnection, *states: str, **values: object) -> None:
    for story_id, state in enumerate(states, start=1):
        add_story(con, story_id, (state, "2026-01-05 00:00"), activity=False, **values)


@pytest.mark.parametrize("seed", [0, 1, 20250430])
def test_constant_history_is_exact_at_every_percentile_and_seed(seed: int) -> None:
    """Three a week in all eight weeks, seven open: three weeks (7 / 3 up) at every confidence, ending Wed March 25;
    within two weeks exactly six, by March 18.
    """
    con = warehouse()
    accept_weekly(con, *[3] * 8)
    add_open(con, *["unstarted"] * 7)
    columns = "question, horizon, percentile, weeks, date, items, history_weeks, trials, seed"
    rows = computed(
        con, "forecast", columns, as_of=NOW, forecast={"seed": seed, "weeks": [2], "trials": 200}
    )
    constant = (8, 200, seed)
    assert rows == [
        *[("how_many", 2, p, 2, date(2026, 3, 18), 6, *constant) for p in (50, 70, 85, 95)],
        *[("when", 7, p, 3, date(2026, 3, 25), 7, *constant) for p in (50, 70, 85, 95)],
    ]
    distribution = "question, outcome, trials, share_pct"
    rows = computed(
        con,
        "forecast_distribution",
        distribution,
        as_of=NOW,
        forecast={"seed": seed, "weeks": [2], "trials": 200},
    )
    assert rows == [("how_many", 6, 200, 100.0), ("when", 3, 200, 100.0)]


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
    forecasts = computed(con, "forecast", "question, horizon, percentile, weeks, items", as_of=NOW)
    distribution = computed(
        con, "forecast_distribution", "question, horizon, outcome, trials", as_of=NOW
    )
    assert len(forecasts) == 4 * 6
    for question, horizon, percentile, weeks, items in forecasts:
        outcomes = {o: n for q, h, o, n in distribution if (q, h) == (question, horizon)}
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
        con, "forecast", "question, horizon, percentile, weeks, items", as_of=NOW, forecast=chosen
    )
    answers: dict[tuple[str, int], list[int]] = {}
    for question, horizon, _, weeks, items in rows:
        answers.setdefault((question, horizon), []).append(weeks if question == "when" else -items)
    assert all(values == sorted(values) for values in answers.values())
    assert len(answers) == (3 if any(counts) else 0)
