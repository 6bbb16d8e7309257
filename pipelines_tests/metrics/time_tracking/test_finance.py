"""Hours and money by project, client and tag."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, rate, settings

MARCH = date(2026, 3, 1)


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    return made


def log(clockify: Clockify, hours: float, **row: Any) -> str:
    """Billable work of so many hours on 2026-03-02."""
    end = f"2026-03-02T{int(hours):02d}:{round(hours % 1 * 60):02d}:00Z"
    return clockify.entry("2026-03-02T00:00:00Z", end, **{"billable": True} | row)


def finance(clockify: Clockify, table: str, columns: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute(table, **compute)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.{table} ORDER BY ALL")


def test_a_project_and_its_client(clockify: Clockify) -> None:
    """3 h billable at 100 EUR and 1 h not, cost 60 EUR: revenue 300, cost 240, margin 20 %, 75 EUR an hour."""
    clockify.add("clients", id="c", name="Acme")
    clockify.add("projects", id="p", name="Billing", client_id="c", hourly_rate=rate(10000))
    log(clockify, 3, project_id="p", cost_rate=rate(6000))
    log(clockify, 1, project_id="p", cost_rate=rate(6000), billable=False)
    columns = """
        month, currency, hours, billable_hours, revenue, cost, profit, margin_pct, effective_rate, unrated_hours
    """
    expected = (
        *(MARCH, "EUR", 4.0, 3.0),
        *map(Decimal, ("300", "240", "60")),
        20.0,
        Decimal(75),
        0.0,
    )
    rows = finance(clockify, "project_finance", f"project_name, {columns}")
    assert rows == [("Billing", *expected)]
    rows = finance(clockify, "client_finance", f"client_name, {columns}")
    assert rows == [("Acme", *expected)]


def test_currencies_are_never_added(clockify: Clockify) -> None:
    """One project: 1 h at 50 EUR, 2 h at 5,000 JPY; the JPY hours cost 10 EUR an hour, in the row of EUR.

    Neither row has a profit: the cost of the one is of other hours than its revenue, the other has no cost.
    """
    clockify.add("projects", id="p")
    log(clockify, 1, project_id="p", hourly_rate=rate(5000), cost_rate=rate(2000))
    log(clockify, 2, project_id="p", hourly_rate=rate(500000, "JPY"), cost_rate=rate(1000))
    rows = finance(
        clockify,
        "project_finance",
        "currency, hours, billable_hours, revenue, cost, profit, profit_reason, costed_hours",
    )
    assert rows == [
        ("EUR", 1.0, 1.0, Decimal(50), Decimal(40), None, "revenue_in_other_currency", 1.0),
        ("JPY", 2.0, 2.0, Decimal(10000), None, None, "cost_in_other_currency", 0.0),
    ]


def test_unrated_hours_stay_visible(clockify: Clockify) -> None:
    """1 h rated, 2 h billable without a rate, nothing has a cost: they share the row of the client's currency."""
    clockify.add("clients", id="c", currency_code="EUR")
    clockify.add("projects", id="p", client_id="c")
    log(clockify, 1, project_id="p", hourly_rate=rate(9000))
    log(clockify, 2, project_id="p")
    rows = finance(
        clockify,
        "project_finance",
        "currency, hours, revenue, cost, profit, margin_pct, effective_rate, unrated_hours, uncosted_hours",
    )
    assert rows == [("EUR", 3.0, Decimal(90), None, None, None, Decimal(30), 2.0, 3.0)]


def test_nothing_known_is_null_and_nothing_billable_is_zero(clockify: Clockify) -> None:
    """Without any rate revenue is unknown; without anything billable it is 0, and a margin of it means nothing."""
    clockify.add("projects", id="unrated")
    clockify.add("projects", id="internal")
    log(clockify, 1, project_id="unrated")
    log(clockify, 1, project_id="internal", billable=False, cost_rate=rate(100))
    rows = finance(clockify, "project_finance", "project_id, revenue, profit, margin_pct")
    assert rows == [("internal", Decimal(0), Decimal(-1), None), ("unrated", None, None, None)]


