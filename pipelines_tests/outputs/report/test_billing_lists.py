"""The report's lists about invoices, on a few rows that a person can check."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pipelines.outputs.report.billing_lists import (
    AFTER_EXPENSES,
    OVERDUE_INVOICES,
    REALIZATION,
    UNBILLED,
)
from pipelines.outputs.report.listing import Listing, shown
from pipelines.outputs.report.questions.billing import BILLING_QUESTIONS
from pipelines.outputs.report.questions.model import named
from pipelines_tests.metrics.time_tracking.support import Clockify, rate

MAY_11 = datetime(2026, 5, 11, 12, tzinfo=timezone.utc)
TABLES = ("invoice_facts", "unbilled", "realization", "client_finance")


@pytest.fixture
def clockify() -> Clockify:
    """Acme: 3 h at 100 unbilled since March 2nd, 10 h on an overdue invoice of 900; 50 of expenses in April."""
    made = Clockify()
    made.user()
    made.add("clients", id="c", name="Acme", currency_code="EUR")
    made.add("projects", id="p", name="Billing", client_id="c", hourly_rate=rate(10_000))
    values = {"billable": True, "project_id": "p", "cost_rate": rate(4_000)}
    made.entry("2026-03-02T00:00:00Z", "2026-03-02T03:00:00Z", **values)  # type: ignore[arg-type]
    billed = made.entry("2026-04-01T00:00:00Z", "2026-04-01T10:00:00Z", **values)  # type: ignore[arg-type]
    made.expense("2026-04-03", 5_000, project_id="p", billable=False)
    sums = {"amount": 90_000, "balance": 90_000}
    made.invoice("i", "OVERDUE", client_id="c", client_name="Acme", **sums)
    made.line("i", 90_000, import_type="TIME_ENTRY_IMPORT", time_entry_ids=[billed, "gone"])
    for table in TABLES:
        made.compute(table, as_of=MAY_11)
    return made


def texts(clockify: Clockify, listing: Listing) -> list[list[str]]:
    found = shown(clockify.connection, listing, MAY_11)
    assert not found.failure
    return [[cell.text for cell in row] for row in found.rows]


def test_what_is_not_billed_yet_by_client(clockify: Clockify) -> None:
    amounts = ["EUR 300.00", "EUR 0.00", "EUR 0.00", "EUR 0.00", "0.0 h"]
    assert texts(clockify, UNBILLED) == [["Acme", "2 Mar 2026", "3.0 h", *amounts]]


def test_what_is_overdue(clockify: Clockify) -> None:
    expected = ["No. i", "Acme", "1 May 2026", "10", "EUR 900.00", "EUR 900.00"]
    assert texts(clockify, OVERDUE_INVOICES) == [expected]


def test_what_time_was_billed_at(clockify: Clockify) -> None:
    amounts = ["EUR 0.00", "EUR 900.00", "EUR 900.00"]
    expected = ["Acme", "EUR 900.00", "EUR 1,000", "90.0 %", *amounts]
    assert texts(clockify, REALIZATION) == [expected]


def test_profit_after_expenses(clockify: Clockify) -> None:
    """April: 1,000 of time, 400 of labour, 50 of own expenses."""
    expected = ["EUR 1,000", "EUR 400.00", "EUR 0.00", "EUR 50.00", "EUR 550.00", "EUR 600.00"]
    assert texts(clockify, AFTER_EXPENSES) == [["Acme", *expected]]


def test_questions_name_the_invoices(clockify: Clockify) -> None:
    found = {
        asked.figure.name: [
            (one.name, one.amount) for one in named(clockify.connection, asked, MAY_11)
        ]
        for asked in BILLING_QUESTIONS
    }
    assert found == {
        "overdue_invoices_count": [("No. i of Acme", 1)],
        "billed_twice": [],
        "gone_from_invoices": [("No. i", 1)],
        "unknown_invoice_status": [],
        "unbilled_unrated": [],
    }
