"""The lines that an invoice of one client and month would have, as Clockify's import would make them.

Here: reading them. Not here: how they are written (``written``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking.invoiced import UNBILLED, billing
from pipelines.project.texts.spreadsheet import harmless_cell

if TYPE_CHECKING:
    import duckdb

TABLES = ("time_tracking.time_entry_facts", "time_tracking.expense_facts")

# Hours of each entry are rounded to hundredths, halves up, as the import does; then they are multiplied.
_TIME = f"""
WITH
{billing("time_entry_ids")},
entries AS (
    SELECT
        coalesce(project_name, project_id, 'no project') AS project,
        coalesce(user_name, user_id) AS person,
        currency,
        rate,
        (seconds + 18) // 36 AS hundredths,
        billing.state
    FROM time_tracking.time_entry_facts
    LEFT JOIN billing ON billed_id = entry_id
    WHERE
        is_work
        AND billable
        AND client_id = $client_id
        AND finance_month = $month
        AND coalesce(billing.state, 'unbilled') IN {UNBILLED}
)
SELECT
    'time' AS kind,
    project,
    person,
    NULL::DATE AS day,
    '' AS description,
    (sum(hundredths) / 100)::DECIMAL(18, 2) AS quantity,
    rate AS unit_price,
    round(sum(hundredths)::DECIMAL(12, 0) * rate * 0.01, 2)::DECIMAL(18, 2) AS amount,
    currency,
    count(*) AS entries,
    count(*) FILTER (state = 'void') AS on_void
FROM entries
GROUP BY project, person, rate, currency
ORDER BY project, person, rate
"""

_EXPENSES = f"""
SELECT
    'expense' AS kind,
    coalesce(project_name, project_id, 'no project') AS project,
    coalesce(user_name, user_id) AS person,
    date AS day,
    concat_ws(': ', coalesce(category_name, 'no category'), nullif(notes, '')) AS description,
    1::DECIMAL(18, 2) AS quantity,
    amount AS unit_price,
    round(amount, 2)::DECIMAL(18, 2) AS amount,
    currency,
    1 AS entries,
    (billing_state = 'void')::INTEGER AS on_void
FROM time_tracking.expense_facts
WHERE
    billable
    AND client_id = $client_id
    AND month = $month
    AND billing_state IN {UNBILLED}
ORDER BY project, date, person, expense_id
"""

_HARMLESS = ", ".join(
    f"{harmless_cell(name)} AS {name}" for name in ("project", "person", "description")
)


class PreviewError(Exception):
    """There is no such client, or nothing to read; the message is one sentence."""


@dataclass(frozen=True)
class Line:
    """A line: work of a person on a project at one rate, or an expense; ``amount`` is NULL without a rate.

    ``entries`` stand behind it, ``on_void`` of them on a void invoice too.
    """

    kind: str
    project: str
    person: str | None
    day: date | None
    description: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal | None
    currency: str | None
    entries: int
    on_void: int


@dataclass(frozen=True)
class Preview:
    """What could be billed to a client for a month. ``drafts`` entries and expenses stand on a draft already."""

    client: str
    month: date
    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, Decimal]:
        """The sum of each currency; currencies are never added."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            if line.amount is not None:
                code = line.currency or "unknown currency"
                sums[code] = sums.get(code, Decimal(0)) + line.amount
        return sums

    @property
    def unrated_hours(self) -> Decimal:
        """Hours that have no rate, so no amount."""
        hours = (
            line.quantity for line in self.lines if line.kind == "time" and line.amount is None
        )
        return sum(hours, Decimal(0))

    @property
    def on_void(self) -> int:
        """Entries and expenses that a void invoice still holds."""
        return sum(line.on_void for line in self.lines)


def preview(con: duckdb.DuckDBPyConnection, client: str, month: date) -> Preview:
    """What could be billed to ``client``, an id or a name, for the month that begins on ``month``.

    Raises ``PreviewError`` where there is no such client, or more than one, or nothing is computed yet.
    """
    missing = [table for table in TABLES if not exists(con, table)]
    if missing:
        raise PreviewError(f"{missing[0]} is not computed yet: run `make sync` first.")
    client_id, name = _client(con, client)
    values = {"client_id": client_id, "month": month}
    lines: list[Line] = []
    for sql in (_TIME, _EXPENSES):
        lines += [Line(*row) for row in con.execute(sql, values).fetchall()]
    return Preview(name, month, tuple(lines))


def harmless(con: duckdb.DuckDBPyConnection, lines: tuple[Line, ...]) -> list[tuple[str, str, str]]:
    """Project, person and description of each line as cells that no spreadsheet computes."""
    texts = [(line.project, line.person or "", line.description) for line in lines]
    return [
        con.execute(
            f"SELECT {_HARMLESS} FROM (SELECT $1 AS project, $2 AS person, $3 AS description)", row
        ).fetchone()
        or row
        for row in texts
    ]


def _client(con: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str]:
    rows = con.execute("SELECT id, name FROM clockify.clients ORDER BY name, id").fetchall()
    found = [row for row in rows if row[0] == wanted] or [
        row for row in rows if (row[1] or "").casefold() == wanted.casefold()
    ]
    if len(found) == 1:
        return str(found[0][0]), str(found[0][1] or found[0][0])
    if found:
        ids = ", ".join(str(row[0]) for row in found)
        raise PreviewError(
            f"{len(found)} clients are called {wanted!r}: name one by its id ({ids})."
        )
    names = ", ".join(str(row[1]) for row in rows[:20]) or "none at all"
    raise PreviewError(f"Clockify has no client {wanted!r}; there are: {names}.")
