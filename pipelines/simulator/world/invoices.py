"""The company's invoices: one per client and month, with what becomes of each.

Here: which entries and expenses an invoice takes, its lines and sums, its payments, and marks made by hand. An invoice
is made of what there was when it was made: later edits of entries leave it as it is. Not here: the entries
(``time_entries``) and expenses (``expenses``) themselves.

Amounts are hundredths of the client's currency; quantities are hundredths, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import DAY, EPOCH, HOUR, iso, midnight, utc_day
from pipelines.simulator.world.clockify_catalog import Catalog, CatalogClient
from pipelines.simulator.world.drafts import Draft
from pipelines.simulator.world.expenses import Expense, months_until, next_month
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, hex_id, stream

#: What becomes of one invoice after the other.
_OUTCOMES = ("PAID", "PARTIALLY_PAID", "PAID", "VOID", "PAID", "OVERDUE", "PAID")
_DUE_AFTER = 30 * DAY
_FORGOTTEN = 0.05
_BILLED_ELSEWHERE = 0.04


@dataclass(frozen=True)
class _Terms:
    """How a client is billed: rates in hundredths of a per cent, and how long a draft waits until it is sent."""

    tax: int
    tax2: int = 0
    discount: int = 0
    kind: str = "SIMPLE"
    sent_after: int = 2 * DAY
    flat_fee: int = 0


_TERMS = (
    _Terms(tax=2_500, sent_after=20 * DAY, flat_fee=25_000),
    _Terms(tax=800, tax2=200, discount=1_000, kind="COMPOUND"),
    _Terms(tax=1_000),
)


@dataclass
class _Bill:
    """An invoice that is made at ``made_at``: what it takes, by project, price and, for some clients, person."""

    client: CatalogClient
    number: int
    month: date
    made_at: int
    terms: _Terms
    outcome: str
    time: dict[tuple[str, str, int], list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    expenses: list[Expense] = field(default_factory=list)

    @property
    def sent_at(self) -> int:
        return self.made_at + self.terms.sent_after

    @property
    def due_at(self) -> int:
        return midnight("UTC", utc_day(self.made_at)) + _DUE_AFTER


@dataclass
class Invoicing:
    """Everything about invoices at a moment; ``marks`` are those of entries and expenses, by id."""

    invoices: list[Record] = field(default_factory=list)
    payments: list[Record] = field(default_factory=list)
    marks: dict[str, Record] = field(default_factory=dict)


class Billing:
    """Collects what the months' invoices take, and shows them at ``now``."""

    def __init__(self, catalog: Catalog, owner: Person, now: int) -> None:
        self._catalog, self._owner, self._now = catalog, owner, now
        self._by_hand: dict[str, Record] = {}
        self._bills: dict[tuple[str, date], _Bill] = {}
        # The last client's invoices are written elsewhere, and its time is marked by hand.
        self._elsewhere = catalog.clients[-1].id
        for place, month in enumerate(months_until(now)):
            for index, client in enumerate(catalog.clients):
                made_at = midnight("UTC", next_month(month)) + (2 + index % 3) * DAY + 9 * HOUR
                if made_at <= now:
                    self._bills[client.id, month] = _Bill(
                        client=client,
                        number=place * len(catalog.clients) + index + 1,
                        month=month,
                        made_at=made_at,
                        terms=_TERMS[index % len(_TERMS)],
                        outcome=_OUTCOMES[(3 * place + 2 * index) % len(_OUTCOMES)],
                    )

    def note_entry(self, draft: Draft) -> None:
        """Let the month's invoice take the entry as it stands when the invoice is made, if it then can be billed.

        To be called before the entry is booked, which carries out its edits.
        """
        client = draft.project.client if draft.project else None
        month = max(utc_day(draft.start), EPOCH).replace(day=1)
        bill = self._bills.get((client.id, month)) if client else None
        entry = _as_of(draft, bill.made_at) if bill else None
        if bill is None or entry is None:
            return
        project, person = entry.project, entry.person
        if project is None or not entry.billable or project.client is not client:
            return
        rng = stream(self._catalog.seed, "billing", entry.id)
        if bill.client.id == self._elsewhere or happens(rng, _BILLED_ELSEWHERE):
            self._by_hand[entry.id] = {"manuallyInvoiced": True}
            return
        rate = self._catalog.hourly_rate(project, entry.task, person, entry.start)
        if rate and not happens(rng, _FORGOTTEN):
            by = person.name if bill.number % 2 == 0 else ""
            bill.time[project.name, by, rate].append((entry.end - entry.start, entry.id))

    def note_expense(self, expense: Expense) -> None:
        """Let the month's invoice take the expense, if it is billable and was there in time."""
        client = expense.project.client if expense.project else None
        bill = self._bills.get((client.id, expense.day.replace(day=1))) if client else None
        if bill is None or not expense.billable or expense.made_at > bill.made_at:
            return
        if bill.client.id == self._elsewhere:
            self._by_hand[expense.id] = {"manuallyInvoiced": True}
        else:
            bill.expenses.append(expense)

    def result(self) -> Invoicing:
        """The invoices that were made until now, oldest first."""
        made = Invoicing(marks=dict(self._by_hand))
        for bill in self._bills.values():
            if bill.client.id == self._elsewhere or not (bill.time or bill.expenses):
                continue
            invoice = self._invoice(bill)
            payments = list(self._payments(bill, invoice))
            paid = sum(payment["amount"] for payment in payments)
            invoice |= {
                "paid": paid or None,
                "balance": invoice["amount"] - paid,
                "status": self._status(bill, paid),
            }
            made.invoices.append(invoice)
            made.payments += payments
            mark = {
                "invoiceId": invoice["id"],
                "invoiceNumber": invoice["number"],
                "manuallyInvoiced": False,
            }
            for item in invoice["items"]:
                made.marks |= dict.fromkeys(item["timeEntryIds"] + item["expenseIds"], mark)
        return made

    def _status(self, bill: _Bill, paid: int) -> str:
        if bill.outcome == "VOID" and bill.sent_at + 5 * DAY <= self._now:
            return "VOID"
        if bill.sent_at > self._now:
            return "UNSENT"
        if paid:
            return "PARTIALLY_PAID" if self._is_partly_paid(bill) else "PAID"
        return "OVERDUE" if bill.due_at + DAY <= self._now else "SENT"

    def _is_partly_paid(self, bill: _Bill) -> bool:
        return bill.outcome == "PARTIALLY_PAID" or bill.sent_at + 18 * DAY > self._now

    def _payments(self, bill: _Bill, invoice: Record) -> Iterator[Record]:
        if bill.outcome not in ("PAID", "PARTIALLY_PAID"):
            return
        part = invoice["amount"] * 2 // 5
        parts = [(bill.sent_at + 10 * DAY, part)]
        if bill.outcome == "PAID":
            parts.append((bill.sent_at + 18 * DAY, invoice["amount"] - part))
        for number, (at, amount) in enumerate(parts):
            if at <= self._now:
                yield {
                    "id": hex_id(self._catalog.seed, "payment", bill.client.id, bill.month, number),
                    "invoiceId": invoice["id"],
                    "amount": amount,
                    "author": self._owner.name,
                    "date": iso(at),
                    "note": f"Part {number + 1}",
                }

    def _invoice(self, bill: _Bill) -> Record:
        client, terms = bill.client, bill.terms
        items = list(self._items(bill))
        subtotal = sum(item["amount"] for item in items)
        discount = _share(subtotal, terms.discount)
        tax = _share(subtotal - discount, terms.tax)
        taxed = subtotal - discount + (tax if terms.kind == "COMPOUND" else 0)
        tax2 = _share(taxed, terms.tax2)
        return {
            "id": hex_id(self._catalog.seed, "invoice", client.id, bill.month),
            "number": f"{bill.month.year}-{bill.number:04d}",
            "issuedDate": iso(midnight("UTC", utc_day(bill.made_at))),
            "dueDate": iso(bill.due_at),
            "clientId": client.id,
            "clientName": client.name,
            "currency": client.currency,
            "amount": subtotal - discount + tax + tax2,
            "subtotal": subtotal,
            "discount": float(terms.discount),
            "discountAmount": discount,
            "tax": float(terms.tax),
            "taxAmount": tax,
            "tax2": float(terms.tax2),
            "tax2Amount": tax2,
            "taxType": terms.kind,
            "calculationType": "INVOICE_BASED",
            "billFrom": "Northwind Studio",
            "companyId": hex_id(self._catalog.seed, "company"),
            "clientAddress": None,
            "userId": self._owner.clockify_id,
            "subject": f"Work in {bill.month:%B %Y}",
            "note": "",
            "visibleZeroFields": [],
            "containsImportedTimes": bool(bill.time),
            "containsImportedExpenses": bool(bill.expenses),
            "items": items,
        }

    def _items(self, bill: _Bill) -> Iterator[Record]:
        both = "TAX1TAX2" if bill.terms.tax2 else "TAX1"
        order = 0
        for (project, person, rate), entries in sorted(bill.time.items()):
            quantity = sum(_hundredths(seconds) for seconds, _ in entries)
            # Now and then somebody edits the first line before it is sent.
            quantity += 100 if order == 0 and bill.number % 4 == 1 else 0
            yield _item(
                order,
                f"{project} - {person}" if person else project,
                "TIME_ENTRY_IMPORT",
                (quantity, rate),
                both,
                time=[entry_id for _, entry_id in entries],
            )
            order += 1
        for expense in bill.expenses:
            price = (100, round(expense.total))
            text = expense.category.name
            yield _item(order, text, "EXPENSE_IMPORT", price, both, expenses=[expense.id])
            order += 1
        if bill.terms.flat_fee:
            yield _item(order, "Hosting", "NOT_IMPORTED", (100, bill.terms.flat_fee), both)


