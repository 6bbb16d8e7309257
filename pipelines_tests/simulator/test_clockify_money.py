"""Clockify: expenses, categories, invoices and payments over HTTP."""

from __future__ import annotations

from pipelines.simulator.model import World
from pipelines_tests.simulator.client import ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds

INVOICE = worlds.hex_id(21)


def money_world() -> World:
    return worlds.world(
        clockify=worlds.clockify_data(
            expenses=[worlds.expense(n, "2026-03-02", 500.0 * n) for n in (1, 2, 3)],
            expense_categories=[
                worlds.expense_category(11),
                worlds.expense_category(12, archived=True),
            ],
            invoices=[
                worlds.invoice(21, worlds.invoice_item(0, 150, 10_000)),
                worlds.invoice(22, status="VOID"),
            ],
            invoice_payments=[worlds.invoice_payment(31, INVOICE, 5_000)],
        )
    )


def test_expenses_lie_two_envelopes_deep_and_ignore_dates(serve: Serve) -> None:
    query = {"page": 2, "page-size": 2, "start": "2030-01-01T00:00:00Z"}
    answer = serve(money_world()).workspace("/expenses", query)
    inner = answer.json()["expenses"]
    assert (inner["count"], [row["total"] for row in inner["expenses"]]) == (3, [1500.0])
    assert answer.headers["last-page"] == "true"


def test_categories_leave_out_archived_ones_unless_asked(serve: Serve) -> None:
    client = serve(money_world())

    def shown(**query: str) -> list[int]:
        rows = client.workspace("/expenses/categories", query).json()["categories"]
        return [int(row["id"], 16) for row in rows]

    assert shown() == [11]
    assert shown(archived="true") == [12]


def test_the_list_of_invoices_is_narrowed_by_statuses_and_shows_no_lines(serve: Serve) -> None:
    client = serve(money_world())
    body = client.workspace("/invoices", {"status": "VOID"}).json()
    assert body["total"] == 2
    assert "items" not in body["invoices"][0]
    assert client.workspace("/invoices", {"statuses": "VOID,PAID"}).json()["total"] == 1
    detail = client.workspace(f"/invoices/{INVOICE}").json()
    assert [item["amount"] for item in detail["items"]] == [15_000]
    payments = client.workspace(f"/invoices/{INVOICE}/payments")
    assert ids(payments) == [worlds.hex_id(31)]
    assert "invoiceId" not in payments.json()[0]
    assert client.workspace("/invoices/nothing").status_code == 400


def test_a_free_plan_has_neither(serve: Serve) -> None:
    client = serve(money_world(), plan="free")
    for path in ("/expenses", "/expenses/categories", "/invoices", f"/invoices/{INVOICE}"):
        assert client.workspace(path).status_code == 403
