"""Headline figures and questions, on tables small enough to calculate by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.figure import Figure, Reading, completed, query_text, read
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines_tests.support.tables import insert

AS_OF = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
MONDAY = date(2026, 6, 29)
FIGURES = {
    figure.name: figure
    for figure in (
        *COMPANY_FIGURES,
        *PROJECT_FIGURES,
        *MONEY_FIGURES,
        *(question.figure for question in QUESTIONS),
    )
}
METRIC_TABLES = {table.address for tables in FAMILIES.values() for table in tables}


def readings(con: duckdb.DuckDBPyConnection, name: str) -> list[Reading]:
    return read(con, FIGURES[name], AS_OF)


def utilization(
    con: duckdb.DuckDBPyConnection, weeks_ago: int, tracked: float, **values: object
) -> None:
    row = {
        "user_id": "u",
        "week_start": MONDAY - timedelta(weeks=weeks_ago),
        "is_partial": weeks_ago == 0,
        "tracked_hours": tracked,
        "billable_hours": tracked / 2,
        "net_capacity_hours": 40.0,
        **values,
    }
    insert(con, "time_tracking.utilization_weekly", [row])


def throughput(
    con: duckdb.DuckDBPyConnection, project: int, weeks_ago: int, accepted: int, **values: object
) -> None:
    row = {
        "project_id": project,
        "week_start": MONDAY - timedelta(weeks=weeks_ago),
        "story_type": "feature",
        "is_partial": weeks_ago == 0,
        "accepted": accepted,
        "points": 2.0 * accepted,
        **values,
    }
    insert(con, "project_management.throughput_weekly", [row])


@pytest.mark.parametrize(
    ("weeks_reason", "past", "note"),
    [
        (None, (29, 24, "calibrated"), "85 % dates were kept in 24 of 29 weeks"),
        (None, (9, 9, "too_short"), "too short a history to tell: 9 of 9 dates were kept"),
        (None, (0, 0, "too_short"), "no date of the past to compare yet"),
        (None, None, "how often such dates were kept is not known"),
        (
            "no_end_in_sight",
            (29, 24, "calibrated"),
            "no end in sight: as much is added as is done; 85 % dates were kept in 24 of 29 weeks",
        ),
    ],
)
def test_beside_the_date_stands_how_often_such_dates_were_kept(
    con: duckdb.DuckDBPyConnection,
    weeks_reason: str | None,
    past: tuple[int, int, str] | None,
    note: str,
) -> None:
    """The date is that of the growing scope."""
    cell = {"project_id": 7, "question": "when", "percentile": 85}
    day = None if weeks_reason else date(2026, 8, 30)
    insert(
        con,
        "project_management.forecast",
        [
            {**cell, "scope": "fixed", "date": date(2026, 8, 1)},
            {**cell, "scope": "growing", "date": day, "weeks_reason": weeks_reason},
        ],
    )
    if past:
        n, hits, verdict = past
        row = {**cell, "scope": "growing", "n": n, "hits": hits, "verdict": verdict}
        insert(con, "project_management.forecast_calibration", [row])
    assert readings(con, "project_finish") == [Reading(value=day, subject=7, note=note)]


def detail(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """What a question says beside its action."""
    (question,) = (question for question in QUESTIONS if question.figure.name == name)
    assert question.detail
    row = con.execute(completed(question.detail, AS_OF)).fetchone()
    assert row
    return str(row[0])


def test_names_are_unique() -> None:
    count = sum(map(len, (COMPANY_FIGURES, PROJECT_FIGURES, MONEY_FIGURES, QUESTIONS)))
    assert len(FIGURES) == count


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_each_figure_has_the_definition_of_a_metric_table_and_names_what_it_reads(
    figure: Figure,
) -> None:
    assert figure.tables[0] in METRIC_TABLES
    for table in figure.tables:
        assert table in figure.sql, table
    for table in METRIC_TABLES - set(figure.tables):
        assert f"{table}\n" not in figure.sql, table


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_nothing_is_known_without_tables_and_nothing_is_invented_without_rows(
    figure: Figure, con: duckdb.DuckDBPyConnection
) -> None:
    assert read(duckdb.connect(), figure, AS_OF) == []
    unknown_or_none = {None, 0}
    assert {reading.value for reading in read(con, figure, AS_OF)} <= unknown_or_none


def test_the_shown_query_is_complete() -> None:
    text = query_text(FIGURES["project_cost_per_point"], AS_OF)
    assert "$" not in text
    assert "TIMESTAMPTZ '2026-06-30T12:00:00+00:00'" in text


def test_four_full_weeks_against_the_four_before(con: duckdb.DuckDBPyConnection) -> None:
    """Weeks 1 to 4 with 10 h, 5 to 8 with 20 h, week 9 and the current week do not count; half is billable."""
    for weeks_ago in range(10):
        utilization(con, weeks_ago, 10.0 if 1 <= weeks_ago <= 4 else 20.0)
    assert readings(con, "hours_tracked") == [Reading(40.0, 80.0)]
    assert readings(con, "billable_ratio") == [Reading(50.0, 50.0)]
    assert readings(con, "utilization") == [Reading(25.0, 50.0)]


def test_a_short_history_has_no_period_before(con: duckdb.DuckDBPyConnection) -> None:
    """Seven full weeks: four, and three that are not comparable; the first week of the data is not a full one."""
    for weeks_ago in range(1, 9):
        utilization(con, weeks_ago, 10.0)
        throughput(con, 7, weeks_ago, 1)
    assert readings(con, "hours_tracked") == [Reading(40.0, None)]
    assert readings(con, "accepted_stories") == [Reading(4, None)]


def test_ratios_are_ratios_of_sums(con: duckdb.DuckDBPyConnection) -> None:
    """30 of 40 and 4 of 10 hours of capacity are 68 %, not the mean of 75 and 40 %."""
    utilization(con, 2, 1.0)  # the first week
    utilization(con, 1, 30.0)
    utilization(con, 1, 4.0, user_id="v", net_capacity_hours=10.0)
    assert readings(con, "utilization") == [Reading(68.0, None)]


def test_accepted_stories_go_by_the_weeks_of_each_project(con: duckdb.DuckDBPyConnection) -> None:
    """Two projects with different first days of the week; releases, the first and the current week do not count."""
    for weeks_ago in range(10):
        throughput(con, 7, weeks_ago, 1)
        throughput(
            con, 8, weeks_ago, weeks_ago, week_start=MONDAY - timedelta(weeks=weeks_ago, days=2)
        )
        throughput(con, 7, weeks_ago, 5, story_type="release")
    assert readings(con, "accepted_stories") == [Reading(4 + 10, 4 + 26)]
    assert readings(con, "project_accepted_stories") == [Reading(4, 4, 7), Reading(10, 26, 8)]
    assert readings(con, "project_points") == [Reading(8.0, 8.0, 7), Reading(20.0, 52.0, 8)]


def test_work_in_progress_now_and_28_days_ago(con: duckdb.DuckDBPyConnection) -> None:
    """The same number stands on the row of every state; projects may have different last days."""
    for project, last, now, before in ((7, 30, 3, 5), (8, 29, 4, 1)):
        for days_ago, wip in ((0, now), (1, 9), (28, before)):
            for state in ("started", "finished"):
                row = {
                    "project_id": project,
                    "date": date(2026, 6, last) - timedelta(days=days_ago),
                    "state": state,
                    "wip": wip,
                }
                insert(con, "project_management.flow_daily", [row])
    assert readings(con, "wip") == [Reading(7, 6)]
    assert readings(con, "project_wip") == [Reading(3, 5, 7), Reading(4, 1, 8)]


def test_velocity_in_force_now_and_one_iteration_ago(con: duckdb.DuckDBPyConnection) -> None:
    """Iteration 4 is the current one and carries the velocity of iteration 3."""
    for number, velocity in ((1, 9), (2, 6), (3, 7), (4, 7)):
        row = {"project_id": 7, "number": number, "velocity": velocity}
        insert(con, "project_management.iteration_metrics", [row])
    assert readings(con, "project_velocity") == [Reading(7, 6, 7)]


def test_median_cycle_time_of_30_days_and_of_the_30_before(con: duckdb.DuckDBPyConnection) -> None:
    """Of 10, 20, 30 and 40 hours the median is 25."""
    row = {"project_id": 7, "window_days": "30", "story_type": "all", "median_hours": 12.0}
    insert(con, "project_management.cycle_time_percentiles", [row])
    for number, hours in enumerate((10.0, 20.0, 30.0, 40.0)):
        story = {
            "story_id": number,
            "project_id": 7,
            "story_type": "bug",
            "is_deleted": False,
            "last_accepted_at": AS_OF - timedelta(days=31 + number),
            "cycle_hours": hours,
        }
        insert(con, "project_management.story_facts", [story])
    assert readings(con, "project_cycle_median") == [Reading(12.0, 25.0, 7)]


def test_hours_per_point_are_a_ratio_of_sums(con: duckdb.DuckDBPyConnection) -> None:
    """10 h for 1 point and 10 h for 9 points are 2 hours per point, not 5.6; the current iteration does not count."""
    for number, points in ((1, 1.0), (2, 9.0), (3, 1.0)):
        key = {"project_id": 7, "number": number, "is_done": number < 3}
        insert(con, "project_management.iteration_metrics", [key])
        effort = {"project_id": 7, "iteration_number": number, "hours": 10.0, "points": points}
        insert(con, "effort.effort_per_point", [effort])
    assert readings(con, "project_hours_per_point") == [Reading(2.0, None, 7)]


def test_cost_per_point_never_mixes_currencies(con: duckdb.DuckDBPyConnection) -> None:
    """EUR 300 for 3 points and USD 80 for 2; a story that cost both, and one without points, are left out."""
    stories = (
        (1, 3.0, {"EUR": 300}),
        (2, 2.0, {"USD": 80}),
        (3, 1.0, {"EUR": 9, "USD": 9}),
        (4, 0.0, {"EUR": 5}),
    )
    for story_id, points, costs in stories:
        story = {
            "story_id": story_id,
            "project_id": 7,
            "points": points,
            "is_deleted": False,
            "last_accepted_at": AS_OF - timedelta(days=10),
        }
        insert(con, "project_management.story_facts", [story])
        for currency, cost in costs.items():
            row = {"story_id": story_id, "currency": currency, "cost": Decimal(cost)}
            insert(con, "effort.story_effort", [row])
    assert readings(con, "project_cost_per_point") == [
        Reading(100.0, None, 7, "EUR"),
        Reading(40.0, None, 7, "USD"),
    ]


def test_money_is_of_the_last_full_month_and_each_currency_alone(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """May against April. EUR: 100 + 50 of revenue in May with a profit of 30 + 15 is a margin of 30 %."""
    for client, currency, month, revenue, profit in (
        ("a", "EUR", 5, 100, 30),
        ("b", "EUR", 5, 50, 15),
        ("a", "EUR", 4, 80, 8),
        ("a", "JPY", 5, 9000, 900),
        ("a", "EUR", 6, 7, 7),
        ("a", "CHF", 1, 5, 5),
    ):
        row = {
            "client_id": client,
            "month": date(2026, month, 1),
            "currency": currency,
            "revenue": Decimal(revenue),
            "cost": Decimal(revenue - profit),
            "profit": Decimal(profit),
        }
        insert(con, "time_tracking.client_finance", [row])
    assert readings(con, "revenue") == [
        Reading(Decimal(150), Decimal(80), currency="EUR"),
        Reading(Decimal(9000), None, currency="JPY"),
    ]
    assert readings(con, "cost")[0] == Reading(Decimal(105), Decimal(72), currency="EUR")
    assert readings(con, "margin")[0] == Reading(30.0, 10.0, currency="EUR")


def test_margin_is_of_the_hours_of_revenue_and_cost_or_unknown(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """One client's profit is not known: the margin beside revenue 150 and cost 70 would be of other hours."""
    for client, revenue, cost, profit in (("a", 100, 70, 30), ("b", 50, None, None)):
        row = {"client_id": client, "month": date(2026, 5, 1), "currency": "EUR"}
        money = {"revenue": revenue, "cost": cost, "profit": profit}
        insert(con, "time_tracking.client_finance", [{**row, **money}])
    assert readings(con, "margin") == [Reading(None, None, currency="EUR")]


