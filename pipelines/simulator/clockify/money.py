"""Expenses and their categories, invoices and their payments, as the core API shows them.

Here: lists in envelopes of their own, each with its count. Not here: the reports about them (``reports``).
"""

from __future__ import annotations

from pipelines.simulator.clockify.call import Call, Reply, by_id
from pipelines.simulator.clockify.paging import headers, ordered, page_of
from pipelines.simulator.model import Record

STATUSES = frozenset({"UNSENT", "SENT", "PAID", "PARTIALLY_PAID", "VOID", "OVERDUE"})
LIST_FIELDS = (
    *("id", "number", "issuedDate", "dueDate", "status", "clientId", "clientName"),
    *("currency", "amount", "balance", "paid"),
)


def list_expenses(call: Call) -> Reply:
    """Expenses in no particular order; only ``user-id`` narrows the list."""
    user_id = call.query.get("user-id")
    rows = [e for e in call.data.expenses if user_id is None or e["userId"] == user_id]
    page = page_of(call, rows)
    body = {
        "expenses": {"expenses": page.rows, "count": len(rows)},
        "dailyTotals": [],
        "weeklyTotals": [],
    }
    return Reply(body, headers=headers(page))


def list_categories(call: Call) -> Reply:
    """Categories, without the archived ones unless they are asked for or shown unasked."""
    archived = call.boolean("archived")
    if archived is None and not call.behaviour.categories_show_archived:
        archived = False
    rows = [c for c in call.data.expense_categories if archived in (None, c["archived"])]
    page = page_of(call, ordered(call, rows, {"NAME": "name"}, "NAME"))
    return Reply({"count": len(rows), "categories": page.rows}, headers=headers(page))


def list_invoices(call: Call) -> Reply:
    """Invoices by id unless ``sort-column`` says otherwise; ``statuses`` narrows, ``status`` does not."""
    wanted = call.values("statuses")
    rows = [i for i in call.data.invoices if not wanted or i["status"] in wanted]
    columns = {
        "ID": "id",
        "CLIENT": "clientName",
        "DUE_ON": "dueDate",
        "ISSUE_DATE": "issuedDate",
        "AMOUNT": "amount",
        "BALANCE": "balance",
    }
    page = page_of(call, ordered(call, rows, columns, "ID"))
    shown = [{name: invoice[name] for name in LIST_FIELDS} for invoice in page.rows]
    return Reply({"total": len(rows), "invoices": shown}, headers=headers(page))


def get_invoice(call: Call) -> Record:
    """One invoice with its lines."""
    return by_id(call.data.invoices, call.path["invoice_id"], "Invoice")


def list_payments(call: Call) -> Reply:
    """The payments of one invoice."""
    invoice = get_invoice(call)
    rows = [
        {name: value for name, value in payment.items() if name != "invoiceId"}
        for payment in call.data.invoice_payments
        if payment["invoiceId"] == invoice["id"]
    ]
    page = page_of(call, rows)
    return Reply(page.rows, headers=headers(page))
