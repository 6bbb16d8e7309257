"""Expenses and invoices as the connector reads them: envelopes, archived categories, lines, what is asked for again."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.cdk.reports import periods
from pipelines_tests.sources.connectors.conftest import NOW
from pipelines_tests.support import worlds
from pipelines_tests.support.bench import ReadingBench
from pipelines_tests.support.reading import read

Config = dict[str, Any]


def test_lines_of_invoices_have_a_place_and_what_only_the_detail_shows(
    world: World, clockify: Config
) -> None:
    reading = read("clockify", clockify, ["invoices", "invoice_items"])
    assert not reading.errors
    for invoice in world.clockify.invoices:
        lines = [r for r in reading.records["invoice_items"] if r["invoice_id"] == invoice["id"]]
        assert [line["position"] for line in lines] == list(range(1, len(invoice["items"]) + 1))
        assert [line["amount"] for line in lines] == [item["amount"] for item in invoice["items"]]
        assert {line["invoice"]["discountAmount"] for line in lines} == {invoice["discountAmount"]}
    assert all("subtotal" not in invoice for invoice in reading.records["invoices"])


def test_payments_are_asked_for_only_where_something_was_paid(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    read("clockify", clockify, ["invoice_payments"])
    paid = [invoice for invoice in world.clockify.invoices if invoice["paid"]]
    assert 0 < len(paid) < len(world.clockify.invoices)
    assert server.requests.count("/payments$") == len(paid)


def test_invoices_of_a_known_version_are_not_asked_for_again(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    known, *others = world.clockify.invoices
    version = f"{known['status']}|{known['balance']}|{known['issuedDate']}"
    config = {**clockify, "known_versions": {known["id"]: version}}
    reading = read("clockify", config, ["invoice_items"])
    assert {r["invoice_id"] for r in reading.records["invoice_items"]} == {i["id"] for i in others}
    assert server.requests.count(f"/invoices/{known['id']}$") == 0


@pytest.mark.parametrize("rows", [0, 3, 41])
@pytest.mark.parametrize("shows_all", [True, False])
def test_archived_categories_come_whatever_the_list_leaves_out(
    rows: int, shows_all: bool, world: World, server: SimulatorServer, clockify: Config
) -> None:
    """A host may show them beside the others, as it does for projects, or only when it is asked for them."""
    one = world.clockify.expense_categories[0]
    every = [{**one, "id": f"{i:024x}", "archived": i % 3 == 2} for i in range(rows)]
    world.clockify.expense_categories = every
    server.change_behaviour(categories_show_archived=shows_all)
    reading = read("clockify", {**clockify, "page_size": 20}, ["expense_categories"])
    assert not reading.errors
    assert set(reading.ids("expense_categories")) == {one["id"] for one in every}


def test_a_refused_detail_leaves_the_other_invoices(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    first, *others = world.clockify.invoices
    server.add_fault(f"/invoices/{first['id']}$", status=403, times=None)
    reading = read("clockify", clockify, ["invoice_items"])
    assert not reading.errors
    assert {r["invoice_id"] for r in reading.records["invoice_items"]} == {i["id"] for i in others}
    assert len(reading.refusals) == 1


@pytest.mark.parametrize(
    ("stream", "path", "answer"),
    [
        ("expenses", "/expenses", {"expenses": None}),
        ("expenses", "/expenses", {"expenses": {"expenses": {}}}),
        ("invoices", "/invoices", {"code": 501, "message": "No"}),
        ("invoice_items", "/invoices/", {"id": "1"}),
    ],
)
def test_an_answer_of_another_shape_is_no_empty_list(
    stream: str, path: str, answer: Any, server: SimulatorServer, clockify: Config
) -> None:
    server.add_fault(path, "answer", status=200, times=None, body=json.dumps(answer))
    reading = read("clockify", clockify, [stream])
    assert "answered with something else" in reading.errors[stream]
    assert not reading.records[stream]


def test_expenses_in_a_plain_envelope_are_read_too(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    """The documentation nests the list, and older texts do not."""
    headers = {"last-page": "true"}
    server.add_fault(
        "/expenses",
        "answer",
        status=200,
        headers=headers,
        body=json.dumps({"expenses": world.clockify.expenses}),
    )
    reading = read("clockify", clockify, ["expenses"])
    assert len(reading.ids("expenses")) == len(world.clockify.expenses)
    projects = {e["id"]: (e["project"] or {}).get("id") for e in world.clockify.expenses}
    assert {r["id"]: r.get("project_id") for r in reading.records["expenses"]} == projects


def test_marks_and_currencies_come_from_the_reports(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    """In pages; also of people who were deactivated, and for a key whose owner may not see amounts."""
    server.change_behaviour(amounts_hidden=True)
    data = world.clockify
    config = {**clockify, "page_size": 7, "earliest_start_date": "2025-12-01"}
    reading = read("clockify", config, ["entry_invoicing", "expense_invoicing"])
    assert not reading.errors
    listed = {entry["id"] for entry in data.time_entries}
    marks = {
        r["id"]: (r["invoice_id"], r["manually_invoiced"])
        for r in reading.records["entry_invoicing"]
    }
    assert marks == {
        key: (mark.get("invoiceId"), mark["manuallyInvoiced"])
        for key, mark in data.invoicing.items()
        if key in listed
    }
    rows = reading.records["expense_invoicing"]
    assert {row["id"]: row["currency"] for row in rows} == data.expense_currencies
    assert {row["id"] for row in rows if row["invoice_id"] or row["manually_invoiced"]} == {
        expense["id"] for expense in data.expenses if expense["id"] in data.invoicing
    }


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_of_a_report_is_no_empty_list_whatever_its_status(
    status: int, server: SimulatorServer, clockify: Config
) -> None:
    server.change_behaviour(report_error_status=status, report_days_max=30)
    reading = read("clockify", clockify, ["entry_invoicing"])
    assert not reading.errors
    assert not reading.records["entry_invoicing"]
    assert reading.refusals == [
        f"/report/v1/workspaces/{clockify['workspace_id']}/reports/detailed answered {status} "
        "(Date range must lie within 30 days), nothing is read from it."
    ]


@pytest.mark.parametrize("status", [200, 400])
def test_a_report_that_refuses_large_pages_is_asked_for_smaller_ones(
    status: int, server: SimulatorServer, clockify: Config
) -> None:
    """1,000 rows by Clockify's help, 200 by those who measured. Below that it is the setting's turn."""
    whole = read("clockify", clockify, ["entry_invoicing", "expense_invoicing"]).records
    assert len(whole["entry_invoicing"]) > 200
    server.change_behaviour(report_error_status=status, report_page_max=200)
    reading = read("clockify", clockify, ["entry_invoicing", "expense_invoicing"])
    assert not reading.errors
    for stream, records in whole.items():
        found = {record["id"] for record in reading.records[stream]}
        assert found == {record["id"] for record in records}
    server.change_behaviour(report_page_max=150)
    reading = read("clockify", clockify, ["entry_invoicing"])
    assert "lower CLOCKIFY_PAGE_SIZE" in reading.errors["entry_invoicing"]


def test_the_reports_host_is_a_setting_of_its_own(
    server: SimulatorServer, clockify: Config
) -> None:
    config = {
        **clockify,
        "api_url": f"{server.url}/api/v1",
        "reports_url": f"{server.url}/report/v1",
    }
    assert read("clockify", config, ["entry_invoicing"]).records["entry_invoicing"]
    config = {**clockify, "reports_url": "http://127.0.0.1:1"}
    reading = read("clockify", config, ["invoices", "entry_invoicing"])
    assert "CLOCKIFY_REPORTS_URL" in reading.errors["entry_invoicing"]
    assert reading.records["invoices"]


def test_a_free_plan_is_not_asked_for_reports(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    world.clockify.workspace["featureSubscriptionType"] = "FREE"
    reading = read("clockify", clockify, ["entry_invoicing", "expense_invoicing"])
    assert not reading.errors
    assert server.requests.count("/reports/") == 0
    assert reading.notes == {
        stream: ["Clockify's free plan knows no invoices."]
        for stream in ("entry_invoicing", "expense_invoicing")
    }


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-01", "2026-02-28", []),
        ("2026-03-01", "2026-03-01", [("2026-03-01", "2026-03-01")]),
        ("2024-01-01", "2024-12-31", [("2024-01-01", "2024-12-31")]),
        ("2024-01-01", "2025-01-01", [("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-01-01")]),
    ],
)
def test_periods_cover_every_day_once(
    first: str, last: str, expected: list[tuple[str, str]]
) -> None:
    """366 days at most: a leap year is one."""
    found = list(periods(date.fromisoformat(first), date.fromisoformat(last)))
    assert [(begin[:10], end[:10]) for begin, end in found] == expected


def test_the_summary_of_the_last_two_full_months(server: SimulatorServer, clockify: Config) -> None:
    """Of each person by project. A month that begins before the history is not asked for."""
    today = datetime.now(timezone.utc)
    last = (today.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    data = server.world.clockify
    one, other = data.users[0]["id"], data.users[1]["id"]
    hour = {"billable": True, "hourlyRate": {"amount": 5_000, "currency": "EUR"}}
    data.time_entries = [
        worlds.time_entry(n, f"{day}T08:00:00Z", f"{day}T09:00:00Z", userId=user, **hour)
        for n, (day, user) in enumerate([(before, one), (last, one), (last, one), (last, other)])
    ]
    config = {**clockify, "earliest_start_date": f"{last}T00:00:00Z"}
    records = read("clockify", config, ["summary_report"]).records["summary_report"]
    found = {(r["month_start"][:10], r["user_id"]): (r["duration"], r["amount"]) for r in records}
    assert found == {(f"{last}", one): (7200, 10_000), (f"{last}", other): (3600, 5_000)}
    assert {record["project_id"] for record in records} == {""}
    whole = read("clockify", clockify, ["summary_report"]).records["summary_report"]
    assert {record["month_start"][:10] for record in whole} == {f"{last}", f"{before}"}


def test_reports_that_come_in_pieces_are_asked_for_once_each_time(
    tmp_path: Path, world: World, server: SimulatorServer, clockify: Config
) -> None:
    """A piece lacks what the others have; that is no reason to read it again."""
    streams = ("summary_report", "expense_invoicing", "entry_invoicing")
    world.now = datetime.now(timezone.utc)
    earliest = {"earliest_start_date": "2025-12-01T00:00:00Z"}
    bench = ReadingBench(tmp_path, "clockify", {**clockify, **earliest}, NOW)
    requests = []
    for _ in range(2):
        server.requests.clear()
        assert not bench.read(*streams).told
        requests.append(server.requests.count("/reports/"))
    assert len(world.clockify.workspace["currencies"]) > 1
    assert requests[0] == requests[1]
    assert len(bench.keys(streams)["expense_invoicing"]) == len(world.clockify.expenses)


def test_a_summary_of_another_shape_is_none(server: SimulatorServer, clockify: Config) -> None:
    body = json.dumps({"totals": [], "groupOne": [{"_id": "a", "duration": 5}]})
    server.add_fault("/reports/summary", "answer", status=200, times=None, body=body)
    reading = read("clockify", clockify, ["summary_report"])
    assert "does not show the projects of all people" in reading.errors["summary_report"]


def test_a_web_page_in_place_of_a_report_leaves_it_out(
    server: SimulatorServer, clockify: Config
) -> None:
    server.add_fault("/reports/", "html", status=200, times=None)
    reading = read("clockify", clockify, ["entry_invoicing", "invoices"])
    assert not reading.errors
    assert reading.records["invoices"]
    assert "nothing is read from it" in reading.notes["entry_invoicing"][0]
