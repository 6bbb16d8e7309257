"""Forecasts by planned capacity, with an example that was calculated by hand."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from pipelines.metrics.effort.capacity_forecast import CAPACITY_FORECAST
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.forecast import FORECAST
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.capacity_daily import CAPACITY_DAILY
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.effort.support import AS_OF, add_story, create, rows, warehouse
from pipelines_tests.support.tables import insert

TODAY = date(2026, 6, 30)
HISTORY_WEEKS = 4


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """Project 7 with a forecast of nine stories in two weeks, and of 90 in 27."""
    made = warehouse()
    for table in (FORECAST, TIME_STORY_LINKS, CAPACITY_DAILY):
        create(made, table)
    add_story(made, 1)
    for horizon, items in ((2, 9), (27, 90)):
        for scope in ("fixed", "growing"):
            row = {"project_id": 7, "question": "how_many", "scope": scope, "percentile": 85}
            insert(
                made,
                "project_management.forecast",
                [row | {"horizon": horizon, "items": items, "history_weeks": HISTORY_WEEKS}],
            )
    return made


def person(con: duckdb.DuckDBPyConnection, user_id: str, *, hours: float, off: int = 0, left: bool = False) -> None:  # fmt: skip
    """Somebody of 8 h every day, who worked ``hours`` on story 1 and is off in the next ``off`` days."""
    days = range(-28, 1) if left else range(-28, 183)
    con.executemany(
        "INSERT INTO time_tracking.capacity_daily (user_id, local_date, days_ago, net_capacity_hours) VALUES (?, ?, ?, ?)",
        [[user_id, TODAY + timedelta(n), -n, 0 if 0 < n <= off else 8] for n in days],
    )
    link = {"entry_id": user_id, "story_id": 1, "user_id": user_id, "hours": hours}
    insert(con, "effort.time_story_links", [link | {"local_date": TODAY - timedelta(3)}])


def answers(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    write_metric(con, CAPACITY_FORECAST, run)
    found = rows(con, "FROM effort.capacity_forecast ORDER BY horizon")
    return [
        (row["items"], row["capacity_adjusted_items"], row["capacity_pct"], row["people"], row["reason"])
        for row in found
    ]  # fmt: skip


def test_half_of_the_people_do_half_of_the_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Ann and Bob worked 30 h each, Bob is off for both weeks: 50 %, so 4 of 9. Capacity ends before 27 weeks."""
    person(con, "ann", hours=30)
    person(con, "bob", hours=30, off=14)
    assert answers(con) == [(9, 4, 50, 2, None), (90, None, None, 2, "beyond_capacity")]


def test_people_count_as_much_as_they_worked(con: duckdb.DuckDBPyConnection) -> None:
    """Ann worked 90 h, Bob 10 h; Bob is off for one of two weeks: 95 %."""
    person(con, "ann", hours=90)
    person(con, "bob", hours=10, off=7)
    assert answers(con)[0] == (9, 8, pytest.approx(95), 2, None)


def test_who_left_does_nothing_any_more(con: duckdb.DuckDBPyConnection) -> None:
    person(con, "ann", hours=30)
    person(con, "left", hours=30, left=True)
    assert answers(con)[0] == (9, 4, 50, 2, None)


def test_without_linked_work_nothing_is_told(con: duckdb.DuckDBPyConnection) -> None:
    person(con, "ann", hours=30)
    con.execute("UPDATE effort.time_story_links SET local_date = DATE '2026-05-01'")
    assert answers(con)[0] == (9, None, None, 0, "no_linked_work")


def test_nobody_off_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    for user_id, hours in (("ann", 11.1), ("bob", 0.7), ("cleo", 3.3)):
        person(con, user_id, hours=hours)
    assert answers(con)[0] == (9, 9, pytest.approx(100), 3, None)
