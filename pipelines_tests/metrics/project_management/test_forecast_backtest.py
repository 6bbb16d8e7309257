"""Forecasts of the past against what then happened."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import DEMO, TINY, CompanySize, generate
from pipelines_tests.metrics.project_management.support import (
    add_open,
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.metrics.project_management.test_generated_company import load
from pipelines_tests.support.tables import raw_warehouse

MONDAY = date(2026, 7, 6)  # 26 weeks after January 5, when the project began
#: What the tables of forecasts are computed from.
CHAIN = (
    "iterations",
    "story_states",
    "story_facts",
    "throughput_weekly",
    "forecast",
    "forecast_backtest",
    "forecast_calibration",
)


def accept_three_a_week(con: duckdb.DuckDBPyConnection, weeks: int) -> None:
    """Three stories in each week from January 5, created on Tuesday and accepted on Wednesday; open on no Monday."""
    for week in range(weeks):
        tuesday = date(2026, 1, 6) + timedelta(weeks=week)
        moves = (
            ("started", f"{tuesday} 00:00"),
            ("accepted", f"{tuesday + timedelta(days=1)} 00:00"),
        )
        for n in range(3):
            add_story(con, 10 * week + n, *moves, activity=False)


@pytest.mark.parametrize(
    ("last_accepted", "actual", "is_hit"),
    [("2026-07-22", 3, True), ("2026-07-27", 3, True), ("2026-07-28", 4, False)],
)
def test_the_worked_example(last_accepted: str, actual: int, is_hit: bool) -> None:
    """Seven stories are open on Monday, July 6, three are accepted a week: 3 weeks, July 27. Six of them are accepted on
    July 8, the seventh on the given day: July 22 is in the third week, and so is July 27 itself; July 28 is too late.

    Within two weeks 2 x 3 are forecast; 2 x 3 and the six were accepted.
    """
    con = warehouse()
    accept_three_a_week(con, 32)
    for n in range(7):
        accepted = "2026-07-08" if n else last_accepted
        add_story(
            con,
            9000 + n,
            ("unstarted", "2026-07-05 00:00"),
            ("accepted", f"{accepted} 12:00"),
            activity=False,
        )
    columns = "percentile, horizon, forecast, forecast_date, actual, is_hit"
    forecast = {"weeks": [2], "trials": 100}
    made = f"made_on = '{MONDAY}' AND scope = 'fixed'"
    rows = computed(
        con,
        "forecast_backtest",
        columns,
        as_of="2026-07-30 00:00",
        where=f"{made} AND question = 'when'",
        forecast=forecast,
    )
    assert rows == [(p, 7, 3, date(2026, 7, 27), actual, is_hit) for p in (50, 70, 85, 95)]
    within = f"{made} AND question = 'how_many' AND percentile = 85"
    rows = con.execute(
        f"SELECT {columns} FROM project_management.forecast_backtest WHERE {within}"
    ).fetchall()
    assert rows == [(85, 2, 6, date(2026, 7, 20), 12, True)]
    rows = computed(
        con,
        "forecast_backtest",
        "is_hit",
        as_of="2026-07-27 23:00",
        where=f"{made} AND question = 'when' AND percentile = 85",
        forecast=forecast,
    )
    assert rows == [None]


def test_a_short_history_says_so() -> None:
    """The first Monday with 26 complete weeks behind it is July 6. As of July 8 no forecast is over yet."""
    con = warehouse()
    accept_three_a_week(con, 28)
    add_open(con, "unstarted")
    forecast = {"weeks": [1], "trials": 100}
    made_on = computed(
        con, "forecast_backtest", "made_on", as_of="2026-07-08 00:00", forecast=forecast
    )
    assert set(made_on) == {MONDAY}
    columns = "n, hits, hit_pct, hit_pct_reason, verdict"
    rows = computed(
        con, "forecast_calibration", columns, as_of="2026-07-08 00:00", forecast=forecast
    )
    assert rows == [(0, 0, None, "no_forecast_is_over", "too_short")] * 16


def test_without_a_log_nobody_can_tell_what_was_open() -> None:
    con = warehouse()
    for week in range(32):
        accepted = f"{date(2026, 1, 7) + timedelta(weeks=week)} 00:00"
        moves = ("unstarted", "2026-01-05 00:00"), ("accepted", accepted)
        add_story(con, week, *moves, transitions=False, activity=False)
    assert computed(con, "forecast", "project_id", as_of="2026-08-12 00:00") != []
    assert computed(con, "forecast_backtest", "made_on", as_of="2026-08-12 00:00") == []


def test_shares_and_verdicts() -> None:
    """24 of 29 are 82.8 %, calibrated; 8 of 29 are 27.6 %, optimistic; 29 of 29 cautious at 85 %; of 9 none is enough."""
    con = warehouse()
    for table in TABLES:
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        con.execute(f"CREATE TABLE {table.address} ({columns})")
    con.execute("INSERT INTO project_management.throughput_weekly (project_id) VALUES (1)")
    for percentile, hits, cases in ((50, 8, 29), (70, 9, 9), (85, 24, 29), (95, 29, 29)):
        con.execute(
            "INSERT INTO project_management.forecast_backtest (project_id, made_on, question, horizon, scope,"
            " percentile, is_hit)"
            " SELECT 1, DATE '2026-01-05' + 7 * i::INTEGER, 'when', 5, 'growing', ?, i < ? FROM range(?) AS t(i)",
            [percentile, hits, cases],
        )
        # One that is not over yet counts nowhere.
        con.execute(
            "INSERT INTO project_management.forecast_backtest (project_id, made_on, question, horizon, scope,"
            " percentile) VALUES (1, '2026-12-07', 'when', 5, 'growing', ?)",
            [percentile],
        )
    [calibration] = [table for table in TABLES if table.name == "forecast_calibration"]
    run = MetricRun(as_of=instant("2026-12-08 00:00"), settings=MetricSettings())
    rows = (
        calibration.compute(con, run)
        .filter("question = 'when' AND scope = 'growing'")
        .order("percentile")
        .project("n, hits, round(hit_pct, 1), verdict, first_made_on")
        .fetchall()
    )
    first = date(2026, 1, 5)
    assert rows == [
        (29, 8, 27.6, "optimistic", first),
        (9, 9, 100.0, "too_short", first),
        (29, 24, 82.8, "calibrated", first),
        (29, 29, 100.0, "calibrated", first),
    ]


def company(now: datetime, size: CompanySize, seed: int = 20250430) -> duckdb.DuckDBPyConnection:
    """The raw tables of a generated company."""
    con = raw_warehouse()
    load(con, generate(now=now, size=size, seed=seed).tracker)
    return con


def write_chain(con: duckdb.DuckDBPyConnection, as_of: datetime, *names: str) -> None:
    run = MetricRun(as_of=as_of, settings=MetricSettings())
    for table in TABLES:
        if table.name in names:
            write_metric(con, table, run)


@pytest.mark.parametrize("monday", [date(2026, 6, 29), date(2026, 9, 14)])
def test_a_forecast_of_the_past_is_the_one_that_was_made_then(monday: date) -> None:
    """Of a generated company: the backtest of a Monday, computed ten weeks later, says what `forecast` says in the company
    as it was on that Monday. Between the two, stories were accepted, re-opened, deleted and moved.
    """
    project = 2_401_187  # in Denver
    then = datetime(monday.year, monday.month, monday.day, tzinfo=ZoneInfo("America/Denver"))
    later = (then + timedelta(weeks=10)).astimezone(timezone.utc)
    past = company(then.astimezone(timezone.utc), TINY)
    write_chain(past, then.astimezone(timezone.utc), *CHAIN[:-2])
    made = past.execute(
        "SELECT question, horizon, scope, percentile, if(question = 'when', weeks, items), date"
        " FROM project_management.forecast WHERE project_id = ? ORDER BY ALL",
        [project],
    ).fetchall()
    now = company(later, TINY)
    write_chain(now, later, *CHAIN[:-3], "forecast_backtest")
    tested = now.execute(
        "SELECT question, horizon, scope, percentile, forecast, forecast_date"
        " FROM project_management.forecast_backtest WHERE project_id = ? AND made_on = ? ORDER BY ALL",
        [project, monday],
    ).fetchall()
    assert len(made) == 48
    assert tested == made


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20250430, 2, 6, 9])
def test_dates_at_85_percent_are_kept_in_about_85_percent(seed: int) -> None:
    """The demo company and three others: of at least 25 dates, 75 to 95 % are kept; of the fixed scope's, far fewer."""
    now = datetime(2026, 11, 26, tzinfo=timezone.utc)
    con = company(now, DEMO, seed)
    write_chain(con, now, *CHAIN)
    kept = con.execute(
        "SELECT scope, sum(n), 100 * sum(hits) / sum(n) FROM project_management.forecast_calibration"
        " WHERE question = 'when' AND percentile = 85 GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    [(_, _, fixed_pct), (_, n, growing_pct)] = kept
    assert n >= 25
    assert 75 <= growing_pct <= 95
    assert fixed_pct < 60
