"""What an invoice would have on it, as Clockify's import would round it; on a page, and for a spreadsheet."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.preview_invoice import preview_invoice
from pipelines.defs.settings import load_settings
from pipelines.outputs.billing.preview import PreviewError, preview
from pipelines.outputs.billing.written import as_markdown
from pipelines.project.environment import SettingsError
from pipelines_tests.metrics.time_tracking.support import Clockify, rate

MARCH = date(2026, 3, 1)
COMPUTED = ("time_entry_facts", "expense_facts")


@pytest.fixture
def clockify() -> Clockify:
    """Ann's March for Acme at 100 an hour: 1:15:45, 2:45:30 and 0:59:50 make 1.26 + 2.76 + 1.00 = 5.02 h."""
    made = Clockify()
    made.user("ann", name="Ann")
    made.add("clients", id="c", name="Acme", currency_code="EUR")
    made.add("projects", id="p", name="Billing", client_id="c", hourly_rate=rate(10_000))
    for end in ("01:15:45", "02:45:30", "00:59:50"):
        log(made, end)
    return made


def log(clockify: Clockify, end: str, **row: object) -> str:
    values: dict[str, object] = {"billable": True, "project_id": "p"}
    return clockify.entry("2026-03-02T00:00:00Z", f"2026-03-02T{end}Z", **values | row)  # type: ignore[arg-type]


def compute(clockify: Clockify) -> duckdb.DuckDBPyConnection:
    for table in COMPUTED:
        clockify.compute(table)
    return clockify.connection


def test_each_entry_is_rounded_to_hundredths_and_then_multiplied(clockify: Clockify) -> None:
    (line,) = preview(compute(clockify), "Acme", MARCH).lines
    assert (line.project, line.person, line.entries) == ("Billing", "Ann", 3)
    assert (line.quantity, line.unit_price, line.amount) == (
        Decimal("5.02"),
        Decimal(100),
        Decimal(502),
    )


def test_only_what_is_unbilled_of_this_client_and_month(clockify: Clockify) -> None:
    """Billed, drafted, marked by hand, not billable, of April, of nobody: none of it. What is on a void invoice is told."""
    for invoice_id, status in (("s", "SENT"), ("d", "UNSENT"), ("v", "VOID")):
        clockify.invoice(invoice_id, status)
        clockify.line(invoice_id, 0, time_entry_ids=[log(clockify, "01:00:00")])
    clockify.add("entry_invoicing", id=log(clockify, "01:00:00"), manually_invoiced=True)
    log(clockify, "01:00:00", billable=False)
    log(clockify, "01:00:00", project_id=None)
    clockify.entry("2026-04-01T00:00:00Z", "2026-04-01T01:00:00Z", billable=True, project_id="p")
    found = preview(compute(clockify), "c", MARCH)
    assert [line.quantity for line in found.lines] == [Decimal("6.02")]
    assert found.on_void == 1
    assert "1 entries or expenses stand on a void invoice" in as_markdown(found)


def test_expenses_rates_and_currencies_have_lines_of_their_own(clockify: Clockify) -> None:
    clockify.add("expense_categories", id="t", name="Travel")
    clockify.expense("2026-03-09", 837.5, project_id="p", category_id="t", notes="to Oslo")
    clockify.expense("2026-03-09", 5_000, project_id="p", billable=False)
    log(clockify, "02:00:00", hourly_rate=rate(5_000, "USD"))
    clockify.add("projects", id="q", name="Free", client_id="c")
    log(clockify, "01:30:00", project_id="q")
    found = preview(compute(clockify), "ACME", MARCH)
    assert found.totals == {"EUR": Decimal("510.38"), "USD": Decimal(100)}
    assert found.unrated_hours == Decimal("1.50")
    page = as_markdown(found)
    assert "| 2026-03-09 | Billing | Ann | Travel: to Oslo | 8.38 EUR |" in page
    assert "| Free | Ann | 1.50 | no rate | no rate |" in page
    assert "* 510.38 EUR\n* 100.00 USD\n* 1.50 h have no rate" in page


def test_nothing_to_bill_is_said(clockify: Clockify) -> None:
    assert "There is nothing to bill." in as_markdown(
        preview(compute(clockify), "c", date(2026, 5, 1))
    )


def test_an_unknown_client_and_two_of_one_name(clockify: Clockify) -> None:
    con = compute(clockify)
    with pytest.raises(PreviewError, match="Clockify has no client 'Nobody'; there are: Acme"):
        preview(con, "Nobody", MARCH)
    clockify.add("clients", id="d", name="acme")
    with pytest.raises(PreviewError, match="2 clients are called 'Acme': name one by its id"):
        preview(con, "Acme", MARCH)
    assert preview(con, "d", MARCH).lines == ()
    con.execute("DROP TABLE time_tracking.expense_facts")
    with pytest.raises(PreviewError, match="expense_facts is not computed yet"):
        preview(con, "c", MARCH)


def test_the_command_prints_it_and_keeps_two_files(
    clockify: Clockify, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cell that a spreadsheet would compute gets an apostrophe; the warehouse stays as it was."""
    clockify.add("projects", id="odd", name="=1+1 | x", client_id="c", hourly_rate=rate(5_000))
    log(clockify, "01:00:00", project_id="odd")
    con = compute(clockify)
    warehouse = tmp_path / "warehouse.duckdb"
    con.execute(f"ATTACH '{warehouse}' AS kept")
    con.execute("COPY FROM DATABASE memory TO kept")
    con.execute("DETACH kept")
    before = warehouse.read_bytes()
    settings = load_settings({"PIPELINES_WAREHOUSE": str(warehouse)})
    preview_invoice(settings, "Acme", "2026-03", tmp_path / "out")
    assert warehouse.read_bytes() == before
    printed = capsys.readouterr()
    page = (tmp_path / "out" / "Acme_2026-03.md").read_text(encoding="utf-8")
    assert printed.out == page
    assert "\\=1+1 \\| x" in page
    with (tmp_path / "out" / "Acme_2026-03.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["project"], row["quantity"], row["amount"]) for row in rows] == [
        ("'=1+1 | x", "1.00", "50"),
        ("Billing", "5.02", "502"),
    ]
    with pytest.raises(SettingsError, match="--month must be a month such as 2026-03"):
        preview_invoice(settings, "Acme", "2026-13", tmp_path)
