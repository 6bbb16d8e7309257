"""A second delivery source: made-up tables like Jira's and Linear's, beside Tracker, as queries of the settings tell them."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines.metrics.delivery.source import ITEMS, TRANSITIONS
from pipelines.metrics.delivery.words import DeliveryError
from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.sources.pivotal_tracker.crosswalk import Successor
from pipelines_tests.metrics.project_management.support import add_story, instant, warehouse

# Jira: categories on the issue, moves between statuses in a changelog. Its project goes on with Tracker's project 1.
JIRA = """
CREATE SCHEMA jira;
CREATE TABLE jira.issues AS
SELECT * FROM (VALUES
    ('SHOP-1', 'Pay by card', 'Story', 'In Progress', 3, '2026-03-10 00:00:00Z', '2026-03-12 00:00:00Z'),
    ('SHOP-2', 'Crash at login', 'Bug', 'Done', 2, '2026-03-10 00:00:00Z', '2026-03-14 00:00:00Z'),
    ('SHOP-3', 'Refunds', 'Epic', 'To Do', NULL, '2026-03-11 00:00:00Z', NULL),
    ('SHOP-4', 'Old idea', 'Story', 'In QA', NULL, '2026-03-11 00:00:00Z', NULL)
) AS t (key, summary, issuetype, status_category, story_points, created, updated);
CREATE TABLE jira.changelog AS
SELECT * FROM (VALUES
    ('SHOP-1', 'To Do', 'In Progress', '2026-03-12 00:00:00Z'),
    ('SHOP-2', 'To Do', 'In Progress', '2026-03-11 00:00:00Z'),
    ('SHOP-2', 'In Progress', 'Done', '2026-03-14 00:00:00Z'),
    ('SHOP-9', 'To Do', 'Done', '2026-03-14 00:00:00Z')
) AS t (key, from_category, to_category, moved);
"""
# Linear: state types, and dates on the issue itself, of which moves are made.
LINEAR = """
CREATE SCHEMA linear;
CREATE TABLE linear.issues AS
SELECT * FROM (VALUES
    ('ENG-12', 'ENG', 'Faster search', 'completed', 5, '2026-03-10', '2026-03-11', '2026-03-13', NULL),
    ('ENG-13', 'ENG', 'Dark mode', 'canceled', 1, '2026-03-10', '2026-03-11', NULL, '2026-03-12'),
    ('ENG-14', 'ENG', 'One day', 'backlog', 1, '2026-03-10', NULL, NULL, NULL)
) AS t (identifier, team, title, state_type, estimate, created_at, started_at, completed_at, canceled_at);
"""
ITEMS_SQL = """
SELECT key AS id, '1' AS project, summary AS name, issuetype AS type, status_category AS state_category,
    story_points AS points, created AS created_at, updated AS updated_at
FROM jira.issues
UNION ALL
SELECT identifier, team, title, NULL, state_type, estimate, created_at, coalesce(canceled_at, completed_at)
FROM linear.issues
"""
MOVES_SQL = """
SELECT key AS item_id, from_category AS from_state_category, to_category AS state_category, moved AS occurred_at
FROM jira.changelog
UNION ALL
SELECT identifier, NULL, state, moved
FROM linear.issues, LATERAL (VALUES
    ('started', started_at), ('completed', completed_at), ('canceled', canceled_at)
) AS moves (state, moved)
WHERE moved IS NOT NULL
"""
SETTINGS = {"delivery": {"items": ITEMS_SQL, "transitions": MOVES_SQL}}


def company() -> duckdb.DuckDBPyConnection:
    """Tracker's project 1 in Denver with stories 1 (open, went on as SHOP-1) and 2 (accepted), and the two others."""
    con = warehouse()
    con.execute(JIRA)
    con.execute(LINEAR)
    add_story(con, 1, ("started", "2026-03-02 00:00"), estimate=3)
    add_story(con, 2, ("started", "2026-03-02 00:00"), ("accepted", "2026-03-05 00:00"), estimate=1)
    return con


def compute(
    con: duckdb.DuckDBPyConnection, as_of: str = "2026-03-20 00:00", **settings: dict[str, Any]
) -> None:
    run = MetricRun(
        instant(as_of),
        MetricSettings.model_validate({**SETTINGS, **settings}),
        (Successor(1, "SHOP-1", "jira"),),
    )
    for table in (ITEMS, TRANSITIONS, *TABLES):
        write_metric(con, table, run)


@pytest.fixture(scope="module")
def both() -> duckdb.DuckDBPyConnection:
    con = company()
    compute(con, migration={"day": "2026-03-10"})
    return con


