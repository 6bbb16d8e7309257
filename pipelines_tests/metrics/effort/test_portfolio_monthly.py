"""What all projects together delivered and took."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.metrics.effort.portfolio_monthly import PORTFOLIO_MONTHLY
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.expense_facts import EXPENSE_FACTS
from pipelines.metrics.time_tracking.finance import PROJECT_FINANCE
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.effort.support import (
    AS_OF,
    add_entry,
    add_story,
    warehouse,
    write_until,
)
from pipelines_tests.support.tables import insert


def portfolio(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Its rows, computed from entries and stories; now is 2026-06-30 12:00."""
    for table in (EXPENSE_FACTS, PROJECT_FINANCE):
        write_metric(con, table, MetricRun(as_of=AS_OF, settings=MetricSettings()))
    return write_until(con, PORTFOLIO_MONTHLY)


def test_only_what_may_be_added_is() -> None:
    """The example of the definition, and a June without any cost. The story of project 8 is accepted at midnight UTC of
    June 1, which is May 31 in Denver.
    """
    con = warehouse()
    for project_id, zone in ((7, "UTC"), (8, "America/Denver")):
        row = {"id": project_id, "time_zone": {"olson_name": zone}}
        insert(con, "pivotal_tracker.projects", [row])
    for story_id, project_id, accepted in (
        *[(number, 7, "2026-05-10T00:00:00Z") for number in (1, 2, 3)],
        *[(number, 8, "2026-06-01T00:00:00Z") for number in (4, 5)],
        (6, 8, "2026-06-02T00:00:00Z"),
    ):
        values = {"accepted_at": accepted, "current_state": "accepted", "points": 8}
        add_story(con, story_id, project_id=project_id, **values)
    may, june = date(2026, 5, 20), date(2026, 6, 20)
    add_entry(con, "a", hours=100, cost=5000, cost_currency="EUR", project_id="p", local_date=may)
    add_entry(con, "b", hours=20, cost=1600, cost_currency="CHF", project_id="q", local_date=may)
    add_entry(con, "c", hours=2, project_id="q", local_date=june)
    first, second = portfolio(con)
    assert (first["month"], first["accepted"], first["projects"], first["hours"]) == (
        date(2026, 5, 1),
        5,
        2,
        120.0,
    )
    assert (first["cost"], first["currency"], first["cost_reason"]) == (
        None,
        None,
        "several_currencies",
    )
    assert first["costs"] == '{"CHF":1600.0000,"EUR":5000.0000}'
    assert (second["accepted"], second["hours"], second["uncosted_hours"]) == (1, 2.0, 2.0)
    assert (second["cost"], second["cost_reason"], second["is_partial"]) == (None, "uncosted", True)


def test_one_currency_is_a_cost_and_empty_months_are_there() -> None:
    con = warehouse()
    add_entry(
        con,
        "a",
        hours=10,
        cost=500,
        cost_currency="EUR",
        project_id="p",
        local_date=date(2026, 4, 3),
    )
    # Expenses are no cost of hours, and their currency is none of it.
    insert(con, "clockify.clients", [{"id": "c", "currency_code": "USD"}])
    insert(con, "clockify.projects", [{"id": "p", "client_id": "c"}])
    spent = {"id": "x", "project_id": "p", "total": 700, "date": "2026-04-03T00:00:00Z"}
    insert(con, "clockify.expenses", [spent])
    april, may, june = portfolio(con)
    assert (april["cost"], april["currency"], april["cost_reason"]) == (Decimal(500), "EUR", None)
    for month in (may, june):
        assert (month["accepted"], month["hours"], month["cost_reason"]) == (0, 0.0, "no_hours")


def test_nothing_is_no_month() -> None:
    assert portfolio(warehouse()) == []