def _as_of(draft: Draft, at: int) -> Draft | None:
    """The entry as it stands at a moment; ``None`` where there is none, or it runs."""
    if draft.type != "REGULAR" or max(draft.created_at, draft.stopped_at) > at:
        return None
    if draft.deleted_at is not None and draft.deleted_at <= at:
        return None
    known = draft
    for edited_at, values in draft.edits:
        if edited_at <= at:
            known = replace(known, **values)
    return known


def _hundredths(seconds: int) -> int:
    """Hours in hundredths, each entry rounded by itself, as the import does."""
    return int((Decimal(seconds) / 36).quantize(Decimal(1), ROUND_HALF_UP))


def _share(amount: int, per_cent: int) -> int:
    """``per_cent`` hundredths of a per cent of an amount."""
    return int((Decimal(amount) * per_cent / 10_000).quantize(Decimal(1), ROUND_HALF_UP))


def _item(
    order: int,
    description: str,
    import_type: str,
    price: tuple[int, int],
    taxes: str,
    *,
    time: list[str] | None = None,
    expenses: list[str] | None = None,
) -> Record:
    quantity, unit_price = price
    return {
        "order": order,
        "description": description,
        "itemType": "Service",
        "importType": import_type,
        "quantity": quantity,
        "unitPrice": unit_price,
        "amount": round(quantity * unit_price / 100),
        "applyTaxes": taxes,
        "timeEntryIds": time or [],
        "expenseIds": expenses or [],
    }