def found(con: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return con.execute(sql).fetchall()


def test_items_in_tracker_s_words(both: duckdb.DuckDBPyConnection) -> None:
    """The item in QA, which is no state category, is left out."""
    assert found(both, "SELECT id, story_type, state, points FROM delivery.items ORDER BY id") == [
        ("ENG-12", "feature", "accepted", 5.0),
        ("ENG-13", "feature", "canceled", 1.0),
        ("ENG-14", "feature", "unscheduled", 1.0),
        ("SHOP-1", "feature", "started", 3.0),
        ("SHOP-2", "bug", "accepted", 2.0),
        ("SHOP-3", "feature", "unstarted", None),
    ]


def test_what_is_left_out_is_told(both: duckdb.DuckDBPyConnection) -> None:
    run = MetricRun(instant("2026-03-20 00:00"), MetricSettings.model_validate(SETTINGS))
    assert ITEMS.notes is not None
    assert TRANSITIONS.notes is not None
    assert ITEMS.notes(both, run) == {"left_out": "1 with the state category In QA."}
    assert TRANSITIONS.notes(both, run) == {"left_out": "1 of no item that is there."}


def test_states_begin_with_the_creation(both: duckdb.DuckDBPyConnection) -> None:
    """SHOP-2: to do 24 hours, in progress 72 hours, done since."""
    assert found(
        both,
        "SELECT story_states.state, hours, source FROM project_management.story_states "
        "JOIN delivery.items USING (story_id) WHERE id = 'SHOP-2' ORDER BY seq",
    ) == [
        ("unstarted", 24.0, "transitions"),
        ("started", 72.0, "transitions"),
        ("accepted", 144.0, "transitions"),
    ]


def test_facts_of_items(both: duckdb.DuckDBPyConnection) -> None:
    """A bug has points in a project that only Linear knows, and none in Tracker's, which estimates features only."""
    rows = found(
        both,
        "SELECT id, cycle_hours, lead_hours, facts.points, history_complete, is_deleted "
        "FROM project_management.story_facts AS facts JOIN delivery.items USING (story_id) ORDER BY id",
    )
    assert rows == [
        ("ENG-12", 48.0, 72.0, 5.0, True, False),
        ("ENG-13", None, None, 1.0, True, True),
        ("ENG-14", None, None, 1.0, True, False),
        ("SHOP-1", None, None, 3.0, True, False),
        ("SHOP-2", 72.0, 96.0, 0.0, True, False),
        ("SHOP-3", None, None, 0.0, True, False),
    ]


def test_one_burn_up_before_and_after_the_migration(both: duckdb.DuckDBPyConnection) -> None:
    """Story 1 leaves on March 10, when SHOP-1 and SHOP-2 come in; SHOP-3 follows a day later. Nothing is counted twice."""
    rows = found(
        both,
        "SELECT day(date), scope_stories, accepted_stories FROM project_management.burnup_daily "
        "WHERE scope_kind = 'project' AND scope_id = 1 AND day(date) IN (4, 5, 9, 10, 11, 14) ORDER BY date",
    )
    assert rows == [(4, 2, 0), (5, 2, 1), (9, 2, 1), (10, 3, 1), (11, 4, 1), (14, 4, 2)]


def test_throughput_aging_cycle_times_and_forecasts_see_both(
    both: duckdb.DuckDBPyConnection,
) -> None:
    accepted = (
        "SELECT week_start::VARCHAR, sum(accepted) FROM project_management.throughput_weekly "
        "WHERE project_id = 1 AND accepted > 0 GROUP BY ALL ORDER BY ALL"
    )
    assert found(both, accepted) == [("2026-03-02", 1), ("2026-03-09", 1)]
    aging = (
        "SELECT id, age_days FROM project_management.aging_wip JOIN delivery.items USING (story_id)"
    )
    assert found(both, aging) == [("SHOP-1", 9)]
    cycles = (
        "SELECT n, p85_hours FROM project_management.cycle_time_percentiles "
        "WHERE project_id = 1 AND window_days = 'all' AND story_type = 'all'"
    )
    assert found(both, cycles) == [(2, 72.0)]
    horizons = "SELECT DISTINCT horizon FROM project_management.forecast WHERE question = 'when' AND project_id = 1"
    assert found(both, horizons) == [(2,)]


def test_as_of_an_earlier_moment_what_came_later_has_not_happened() -> None:
    con = company()
    compute(con, as_of="2026-03-11 12:00")
    rows = found(
        con,
        "SELECT id, current_state, facts.is_deleted FROM project_management.story_facts AS facts "
        "JOIN delivery.items USING (story_id) WHERE id IN ('SHOP-2', 'ENG-12', 'ENG-13') ORDER BY id",
    )
    assert rows == [
        ("ENG-12", "started", False),
        ("ENG-13", "started", False),
        ("SHOP-2", "started", False),
    ]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT 1 AS id", "lacks the column project, state_category, created_at"),
        ("FROM jira.nothing", "Table with name nothing does not exist"),
        ("DROP TABLE jira.issues", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("SELEC", "Parser Error"),
    ],
)
def test_a_query_that_cannot_be_used_is_named(sql: str, sentence: str) -> None:
    con = company()
    run = MetricRun(
        instant("2026-03-20 00:00"), MetricSettings.model_validate({"delivery": {"items": sql}})
    )
    with pytest.raises(DeliveryError, match=f"delivery.items of the metric settings: .*{sentence}"):
        write_metric(con, ITEMS, run)
    assert found(con, "SELECT count(*) FROM jira.issues") == [(4,)]


def test_without_a_query_there_are_no_items() -> None:
    con = company()
    compute(con, delivery={})
    assert found(con, "SELECT count(*) FROM delivery.items") == [(0,)]
    assert found(con, "SELECT count(*) FROM project_management.story_facts") == [(2,)]