def test_what_money_and_hours_rest_on(con: duckdb.DuckDBPyConnection) -> None:
    """Looked-up rates, profit that is not known, and what Clockify's reports make of the hours by rounding."""
    for project, values in {
        "p": {"imputed_hours": 3.0, "imputed_revenue": 336.12, "currency": "EUR", "revenue": 500},
        "q": {"imputed_hours": 1.0, "imputed_revenue": 90, "currency": "USD", "profit": 9},
        "r": {"imputed_hours": 0.0, "imputed_revenue": 0, "currency": "CHF"},
    }.items():
        hours = {"hours_rounded": 10.0, "hours_in_reports": 10.25}
        row = {"project_id": project, "month": date(2026, 5, 1), **hours, **values}
        insert(con, "time_tracking.project_finance", [row])
    assert readings(con, "imputed_hours") == [Reading(4.0)]
    assert detail(con, "imputed_hours") == "336.12 EUR, 90.00 USD of revenue rest on them."
    assert readings(con, "half_costed") == [Reading(1)]
    assert readings(con, "rounding_difference") == [Reading(0.75)]


def test_a_cut_off_history_names_a_start_date(con: duckdb.DuckDBPyConnection) -> None:
    """Read from May 1st on: 30 h in 60 days, 0.5 h a day. 10 h are missing, with a quarter more 25 days: April 6th.

    Of the second project 4 h were read in 60 days and 16 are missing: 300 days, July 5th of the year before.
    """
    for name, read_hours, missing in (("Billing", 30.0, 10.0), ("Old", 4.0, 16.0)):
        row = {"kind": "project", "id": name, "name": name, "status": "history_truncated"}
        hours = {"read_hours": read_hours, "missing_hours": missing, "first_day_read": "2026-05-01"}
        insert(con, "time_tracking.history_coverage", [{**row, **hours}])
    assert readings(con, "cut_off_projects") == [Reading(2)]
    assert detail(con, "cut_off_projects") == (
        "Read from 2026-05-01 on; 26 hours are missing of Old, Billing. "
        "At the pace since then 2025-07-01 would reach back far enough."
    )