def test_rounding_of_entries_not_of_sums(clockify: Clockify) -> None:
    """Three entries of 20 minutes up to quarters: 3 x 30 min = 1.5 h; their sum of 60 min would stay 1 h."""
    clockify.add("projects", id="p")
    for _ in range(3):
        log(clockify, 1 / 3, project_id="p", hourly_rate=rate(10000))
    chosen = settings({"time_tracking": {"rounding": {"mode": "up", "minutes": 15}}})
    rows = finance(clockify, "project_finance", "hours, hours_rounded, revenue", settings=chosen)
    assert rows == [(1.0, 1.5, Decimal(150))]


def test_amounts_are_rounded_once(clockify: Clockify) -> None:
    """Three times 20 min at 0.01 EUR: a third of a cent each, 0.0033 when rounded; together one cent."""
    clockify.add("projects", id="p")
    for _ in range(3):
        log(clockify, 1 / 3, project_id="p", hourly_rate=rate(1))
    assert finance(clockify, "project_finance", "revenue") == [(Decimal("0.01"),)]


def test_months_begin_in_one_zone_for_everybody(clockify: Clockify) -> None:
    """23:30 UTC on the 28th of February is March in Oslo: for nobody in UTC, for everybody in Oslo's zone."""
    clockify.user("bob", "Europe/Oslo")
    clockify.entry("2026-02-28T23:30:00Z", "2026-03-01T00:30:00Z", "ann", id="a")
    clockify.entry("2026-02-28T23:30:00Z", "2026-03-01T00:30:00Z", "bob", id="b")
    columns = "project_id, month, hours"
    february = [(None, date(2026, 2, 1), 2.0)]
    assert finance(clockify, "project_finance", columns) == february
    chosen = settings({"time_tracking": {"finance_zone": "Europe/Oslo"}})
    assert finance(clockify, "project_finance", columns, settings=chosen) == [(None, MARCH, 2.0)]
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    assert finance(clockify, "project_finance", columns) == [(None, MARCH, 2.0)]
    chosen = settings({"time_tracking": {"finance_zone": "UTC"}})
    assert finance(clockify, "project_finance", columns, settings=chosen) == february


def test_no_profit_of_hours_that_are_costed_in_part(clockify: Clockify) -> None:
    """3 h billable at 100 EUR with a cost of 60, 1 h without a cost: 300 - 180 would be a margin of 40 %."""
    clockify.add("projects", id="p", hourly_rate=rate(10000))
    log(clockify, 3, project_id="p", cost_rate=rate(6000))
    log(clockify, 1, project_id="p", billable=False)
    columns = "revenue, cost, profit, margin_pct, profit_reason, costed_hours, uncosted_hours"
    expected = (Decimal(300), Decimal(180), None, None, "uncosted_hours", 3.0, 1.0)
    for table in ("project_finance", "client_finance"):
        assert finance(clockify, table, columns) == [expected]


def test_revenue_that_rests_on_looked_up_rates(clockify: Clockify) -> None:
    """2 h at the entry's own 80 EUR, 1 h at the project's 100 EUR, 1 h of that project not billable."""
    clockify.add("projects", id="p", hourly_rate=rate(10000))
    log(clockify, 2, project_id="p", hourly_rate=rate(8000))
    log(clockify, 1, project_id="p")
    log(clockify, 1, project_id="p", billable=False)
    columns = "revenue, imputed_hours, imputed_revenue"
    assert finance(clockify, "project_finance", columns) == [(Decimal(260), 1.0, Decimal(100))]


def test_only_work_counts(clockify: Clockify) -> None:
    log(clockify, 1, type="BREAK")
    log(clockify, 8, type="TIME_OFF")
    clockify.entry("2026-03-02T08:00:00Z", None, billable=True)
    assert finance(clockify, "project_finance", "*") == []


