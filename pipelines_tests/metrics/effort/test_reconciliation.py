"""The checks hold on tables computed from raw rows, and each fails when its law is broken."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines.metrics.effort.link_coverage import LINK_COVERAGE
from pipelines.metrics.effort.link_suggestions import LINK_SUGGESTIONS
from pipelines.metrics.effort.people import PEOPLE
from pipelines.metrics.effort.reconciliation import RECONCILIATION, SUM_CHECKS
from pipelines.metrics.effort.story_references import STORY_REFERENCES
from pipelines.metrics.effort.story_vectors import STORY_VECTORS
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.effort.tracker_sums import TRACKER_SUMS
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.metrics.project_management.iterations import ITERATIONS
from pipelines.metrics.project_management.story_facts import STORY_FACTS
from pipelines.metrics.project_management.story_states import STORY_STATES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.expense_facts import EXPENSE_FACTS
from pipelines.metrics.time_tracking.finance import PROJECT_FINANCE
from pipelines.metrics.time_tracking.history_coverage import HISTORY_COVERAGE
from pipelines.metrics.time_tracking.report_differences import REPORT_DIFFERENCES
from pipelines.metrics.time_tracking.time_entry_days import TIME_ENTRY_DAYS
from pipelines.metrics.time_tracking.time_entry_facts import TIME_ENTRY_FACTS
from pipelines.metrics.time_tracking.time_quality import TIME_QUALITY
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.effort.support import AS_OF, rows
from pipelines_tests.support.tables import insert, raw_warehouse

RUN = MetricRun(as_of=AS_OF, settings=MetricSettings())
OF_TRACKER = (ITERATIONS, STORY_STATES, STORY_FACTS, ITERATION_METRICS)
OF_CLOCKIFY = (
    *(TIME_ENTRY_FACTS, TIME_ENTRY_DAYS, TIME_QUALITY, HISTORY_COVERAGE, EXPENSE_FACTS),
    *(PROJECT_FINANCE, REPORT_DIFFERENCES),
)
BEFORE = (
    *OF_TRACKER,
    *OF_CLOCKIFY,
    PEOPLE,
    STORY_REFERENCES,
    STORY_VECTORS,
    TIME_STORY_LINKS,
    LINK_SUGGESTIONS,
    LINK_COVERAGE,
)


@pytest.fixture
def company() -> duckdb.DuckDBPyConnection:
    """Two weeks of project 7 in Denver: 3 + 5 points accepted in iteration 1, 2 in iteration 2.

    u1 works 2 h over midnight on story 1 and 2, a third of an hour on nothing; u2 half an hour on story 3, and has
    a break and a running timer. Clockify tells the totals of its projects, and of u2's approved timesheet.
    """
    con = raw_warehouse()
    insert(
        con,
        "pivotal_tracker.projects",
        [
            {
                "id": 7,
                "iteration_length": 1,
                "week_start_day": "Monday",
                "time_zone": {"olson_name": "America/Denver"},
                "start_date": "2026-06-01",
            }
        ],
    )
    story = {"project_id": 7, "story_type": "feature", "current_state": "accepted", "labels": []}
    insert(
        con,
        "pivotal_tracker.stories",
        [
            {"id": 1, "estimate": 3, "accepted_at": "2026-06-05T12:00:00Z", **story},
            {"id": 2, "estimate": 5, "accepted_at": "2026-06-08T05:59:59Z", **story},
            {"id": 3, "estimate": 2, "accepted_at": "2026-06-08T06:00:00Z", **story},
        ],
    )
    insert(
        con,
        "pivotal_tracker.iterations",
        [
            {
                "project_id": 7,
                "number": number,
                "length": 1,
                "team_strength": 1.0,
                "start": f"2026-06-{start}T06:00:00Z",
                "finish": f"2026-06-{finish}T06:00:00Z",
            }
            for number, start, finish in ((1, "01", "08"), (2, "08", "15"))
        ],
    )
    for entry_id, user_id, kind, start, end, text in (
        ("e1", "u1", "REGULAR", "2026-06-02T23:00:00Z", "2026-06-03T01:00:00Z", "#1 #2"),
        ("e2", "u1", "REGULAR", "2026-06-03T08:00:00Z", "2026-06-03T08:20:00Z", "mail"),
        ("e3", "u2", "REGULAR", "2026-06-09T08:00:00Z", "2026-06-09T08:30:00Z", "#3"),
        ("e4", "u2", "BREAK", "2026-06-09T12:00:00Z", "2026-06-09T13:00:00Z", ""),
        ("e5", "u2", "REGULAR", "2026-06-30T08:00:00Z", None, "#3"),
    ):
        interval = {"start": start, "end": end}
        values = {
            "description": text,
            "type": kind,
            "time_interval": interval,
            "project_id": f"p{user_id}",
        }
        if entry_id == "e3":
            money = {"hourly_rate": {"amount": 10000}, "cost_rate": {"amount": 4000}}
            values |= {"billable": True, **money}
        insert(con, "clockify.time_entries", [{"id": entry_id, "user_id": user_id, **values}])
    for project, duration in (("pu1", "PT2H20M"), ("pu2", "PT30M")):
        insert(con, "clockify.projects", [{"id": project, "duration": duration}])
    insert(
        con,
        "clockify.approval_requests",
        [
            {
                "id": "sheet",
                "approval_request": {
                    "owner": {"userId": "u2"},
                    "status": {"state": "APPROVED"},
                    "dateRange": {"start": "2026-06-08T00:00:00Z", "end": "2026-06-14T23:59:59Z"},
                },
                "tracked_time": "PT30M",
                "billable_time": "PT30M",
                "billable_amount": 5000,
                "cost_amount": 2000,
            }
        ],
    )
    for table in BEFORE:
        write_metric(con, table, RUN)
    return con


def checks(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    write_metric(con, RECONCILIATION, RUN)
    return {row["check_name"]: row for row in rows(con, "FROM effort.reconciliation")}


def test_all_checks_hold(company: duckdb.DuckDBPyConnection) -> None:
    """2 h + 1/3 h + 1/2 h = 2.8333 h on every side; 10 points; 2 iterations; Tracker told no sums of its own."""
    result = checks(company)
    assert {name: row["left_value"] for name, row in result.items()} == {
        "hours_of_entries_and_days": pytest.approx(17 / 6),
        "hours_of_entries_and_links": pytest.approx(17 / 6),
        "hours_of_entries_and_finance": pytest.approx(17 / 6),
        "points_of_stories_and_iterations": 10,
        "iterations_of_api_and_settings": 2,
        "hours_of_entries_and_clockify": pytest.approx(17 / 6),
        "hours_of_entries_and_approvals": pytest.approx(1.0),
        "revenue_of_entries_and_approvals": pytest.approx(50),
        "cost_of_entries_and_approvals": pytest.approx(20),
        "hours_of_entries_and_report": 0,
        "revenue_of_entries_and_report": 0,
        **{check.name: 0 for check in TRACKER_SUMS},
    }
    for row in result.values():
        assert row["ok"], row
        assert row["difference"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("discrepancy", "broken"),
    [
        (
            "UPDATE time_tracking.time_entry_days SET hours = hours + 1 / 3600 WHERE entry_id = 'e2'",
            {"hours_of_entries_and_days"},
        ),
        ("DELETE FROM effort.time_story_links WHERE story_id = 3", {"hours_of_entries_and_links"}),
        (
            "UPDATE effort.link_coverage SET unlinked_hours = 0",
            {"hours_of_entries_and_links"},
        ),
        (
            "UPDATE time_tracking.project_finance SET hours = hours * 1.001",
            {"hours_of_entries_and_finance"},
        ),
        (
            "INSERT INTO time_tracking.time_entry_facts BY NAME "
            "SELECT * REPLACE ('e9' AS entry_id) FROM time_tracking.time_entry_facts WHERE entry_id = 'e2'",
            {
                "hours_of_entries_and_days",
                "hours_of_entries_and_links",
                "hours_of_entries_and_finance",
            },
        ),
        (
            "UPDATE project_management.iteration_metrics SET points = points + 1 WHERE number = 1",
            {"points_of_stories_and_iterations"},
        ),
        # Totals stay equal, the iterations do not.
        (
            "UPDATE project_management.iteration_metrics SET points = CASE number WHEN 1 THEN 2 ELSE 8 END "
            "WHERE number <= 2",
            {"points_of_stories_and_iterations"},
        ),
        # What Clockify tells: a project's total, a timesheet's time and amounts; and a rate that was read wrong.
        (
            "UPDATE time_tracking.history_coverage SET status = 'disagrees', clockify_hours = 1 WHERE id = 'pu2'",
            {"hours_of_entries_and_clockify"},
        ),
        (
            "UPDATE clockify.approval_requests SET tracked_time = 'PT31M'",
            {"hours_of_entries_and_approvals"},
        ),
        (
            "UPDATE clockify.approval_requests SET billable_time = 'PT0S'",
            {"hours_of_entries_and_approvals"},
        ),
        (
            "UPDATE clockify.approval_requests SET billable_amount = 500000",
            {"revenue_of_entries_and_approvals"},
        ),
        (
            "UPDATE clockify.approval_requests SET cost_amount = 1990",
            {"cost_of_entries_and_approvals"},
        ),
        (
            "UPDATE pivotal_tracker.iterations SET finish = finish + INTERVAL 1 HOUR WHERE number = 2",
            {"iterations_of_api_and_settings"},
        ),
    ],
)
def test_an_injected_discrepancy_makes_its_check_fail(
    company: duckdb.DuckDBPyConnection, discrepancy: str, broken: set[str]
) -> None:
    company.execute(discrepancy)
    assert {name for name, row in checks(company).items() if not row["ok"]} == broken


#: What Tracker says of the company, which is what is calculated: 8 and 2 points; the last three iterations have 2, 0 and 0
#: points, so the velocity in force is 0 (0.67 rounded down) and the spread sqrt(2) times the mean.
TRACKERS = (
    "UPDATE pivotal_tracker.iterations SET accepted_points = if(number = 1, 8, 2), effective_points = accepted_points",
    "UPDATE pivotal_tracker.projects SET current_velocity = 0, current_volatility = 141.42, _extracted_at = "
    "TIMESTAMPTZ '2026-06-30 11:00:00+00'",
)


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("SELECT 1", set()),
        (
            "UPDATE pivotal_tracker.iterations SET accepted_points = 9 WHERE number = 1",
            {"points_of_iterations_and_tracker"},
        ),
        (
            "UPDATE pivotal_tracker.iterations SET effective_points = 2.1 WHERE number = 2",
            {"effective_points_and_tracker"},
        ),
        (
            "UPDATE pivotal_tracker.projects SET current_velocity = 1",
            {"velocity_in_force_and_tracker"},
        ),
        (
            "UPDATE pivotal_tracker.projects SET current_volatility = 140",
            {"volatility_and_tracker"},
        ),
        # Read in an earlier iteration: its sums are not of now.
        (
            "UPDATE pivotal_tracker.projects SET current_velocity = 9, current_volatility = 9, "
            "_extracted_at = TIMESTAMPTZ '2026-06-20 11:00:00+00'",
            set(),
        ),
    ],
)
def test_trackers_own_sums_stand_beside_ours(
    company: duckdb.DuckDBPyConnection, said: str, broken: set[str]
) -> None:
    for statement in (*TRACKERS, said):
        company.execute(statement)
    result = checks(company)
    assert {name for name, row in result.items() if not row["ok"]} == broken
    if not broken:
        assert result["points_of_iterations_and_tracker"]["left_value"] == 10.0


def test_without_any_data_all_checks_are_there_and_hold() -> None:
    con = raw_warehouse()
    for table in BEFORE:
        write_metric(con, table, RUN)
    result = checks(con)
    assert len(result) == len(SUM_CHECKS)
    assert all(
        row["ok"] and row["left_value"] == row["right_value"] == 0 for row in result.values()
    )


def test_it_leaves_no_view_behind(company: duckdb.DuckDBPyConnection) -> None:
    """The comparison needs expected iterations for a moment; the warehouse must not keep them."""
    checks(company)
    views = rows(
        company, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary"
    )
    assert {"view_name": "expected_iterations"} not in views


def test_a_lost_entry_is_named_by_the_project(company: duckdb.DuckDBPyConnection) -> None:
    """20 of 140 minutes of pu1 are no longer there: 14 % are too much for a start date, and its entries begin late."""
    company.execute("DELETE FROM clockify.time_entries WHERE id = 'e2'")
    read_since(company, "2026-05-01")
    write_metric(company, HISTORY_COVERAGE, RUN)
    row = checks(company)["hours_of_entries_and_clockify"]
    assert (row["mismatches"], row["examples"], row["ok"]) == (1, "project pu1", False)


def read_since(con: duckdb.DuckDBPyConnection, day: str) -> None:
    """Reading of time entries began on ``day``."""
    con.execute("CREATE SCHEMA IF NOT EXISTS _pipelines")
    con.execute(
        "CREATE TABLE _pipelines.days_read AS "
        f"SELECT 'clockify' AS namespace, 'time_entries' AS stream, DATE '{day}' AS day"
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-06-08", 1.0), ("2026-06-09", 0.0)])
def test_a_timesheet_that_began_before_the_first_day_read_is_not_compared(
    company: duckdb.DuckDBPyConnection, day: str, hours: float
) -> None:
    """The sheet is of June 8th to 14th; half an hour of it is tracked and billable."""
    read_since(company, day)
    row = checks(company)["hours_of_entries_and_approvals"]
    assert (row["left_value"], row["ok"]) == (pytest.approx(hours), True)


def test_what_the_summary_report_does_not_explain_is_named(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """A difference with a known reason holds; one without fails the check and names person and month."""
    columns = "kind, id, month, unit, clockify_value, our_value, difference, reason"
    company.execute(
        f"INSERT INTO time_tracking.report_differences ({columns}) VALUES "
        "('person', 'ann', '2026-05-01', 'hours', 8, 8.5, -0.5, 'breaks'), "
        "('person', 'bob', '2026-05-01', 'hours', 9, 8, 1, 'unexplained'), "
        "('project', 'p', '2026-05-01', 'EUR', 10, 10, 0, NULL)"
    )
    result = checks(company)
    row = result["hours_of_entries_and_report"]
    assert (row["mismatches"], row["examples"], row["ok"]) == (1, "bob 2026-05", False)
    assert result["revenue_of_entries_and_report"]["ok"]


@pytest.mark.parametrize(
    ("family", "count"), [(OF_TRACKER, 2 + 4), (OF_CLOCKIFY, len(SUM_CHECKS) - 3 - 4), ((), 0)]
)
def test_one_source_is_enough(family: tuple[MetricTable, ...], count: int) -> None:
    """The tables of the source that is off are not there; its checks have no row."""
    con = raw_warehouse()
    for table in family:
        write_metric(con, table, RUN)
    result = checks(con)
    assert len(result) == count
    assert all(row["ok"] for row in result.values())
