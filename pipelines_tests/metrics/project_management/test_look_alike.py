"""Hosts that offer less: every table computes, and says what it could not know."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.project_management.laws import LAWS, violations
from pipelines_tests.metrics.project_management.support import add_story, instant
from pipelines_tests.support.tables import insert, raw_warehouse

AS_OF = instant("2026-01-28 00:00")  # a Wednesday


@pytest.fixture(scope="module")
def only_stories() -> duckdb.DuckDBPyConnection:
    """A host that sends a project's name and creation, and stories; no logs, iterations, epics or settings."""
    con = raw_warehouse()
    insert(
        con,
        "pivotal_tracker.projects",
        [{"id": 1, "name": "Harbor", "created_at": instant("2026-01-07 00:00")}],
    )
    known = {"transitions": False, "activity": False, "labels": None, "owner_ids": None}
    created = {"created_at": instant("2026-01-07 00:00")}
    add_story(con, 1, ("accepted", "2026-01-14 00:00"), estimate=3, **known, **created)
    add_story(con, 2, ("started", "2026-01-15 00:00"), estimate=2, **known, **created)
    add_story(con, 3, ("unstarted", "2026-01-16 00:00"), **known, **created)
    for table in TABLES:
        write_metric(con, table, MetricRun(as_of=AS_OF, settings=MetricSettings()))
    return con


def select(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return con.execute(query.replace("FROM ", "FROM project_management.")).fetchall()


@pytest.mark.parametrize("law", LAWS)
def test_laws_hold(only_stories: duckdb.DuckDBPyConnection, law: str) -> None:
    assert violations(only_stories, law, AS_OF) == []


def test_states_say_that_they_are_assumed(only_stories: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT story_id, state, source, is_assumed FROM story_states ORDER BY story_id, seq"
    assert select(only_stories, query) == [
        (1, "unscheduled", "story", True),
        (1, "accepted", "story", False),
        (2, "unscheduled", "story", True),
        (2, "started", "story", True),
        (3, "unstarted", "story", True),
    ]


def test_stories_have_no_cycle_and_say_why(only_stories: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT story_id, cycle_hours, cycle_hours_reason, lead_hours, history_complete FROM story_facts ORDER BY 1"
    assert select(only_stories, query) == [
        (1, None, "history_truncated", 168.0, False),
        (2, None, "not_accepted", None, False),
        (3, None, "not_accepted", None, False),
    ]


def test_velocity_needs_no_log(only_stories: duckdb.DuckDBPyConnection) -> None:
    """Weeks of Jan 5, 12, 19, 26: three points accepted in the second; velocity 0, 1 (3 / 2), 1 (3 / 3), 1."""
    query = "SELECT points, velocity, cycle_median_hours FROM iteration_metrics ORDER BY number"
    assert select(only_stories, query) == [
        (0.0, 0, None),
        (3.0, 1, None),
        (0.0, 1, None),
        (0.0, 1, None),
    ]
    assert select(only_stories, "SELECT DISTINCT source, has_known_zone FROM iterations") == [
        ("derived", False)
    ]


def test_age_burnup_and_flow_say_what_they_do_not_know(
    only_stories: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT story_id, age_hours, age_hours_reason FROM aging_wip"
    assert select(only_stories, query) == [(2, None, "history_truncated")]
    query = "SELECT date, scope_points, accepted_points, is_replayed FROM burnup_daily ORDER BY date DESC LIMIT 1"
    assert select(only_stories, query) == [(date(2026, 1, 28), 5.0, 3.0, False)]
    query = "SELECT in_state, in_state_assumed FROM flow_daily WHERE date = '2026-01-28' AND in_state > 0 ORDER BY state"
    assert select(only_stories, query) == [(1, 0), (1, 1), (1, 1)]


def test_forecasts_need_no_log(only_stories: duckdb.DuckDBPyConnection) -> None:
    """Three complete weeks with 0, 1 and 0 acceptances; two stories are open (one started, one in the backlog)."""
    query = "SELECT DISTINCT history_weeks, horizon FROM forecast WHERE question = 'when'"
    assert select(only_stories, query) == [(3, 2)]


def test_no_data_at_all() -> None:
    con = raw_warehouse()
    for table in TABLES:
        assert write_metric(con, table, MetricRun(as_of=AS_OF, settings=MetricSettings())) == 0
