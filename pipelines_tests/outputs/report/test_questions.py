"""Questions name what they count: each takes every one, on empty and on crowded tables."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest

from pipelines.outputs.charts.render import spec
from pipelines.outputs.report.figure import completed, read
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines.outputs.report.questions.model import Named, Question, named, total
from pipelines.project.texts.drawings import for_drawing
from pipelines_tests.outputs.crowd import AS_OF
from pipelines_tests.support.tables import insert

EACH_QUESTION = pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.figure.name)


def question(name: str) -> Question:
    (found,) = (asked for asked in QUESTIONS if asked.figure.name == name)
    return found


@EACH_QUESTION
def test_a_question_names_what_it_counts(asked: Question, con: duckdb.DuckDBPyConnection) -> None:
    described = con.execute(f"DESCRIBE {completed(asked.found, AS_OF)}").fetchall()
    assert {"name", "amount"} <= {column for column, *_ in described}
    assert asked.figure.period
    assert named(con, asked, AS_OF) == []
    assert total(con, asked, AS_OF) == 0


@EACH_QUESTION
def test_the_names_add_up_to_the_number(
    asked: Question, crowded: duckdb.DuckDBPyConnection
) -> None:
    [value] = [reading.value for reading in read(crowded, asked.figure, AS_OF)]
    assert not isinstance(value, date)
    everything = named(crowded, asked, AS_OF, most=None)
    assert sum(one.amount for one in everything) == pytest.approx(float(value or 0))
    assert total(crowded, asked, AS_OF) == len(everything)
    assert named(crowded, asked, AS_OF) == everything[:5]
    assert all(one.name for one in everything)


@EACH_QUESTION
def test_the_chart_that_a_question_points_to_shows_all_that_it_counts(
    asked: Question, crowded: duckdb.DuckDBPyConnection
) -> None:
    if asked.chart is None:
        assert "chart" not in asked.action
        return
    drawn = json.dumps(spec(asked.chart, crowded, AS_OF), ensure_ascii=False)
    found = named(crowded, asked, AS_OF, most=None)
    assert found or not read(crowded, asked.figure, AS_OF)[0].value
    for one in found:
        assert for_drawing(one.name) in drawn


def test_an_overspent_budget_without_an_end_is_named_before_one_that_is_forecast(
    con: duckdb.DuckDBPyConnection,
) -> None:
    budget = {"cycle_start": date(2026, 6, 1), "estimate": 100.0}
    insert(
        con,
        "time_tracking.project_budget",
        [
            {
                **budget,
                "project_id": "a",
                "project_name": "Soon",
                "used_pct": 60.0,
                "forecast_pct": 106.3,
            },
            {**budget, "project_id": "b", "project_name": "Over", "used_pct": 133.6},
            {**budget, "project_id": "c", "project_name": "Fine", "used_pct": 99.0},
        ],
    )
    assert named(con, question("budgets_over"), AS_OF) == [
        Named("Over", 1, "overspent: 134 % used, since 1 Jun 2026"),
        Named("Soon", 1, "60 % used, 106 % at this rate, since 1 Jun 2026"),
    ]


def test_a_release_is_named_with_its_dates_and_its_address(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, "pivotal_tracker.projects", [{"id": 7, "name": "Shop"}])
    url = "https://tracker.example/story/show/1"
    insert(con, "pivotal_tracker.releases", [{"id": 1, "name": "4.9", "url": url}])
    status = {
        "project_id": 7,
        "release_id": 1,
        "stories": 5,
        "accepted_stories": 2,
        "deadline": "2026-07-09T12:00:00Z",
        "projected_p85_date": date(2026, 7, 11),
        "past_p85_dates": 29,
        "past_p85_dates_kept": 24,
    }
    insert(con, "project_management.release_status", [status])
    assert named(con, question("releases_late"), AS_OF) == [
        Named(
            "4.9 (Shop)",
            1,
            "deadline 9 Jul 2026; 85 % of the simulated futures finish by 11 Jul 2026 (85 % dates were kept in 24 of 29 weeks); "
            "3 open stories",
            url,
        )
    ]


def test_days_with_too_little_time_are_named_by_person(con: duckdb.DuckDBPyConnection) -> None:
    """Ann has two such days, with what was logged on each."""
    for day, logged in ((8, 8), (10, 3), (11, 0), (26, 8)):
        key = {"user_id": "ann", "local_date": date(2026, 6, day)}
        row = {**key, "user_name": "Ann", "expected_hours": 8, "logged_hours": logged}
        insert(con, "time_tracking.timesheet_compliance", [row])
        insert(con, "time_tracking.time_daily", [{**key, "tracked_hours": logged}])
    assert named(con, question("incomplete_days"), AS_OF) == [
        Named("Ann", 2, "11 Jun: 0.0 of 8.0 h, 10 Jun: 3.0 of 8.0 h")
    ]
