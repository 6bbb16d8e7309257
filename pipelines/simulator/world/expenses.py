"""What the company's people spend: expenses with and without unit prices, on projects and on none.

Here: the plan of expenses and their API records at a given moment. Not here: which of them an invoice takes
(``invoices``). Amounts are hundredths of the currency of the project's client, of yen too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import EPOCH, HOUR, midnight, utc_day
from pipelines.simulator.world.clockify_catalog import Catalog, CatalogProject
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import count, happens, hex_id, pick, stream

_A_MONTH = 1.8
_REFUNDS = 0.06
_WITHOUT_PROJECT = 0.15


@dataclass(frozen=True)
class _Category:
    """``price`` of a ``unit`` in hundredths, or none; from ``gone_on`` on it is deleted."""

    name: str
    price: int | None = None
    unit: str = ""
    archived_on: date | None = None
    gone_on: date | None = None


_CATEGORIES = {
    _Category("Mileage", 42, "km"): 4.0,
    _Category("Per diem", 3_500, "day", archived_on=date(2026, 4, 1)): 1.5,
    _Category("Meals"): 3.0,
    _Category("Software"): 1.5,
    _Category("Gifts", gone_on=date(2026, 3, 2)): 0.7,
}


@dataclass(frozen=True)
class Expense:
    """One expense as it is written down at ``made_at``."""

    id: str
    day: date
    made_at: int
    person: Person
    project: CatalogProject | None
    category: _Category
    quantity: float
    total: float
    notes: str
    billable: bool

    @property
    def currency(self) -> str:
        return self.project.currency if self.project else "EUR"


def months_until(now: int) -> Iterator[date]:
    """The first day of every month of the company's history."""
    month = EPOCH.replace(day=1)
    while month <= utc_day(now):
        yield month
        month = next_month(month)


def next_month(month: date) -> date:
    """The first day of the month after the one that begins on ``month``."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def plan_expenses(catalog: Catalog, people: list[Person], now: int) -> list[Expense]:
    """All expenses written down until ``now``, by month and project."""
    planned = [
        _plan(catalog, people, project, month, number)
        for month in months_until(now)
        for project in catalog.projects
        for number in range(count(stream(catalog.seed, "expenses", project.index, month), _A_MONTH))
    ]
    return [expense for expense in planned if expense and expense.made_at <= now]


def _plan(
    catalog: Catalog, people: list[Person], project: CatalogProject, month: date, number: int
) -> Expense | None:
    rng = stream(catalog.seed, "expense", project.index, month, number)
    day = month.replace(day=rng.randint(1, 28))
    made_at = midnight("UTC", day) + rng.randint(9, 70) * HOUR
    here = [person for person in people if person.last_day is None or day <= person.last_day]
    if not project.is_open(made_at) or not here:
        return None
    of_project = None if happens(rng, _WITHOUT_PROJECT) else project
    category = pick(rng, _CATEGORIES)
    in_yen = of_project is not None and of_project.currency == "JPY"
    quantity, total = _amount(rng, category, 160.0 if in_yen else 1.0)
    is_refund = category.price is None and happens(rng, _REFUNDS)
    return Expense(
        id=hex_id(catalog.seed, "expense", project.index, month, number),
        day=day,
        made_at=made_at,
        person=rng.choice(here),
        project=of_project,
        category=category,
        quantity=quantity,
        total=-total if is_refund else total,
        notes="Refund" if is_refund else rng.choice(("", "Client visit", "Workshop", "Licence")),
        billable=of_project is not None and of_project.billable and happens(rng, 0.75),
    )


def _amount(rng: random.Random, category: _Category, price: float) -> tuple[float, float]:
    """(quantity, total). Without a unit price the quantity is 1, or equal to the total: both were seen."""
    if category.price is not None:
        quantity = rng.randint(4, 1200) / 4 if category.unit == "km" else float(rng.randint(1, 4))
        return quantity, quantity * category.price
    total = float(round(rng.randint(900, 24_000) * price))
    return (1.0 if happens(rng, 0.5) else total), total


def category_records(catalog: Catalog, now: int) -> list[Record]:
    """The categories that are not deleted, as the API lists them."""
    today = utc_day(now)
    return [
        _category_record(catalog, category, today)
        for category in _CATEGORIES
        if category.gone_on is None or today < category.gone_on
    ]


def _category_record(catalog: Catalog, category: _Category, today: date) -> Record:
    return {
        "id": hex_id(catalog.seed, "expense category", category.name),
        "workspaceId": catalog.workspace_id,
        "name": category.name,
        "hasUnitPrice": category.price is not None,
        "priceInCents": category.price or 0,
        "unit": category.unit,
        "archived": category.archived_on is not None and category.archived_on <= today,
    }


def expense_record(catalog: Catalog, expense: Expense, now: int) -> Record:
    """One row of the list of expenses."""
    project, category, today = expense.project, expense.category, utc_day(now)
    is_gone = category.gone_on is not None and category.gone_on <= today
    client = project.client if project else None
    return {
        "id": expense.id,
        "workspaceId": catalog.workspace_id,
        "userId": expense.person.clockify_id,
        "date": f"{expense.day}T00:00:00Z",
        "project": project
        and {
            "id": project.id,
            "name": project.name,
            "clientId": client.id if client else "",
            "clientName": client.name if client else "",
            "color": "#03A9F4",
        },
        "task": None,
        "category": None if is_gone else _category_record(catalog, category, today),
        "notes": expense.notes,
        "quantity": expense.quantity,
        "billable": expense.billable,
        "fileId": "",
        "fileName": "",
        "total": expense.total,
        "locked": False,
    }
