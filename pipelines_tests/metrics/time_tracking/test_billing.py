"""What is billed, what is not yet, and what it was worth: invoice_facts, unbilled, realization."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.invoice_facts import INVOICE_FACTS
from pipelines_tests.metrics.time_tracking.support import AS_OF, Clockify, rate

APRIL = date(2026, 4, 1)


@pytest.fixture
def clockify() -> Clockify:
    return company()


def company() -> Clockify:
    """A client in EUR with a project at 100 an hour."""
    made = Clockify()
    made.user()
    made.add("clients", id="c", name="Acme", currency_code="EUR")
    made.add("projects", id="p", name="Billing", client_id="c", hourly_rate=rate(10_000))
    return made


def log(clockify: Clockify, hours: int, day: int = 2, **row: Any) -> str:
    """Billable work of whole hours on a day of March 2026."""
    start = f"2026-03-{day:02d}T00:00:00Z"
    end = f"2026-03-{day:02d}T{hours:02d}:00:00Z"
    values: dict[str, Any] = {"billable": True, "project_id": "p"}
    return clockify.entry(start, end, **values | row)


def read(clockify: Clockify, table: str, columns: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute(table, **compute)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.{table} ORDER BY ALL")


def decimals(*amounts: float | str) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(amount)) for amount in amounts)


def time_line(clockify: Clockify, invoice_id: str, amount: float, *entries: str) -> None:
    clockify.line(invoice_id, amount, import_type="TIME_ENTRY_IMPORT", time_entry_ids=list(entries))


def test_what_is_not_billed_yet(clockify: Clockify) -> None:
    """Of 10 h at 100: 4 on a sent invoice, 2 on a draft, 1 on a void one, 1 marked by hand, 2 nowhere."""
    for invoice_id, status, hours in (("s", "PAID", 4), ("d", "UNSENT", 2), ("v", "VOID", 1)):
        clockify.invoice(invoice_id, status)
        time_line(clockify, invoice_id, 0, log(clockify, hours, 1 if status == "PAID" else 5))
    clockify.add("entry_invoicing", id=log(clockify, 1), manually_invoiced=True)
    log(clockify, 2, 4)
    log(clockify, 8, billable=False)
    columns = """
        project_id, client_name, currency, hours, time_amount, draft_time, of_void_time, clockify_uninvoiced_time,
        unrated_hours, oldest_date
    """
    amounts = decimals(300, 200, 100, 200)
    expected = ("p", "Acme", "EUR", 3.0, *amounts, 0.0, date(2026, 3, 4))
    assert read(clockify, "unbilled", columns) == [expected]


def test_expenses_that_are_not_billed_yet(clockify: Clockify) -> None:
    """Of 140: 50 on an invoice, 30 on a draft, 20 on a void one, 10 by hand; 40 nowhere and a refund of 10."""
    for invoice_id, status, total in (("s", "SENT", 50), ("d", "UNSENT", 30), ("v", "VOID", 20)):
        clockify.invoice(invoice_id, status)
        spent = clockify.expense("2026-03-01", total * 100, project_id="p")
        clockify.line(invoice_id, total * 100, expense_ids=[spent])
    by_hand = clockify.expense("2026-03-01", 1_000, project_id="p")
    clockify.add("expense_invoicing", id=by_hand, currency="EUR", manually_invoiced=True)
    clockify.expense("2026-03-07", 4_000, project_id="p")
    clockify.expense("2026-03-08", -1_000, project_id="p")
    clockify.expense("2026-03-08", 90_000, project_id="p", billable=False)
    columns = """
        expense_amount, draft_expenses, of_void_expenses, clockify_uninvoiced_expenses, time_amount, hours, oldest_date
    """
    expected = (*decimals(50, 30, 20, 30, 0), 0.0, date(2026, 3, 1))
    assert read(clockify, "unbilled", columns) == [expected]


def test_work_without_a_rate_or_a_client_is_told(clockify: Clockify) -> None:
    clockify.add("projects", id="own", hourly_rate=rate(5_000, "USD"))
    log(clockify, 2, project_id="own")
    clockify.add("projects", id="free", client_id="c")
    log(clockify, 3, project_id="free")
    columns = "project_id, currency, hours, time_amount, without_client_amount, unrated_hours"
    assert read(clockify, "unbilled", columns) == [
        ("free", "EUR", 3.0, None, Decimal(0), 3.0),
        ("own", "USD", 2.0, Decimal(100), Decimal(100), 0.0),
    ]


def test_a_report_knows_invoices_that_lines_do_not_name(clockify: Clockify) -> None:
    """A mark with an invoice counts like a line; running timers and breaks are nothing to bill."""
    clockify.invoice("v", "VOID")
    clockify.add("entry_invoicing", id=log(clockify, 1), invoice_id="v")
    clockify.add("entry_invoicing", id=log(clockify, 2), invoice_id="not read")
    log(clockify, 4, type="BREAK")
    clockify.entry("2026-03-02T08:00:00Z", None, billable=True, project_id="p")
    assert read(clockify, "unbilled", "hours, of_void_time") == [(1.0, Decimal(100))]


def test_the_day_of_the_oldest_is_in_the_finance_zone(clockify: Clockify) -> None:
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    clockify.entry("2026-03-01T23:30:00Z", "2026-03-02T00:30:00Z", project_id="p", billable=True)
    assert read(clockify, "unbilled", "oldest_date") == [(date(2026, 3, 2),)]


def test_sums_of_an_invoice(clockify: Clockify) -> None:
    """2 h at 100 and 50 without entries, 10 % off, 25 % tax: 250 - 25 + 56.25 = 281.25, of which 100 are paid."""
    detail = {"subtotal": 25_000, "discountAmount": 2_500, "taxAmount": 5_625, "tax2Amount": 0}
    sums = {"amount": 28_125, "paid": 10_000, "balance": 18_125}
    clockify.invoice("i", "PARTIALLY_PAID", client_id="c", client_name="Acme", **sums)
    entry = log(clockify, 2)
    clockify.line("i", 20_000, invoice=detail, time_entry_ids=[entry, entry, "gone"])
    clockify.line("i", 5_000, invoice=detail, time_entry_ids=[entry])
    columns = """
        client_name, status, issued_date, due_date, subtotal, discount, tax, amount, paid, balance, days_overdue, hours_on_it,
        lines, entries, gone_entries
    """
    may_11 = datetime(2026, 5, 11, 12, tzinfo=timezone.utc)
    amounts = decimals(250, 25, "56.25", "281.25", 100, "181.25")
    dates = (APRIL, date(2026, 5, 1))
    expected = ("Acme", "PARTIALLY_PAID", *dates, *amounts, 10, 2.0, 2, 2, 1)
    assert read(clockify, "invoice_facts", columns, as_of=may_11) == [expected]


@pytest.mark.parametrize(
    ("status", "balance", "overdue"),
    [("SENT", 100, 20), ("OVERDUE", 100, 20), ("PAID", 0, 0), ("UNSENT", 100, 0), ("VOID", 100, 0)],
)
def test_only_what_was_sent_and_is_not_paid_can_be_overdue(
    clockify: Clockify, status: str, balance: int, overdue: int
) -> None:
    clockify.invoice("i", status, balance=balance)
    may_21 = datetime(2026, 5, 21, 12, tzinfo=timezone.utc)
    columns = "days_overdue, paid, is_in_force"
    expected = (overdue, Decimal(0), status != "VOID")
    assert read(clockify, "invoice_facts", columns, as_of=may_21) == [expected]


def test_days_are_those_of_midnight_in_utc_or_in_the_finance_zone(clockify: Clockify) -> None:
    """An invoice that is issued later does not exist yet."""
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    clockify.invoice("utc", issued_date="2026-04-01T00:00:00Z")
    clockify.invoice("local", issued_date="2026-03-31T22:00:00Z")
    clockify.invoice("later", issued_date="2026-04-02T00:00:00Z")
    as_of = datetime(2026, 4, 1, 12, tzinfo=timezone.utc)
    rows = read(clockify, "invoice_facts", "invoice_id, issued_date", as_of=as_of)
    assert rows == [("local", APRIL), ("utc", APRIL)]


def test_an_unknown_status_is_kept_in_force_and_told(clockify: Clockify) -> None:
    clockify.invoice("i", "DISPUTED", balance=5)
    time_line(clockify, "i", 100, log(clockify, 2))
    assert read(clockify, "invoice_facts", "status, is_in_force, is_sent, days_overdue") == [
        ("DISPUTED", True, False, 0)
    ]
    assert read(clockify, "unbilled", "*") == []
    assert read(clockify, "realization", "*") == []
    assert INVOICE_FACTS.notes is not None
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    said = INVOICE_FACTS.notes(clockify.connection, run)
    assert said["unknown_status"].endswith("is not known here: DISPUTED.")


def test_an_entry_on_two_invoices_in_force_is_told(clockify: Clockify) -> None:
    entry = log(clockify, 2)
    for invoice_id, status in (("a", "SENT"), ("b", "UNSENT"), ("v", "VOID")):
        clockify.invoice(invoice_id, status)
        time_line(clockify, invoice_id, 100, entry)
    rows = read(clockify, "invoice_facts", "invoice_id, entries_billed_twice")
    assert rows == [("a", 1), ("b", 1), ("v", 0)]


def test_what_was_billed_against_what_it_was_worth(clockify: Clockify) -> None:
    """10 h at 100 on a line lowered to 900, 200 of expenses, 10 % off: 810 of 1,000 are 81 %.

    A draft, a void one and one of another currency are none of it.
    """
    entry = log(clockify, 10)
    detail = {"subtotal": 110_000, "discountAmount": 11_000, "taxAmount": 24_750}
    sums = {"amount": 123_750, "paid": 23_750, "balance": 100_000}
    clockify.invoice("i", "OVERDUE", client_id="c", client_name="Acme", **sums)
    clockify.line(
        "i", 90_000, invoice=detail, import_type="TIME_ENTRY_IMPORT", time_entry_ids=[entry]
    )
    clockify.line("i", 20_000, invoice=detail, import_type="EXPENSE_IMPORT", expense_ids=["x"])
    for invoice_id, status in (("d", "UNSENT"), ("v", "VOID")):
        clockify.invoice(invoice_id, status, client_id="c", amount=5, balance=5)
        time_line(clockify, invoice_id, 700, log(clockify, 1))
    clockify.invoice("usd", "PAID", client_id="c", currency="USD", amount=5, balance=0, paid=5)
    columns = """
        client_id, month, currency, net_billed, standard_value, realization_pct, outstanding, overdue, paid
    """
    assert read(clockify, "realization", columns) == [
        ("c", APRIL, "EUR", *decimals(810, 1000), 81.0, *decimals(1000, 1000, "237.5")),
        ("c", APRIL, "USD", *decimals(0, 0), None, *decimals(0, 0, "0.05")),
    ]


def test_what_the_value_of_billed_time_lacks_is_told(clockify: Clockify) -> None:
    """1 h at 100 EUR; 2 h at a rate in USD; 3 h without any; one entry that is gone."""
    clockify.add("projects", id="free")
    entries = [
        log(clockify, 1),
        log(clockify, 2, hourly_rate=rate(10_000, "USD")),
        log(clockify, 3, project_id="free"),
        "gone",
    ]
    clockify.invoice("i", "SENT", client_id="c", amount=60_000, balance=60_000)
    time_line(clockify, "i", 60_000, *entries)
    columns = "net_billed, standard_value, realization_pct, hours, unvalued_hours, gone_entries"
    expected = (*decimals(600, 100), 600.0, 6.0, 5.0, 1)
    assert read(clockify, "realization", columns) == [expected]


STATES = st.sampled_from(["", "SENT", "PAID", "UNSENT", "VOID", "DISPUTED", "by hand"])


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(1, 23), STATES, STATES, st.booleans()), max_size=12))
def test_unbilled_drafts_billed_and_not_billable_are_all(
    entries: list[tuple[int, str, str, bool]],
) -> None:
    """Each entry stands in up to two places; every hour is in exactly one of the sums."""
    clockify = company()
    expected = dict.fromkeys(("unbilled", "draft", "other"), 0)
    for status in ("SENT", "PAID", "UNSENT", "VOID", "DISPUTED"):
        clockify.invoice(status, status)
    for hours, first, second, is_billable in entries:
        entry = log(clockify, hours, billable=is_billable)
        for place in {first, second} - {""}:
            if place == "by hand":
                clockify.add("entry_invoicing", id=entry, manually_invoiced=True)
            else:
                time_line(clockify, place, 0, entry)
        places = {first, second} - {"", "VOID"}
        kind = "unbilled" if not places else "draft" if places == {"UNSENT"} else "other"
        expected[kind if is_billable else "other"] += hours
    rows = read(clockify, "unbilled", "hours, time_amount, draft_time")
    hours, amount, draft = rows[0] if rows else (0.0, Decimal(0), Decimal(0))
    assert hours == expected["unbilled"]
    assert amount == 100 * expected["unbilled"]
    assert draft == 100 * expected["draft"]
