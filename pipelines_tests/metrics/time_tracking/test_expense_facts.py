"""Single expenses: day, amount, currency, category, invoice."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    made.add("workspaces", id="w", currencies=[{"code": "USD"}, {"code": "EUR", "isDefault": True}])
    return made


def facts(clockify: Clockify, columns: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute("expense_facts", **compute)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.expense_facts ORDER BY ALL")


def test_amounts_keep_their_decimals_and_days_are_never_shifted(clockify: Clockify) -> None:
    """12.5 km at 0.67 are 837.5 hundredths: 8.375. The workspace is west of Greenwich; the day stays the 1st."""
    clockify.add("workspaces", id="v", workspace_settings={"lockTimeZone": "America/Denver"})
    clockify.add("expense_categories", id="km", name="Mileage", unit="km", has_unit_price=True)
    clockify.expense("2026-03-01", 837.5, category_id="km", quantity=12.5)
    columns = "date, month, category_name, quantity, unit, amount, user_id, is_locked"
    first = date(2026, 3, 1)
    expected = (first, first, "Mileage", 12.5, "km", Decimal("8.375"), "ann", False)
    assert facts(clockify, columns) == [expected]


def test_where_the_currency_is_from(clockify: Clockify) -> None:
    clockify.add("clients", id="yen", name="Sakura", currency_code="JPY")
    clockify.add("clients_deleted", id="gone", name="Gone", currency_code="CHF")
    clockify.add("projects", id="p", client_id="yen")
    clockify.expense("2026-03-01", 450_000, project_id="p", workspace_id="w")
    of_gone = {"id": "q", "name": "Old", "clientId": "gone", "clientName": "Gone"}
    clockify.expense("2026-03-02", 100, project_id="q", project=of_gone, workspace_id="w")
    clockify.expense("2026-03-03", 100, workspace_id="w")
    clockify.expense("2026-03-04", 100, workspace_id="another")
    columns = "date::VARCHAR, project_name, client_name, amount, currency, currency_source"
    assert facts(clockify, columns) == [
        ("2026-03-01", None, "Sakura", Decimal(4500), "JPY", "client"),
        ("2026-03-02", "Old", "Gone", Decimal(1), "CHF", "client"),
        ("2026-03-03", None, None, Decimal(1), "EUR", "workspace"),
        ("2026-03-04", None, None, Decimal(1), None, None),
    ]


def test_the_report_knows_the_currency_that_an_expense_was_made_in(clockify: Clockify) -> None:
    """The client has changed to francs since. A report that shows it under every currency knows none."""
    clockify.add("clients", id="c", currency_code="CHF")
    clockify.add("projects", id="p", client_id="c")
    told, untold = (clockify.expense("2026-03-01", 100, project_id="p") for _ in range(2))
    clockify.add("expense_invoicing", id=told, currency="EUR")
    for code in ("EUR", "CHF"):
        clockify.add("expense_invoicing", id=untold, currency=code)
    rows = facts(clockify, "currency, currency_source")
    assert rows == [("CHF", "client"), ("EUR", "report")]


def test_what_becomes_of_an_expense(clockify: Clockify) -> None:
    clockify.invoice("s", "SENT")
    billed, by_hand, _ = (clockify.expense(f"2026-03-0{n}", 100) for n in (1, 2, 3))
    clockify.expense("2026-03-04", 100, billable=False)
    clockify.line("s", 0, expense_ids=[billed])
    clockify.add("expense_invoicing", id=by_hand, currency="EUR", manually_invoiced=True)
    assert facts(clockify, "day(date), billing_state") == [
        (1, "billed"),
        (2, "by_hand"),
        (3, "unbilled"),
        (4, "not_billable"),
    ]


def test_later_expenses_do_not_exist_yet(clockify: Clockify) -> None:
    """As of 23:30 UTC on the 9th it is the 10th in Oslo."""
    clockify.add("workspaces", id="v", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    for day in (9, 10, 11):
        clockify.expense(f"2026-03-{day:02d}", 100)
    as_of = datetime(2026, 3, 9, 23, 30, tzinfo=timezone.utc)
    assert facts(clockify, "day(date)", as_of=as_of) == [(9,), (10,)]


def test_a_category_that_is_gone_keeps_its_name_where_it_was_read(clockify: Clockify) -> None:
    clockify.add("expense_categories_deleted", id="gifts", name="Gifts")
    clockify.expense("2026-03-01", 100, category_id="gifts", category=None)
    clockify.expense(
        "2026-03-02", 100, category={"name": "Taxi", "hasUnitPrice": False, "unit": ""}
    )
    clockify.expense("2026-03-03", 100)
    assert facts(clockify, "category_name, unit") == [("Gifts", None), ("Taxi", None), (None, None)]


def test_the_invoice_that_counts(clockify: Clockify) -> None:
    """A void one gives way to a draft, a draft to one that was sent; lines without a usable list name nothing."""
    for invoice_id, status in (("v", "VOID"), ("d", "UNSENT"), ("s", "SENT"), ("x", "SENT")):
        clockify.invoice(invoice_id, status)
    expenses = [clockify.expense(f"2026-03-0{n}", 100) for n in (1, 2, 3, 4)]
    clockify.line("v", 0, expense_ids=expenses[:3])
    clockify.line("d", 0, expense_ids=expenses[1:3])
    clockify.line("s", 0, expense_ids=[expenses[2], expenses[2], "gone"])
    clockify.line("x", 0, expense_ids=None)
    clockify.line("x", 0, expense_ids={"odd": 1})
    assert facts(clockify, "day(date), invoice_id, invoice_status") == [
        (1, "v", "VOID"),
        (2, "d", "UNSENT"),
        (3, "s", "SENT"),
        (4, None, None),
    ]