def test_tags_overlap_and_deleted_ones_keep_their_names(clockify: Clockify) -> None:
    """2 h with two tags, one of them named twice, count in full under each; work without tags is not there."""
    clockify.add("tags", id="new", name="refactor")
    clockify.add("tags_deleted", id="old", name="legacy")
    log(clockify, 2, tag_ids=["new", "old", "new"], hourly_rate=rate(1000))
    log(clockify, 1, tag_ids=[])
    log(clockify, 1, tag_ids=None)
    rows = finance(clockify, "tag_hours", "tag_id, tag_name, hours, revenue")
    assert rows == [("new", "refactor", 2.0, Decimal(20)), ("old", "legacy", 2.0, Decimal(20))]


def test_expenses_are_part_of_revenue_cost_and_profit(clockify: Clockify) -> None:
    """10 h billable at 100, labour 48 an hour; billable expenses 286, others 108.365: profit 411.635."""
    clockify.add("clients", id="c", name="Acme", currency_code="EUR")
    clockify.add("projects", id="p", name="Billing", client_id="c", hourly_rate=rate(10000))
    log(clockify, 10, project_id="p", cost_rate=rate(4800))
    clockify.expense("2026-03-31", 20000, project_id="p")
    clockify.expense("2026-03-01", 8600, project_id="p")
    clockify.expense("2026-03-09", 10000, project_id="p", billable=False)
    clockify.expense("2026-03-09", 836.5, project_id="p", billable=False)
    columns = """
        month, currency, time_revenue, labour_cost, billable_expenses, non_billable_expenses, revenue, cost, profit,
        round(margin_pct, 3), clockify_profit, effective_rate
    """
    amounts = ("1000", "480", "286", "108.365", "1286", "874.365", "411.635")
    expected = (MARCH, "EUR", *map(Decimal, amounts), 32.009, Decimal(520), Decimal(100))
    for table in ("project_finance", "client_finance"):
        assert finance(clockify, table, columns) == [expected]


def test_expenses_alone_have_rows_of_their_own(clockify: Clockify) -> None:
    """Without a project; in a month without work; in a currency of which there is no work. A refund is negative."""
    clockify.add("workspaces", id="w", currencies=[{"code": "EUR", "isDefault": True}])
    clockify.add("clients", id="yen", currency_code="JPY")
    clockify.add("projects", id="p", client_id="yen")
    clockify.expense("2026-03-02", 5000, workspace_id="w", billable=False)
    clockify.expense("2026-04-02", -2000, project_id="p")
    columns = "project_id, month, currency, hours, time_revenue, labour_cost, revenue, cost, profit"
    april = date(2026, 4, 1)
    assert finance(clockify, "project_finance", columns) == [
        ("p", april, "JPY", 0.0, *map(Decimal, ("0", "0", "-20", "-20", "0"))),
        (None, MARCH, "EUR", 0.0, *map(Decimal, ("0", "0", "0", "50", "-50"))),
    ]


def test_expenses_do_not_make_a_profit_of_what_is_not_known(clockify: Clockify) -> None:
    """2 h without any rate and 30 of expenses: revenue and cost are of the expenses, the profit is left open."""
    clockify.add("clients", id="c", currency_code="EUR")
    clockify.add("projects", id="p", client_id="c")
    log(clockify, 2, project_id="p")
    clockify.expense("2026-03-02", 3000, project_id="p")
    columns = "time_revenue, labour_cost, revenue, cost, profit, profit_reason, unrated_hours"
    expected = (None, None, Decimal(30), Decimal(30), None, "uncosted_hours", 2.0)
    assert finance(clockify, "project_finance", columns) == [expected]


def test_tags_have_no_expenses(clockify: Clockify) -> None:
    clockify.expense("2026-03-02", 3000)
    assert finance(clockify, "tag_hours", "*") == []