def test_failed_sums_are_named(con: duckdb.DuckDBPyConnection) -> None:
    for name, ok, examples in (("a", True, None), ("b", False, "project p1, task t2")):
        row = {"check_name": name, "ok": ok, "examples": examples}
        insert(con, "effort.reconciliation", [row])
    assert detail(con, "failed_reconciliation") == "b (project p1, task t2)"


def test_time_without_story_and_time_with_an_unknown_one_are_two_questions(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Of 10 h tracked, 6 are linked and 1 names an unknown story: 3 name none. The current week and the first
    one do not count.
    """
    for weeks_ago in (0, 1, 2):
        utilization(con, weeks_ago, 10.0)
        row = {
            "user_id": "u",
            "week_start": MONDAY - timedelta(weeks=weeks_ago),
            "tracked_hours": 10.0,
            "linked_hours": 6.0,
            "unmatched_reference_hours": 1.0,
            "unlinked_hours": 4.0,
        }
        insert(con, "effort.link_coverage", [row])
    assert readings(con, "link_coverage") == [Reading(60.0, None)]
    assert readings(con, "unlinked_hours") == [Reading(3.0)]
    assert readings(con, "unmatched_reference_hours") == [Reading(1.0)]


def test_days_with_too_little_time(con: duckdb.DuckDBPyConnection) -> None:
    """Ann's first day is June 8th, her last so far the 26th: 3 of 8 hours on the 10th and nothing on the 11th are too
    little. Half a day, a day of leave, her first and last day, the days before them, and those of Bob, who never
    tracked time, do not count; neither do days long ago.
    """
    days = {1: (8, 0), 8: (8, 1), 10: (8, 3), 11: (8, 0), 12: (8, 4), 15: (0, 0), 26: (8, 1)}
    for person in ("ann", "bob"):
        for day, (expected, logged) in days.items():
            row = {"user_id": person, "local_date": date(2026, 6, day)}
            hours = {"expected_hours": expected, "logged_hours": logged}
            insert(con, "time_tracking.timesheet_compliance", [{**row, **hours}])
            if person == "ann" and logged:
                insert(con, "time_tracking.time_daily", [{**row, "tracked_hours": logged}])
    assert readings(con, "incomplete_days") == [Reading(2)]


def test_a_release_is_late_by_the_local_day_of_its_deadline(con: duckdb.DuckDBPyConnection) -> None:
    """Midnight in Auckland on July 10th is still July 9th in UTC: a finish on the 10th is in time, the 11th is not."""
    insert(
        con,
        "pivotal_tracker.projects",
        [{"id": 7, "time_zone": {"olson_name": "Pacific/Auckland"}}],
    )
    for release, day in ((1, 10), (2, 11)):
        row = {
            "project_id": 7,
            "release_id": release,
            "stories": 3,
            "accepted_stories": 1,
            "deadline": "2026-07-09T12:00:00Z",
            "projected_p85_date": date(2026, 7, day),
        }
        insert(con, "project_management.release_status", [row])
    assert readings(con, "releases_late") == [Reading(1)]


def test_only_current_cycles_of_budgets_count(con: duckdb.DuckDBPyConnection) -> None:
    for project, month, forecast in (("p", 5, 150.0), ("p", 6, 90.0), ("q", 6, 110.0)):
        row = {"project_id": project, "cycle_start": date(2026, month, 1), "forecast_pct": forecast}
        insert(con, "time_tracking.project_budget", [row])
    assert readings(con, "budgets_over") == [Reading(1)]


def test_findings_count_entries_once(con: duckdb.DuckDBPyConnection) -> None:
    for entry, finding, severity in (
        ("a", "future", "error"),
        ("a", "negative", "error"),
        ("b", "running_stale", "warning"),
    ):
        row = {"entry_id": entry, "finding": finding, "severity": severity}
        insert(con, "time_tracking.time_quality", [row])
    assert readings(con, "entries_in_error") == [Reading(1)]
    assert readings(con, "running_stale") == [Reading(1)]
    assert readings(con, "changed_after_lock") == [Reading(0)]
