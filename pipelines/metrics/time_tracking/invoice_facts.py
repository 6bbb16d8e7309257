"""Table ``invoice_facts``: every invoice with its sums, what is paid, and the hours on it.

Here: single invoices. Not here: what an entry stands on (``invoiced``), what was billed against its value (``realization``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money, workspace
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.invoiced import DRAFT, KNOWN, SENT, VOID, lines
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb


def _day(instant: str) -> str:
    """SQL of the day whose midnight, in UTC or in the finance zone, an instant is."""
    return f"""
        CASE WHEN date_trunc('day', {instant} AT TIME ZONE 'UTC') = {instant} AT TIME ZONE 'UTC'
        THEN ({instant} AT TIME ZONE 'UTC')::DATE
        ELSE ({instant} AT TIME ZONE getvariable('finance_zone'))::DATE
        END"""


SQL = f"""
WITH
{lines("time_entry_ids")},
named AS (
    SELECT DISTINCT invoice_id, billed_id, status FROM lines
),
-- An entry on several invoices in force was billed more than once.
claimed AS (
    SELECT billed_id, count(*) AS invoices_in_force
    FROM named
    WHERE status IS DISTINCT FROM '{VOID}'
    GROUP BY billed_id
),
entries_on AS (
    SELECT
        named.invoice_id,
        sum(entry.seconds) / 3600 AS hours,
        count(*) AS entries,
        count(*) FILTER (entry.entry_id IS NULL) AS gone_entries,
        count(*) FILTER (invoices_in_force > 1 AND named.status IS DISTINCT FROM '{VOID}') AS entries_billed_twice
    FROM named
    LEFT JOIN time_tracking.time_entry_facts AS entry ON entry.entry_id = named.billed_id
    LEFT JOIN claimed USING (billed_id)
    GROUP BY named.invoice_id
),
items AS (
    SELECT
        invoice_id,
        any_value(invoice) AS detail,
        sum(amount) AS amount,
        count(*) AS lines
    FROM clockify.invoice_items
    GROUP BY invoice_id
),
known_clients AS (
    {ever_known("clients")}
),
dated AS (
    SELECT
        *,
        {_day("issued_date")} AS issued_on,
        {_day("due_date")} AS due_on,
        (getvariable('as_of') AT TIME ZONE getvariable('finance_zone'))::DATE AS today
    FROM clockify.invoices
)
SELECT
    invoice.id AS invoice_id,
    invoice.number,
    nullif(invoice.client_id, '') AS client_id,
    coalesce(invoice.client_name, client.name) AS client_name,
    invoice.status,
    invoice.status IS DISTINCT FROM '{VOID}' AS is_in_force,
    coalesce(list_contains({list(SENT)}, invoice.status), false) AS is_sent,
    invoice.currency,
    issued_on AS issued_date,
    due_on AS due_date,
    {major_units("coalesce(try_cast(items.detail->>'subtotal' AS DOUBLE), items.amount)", "invoice.currency")} AS subtotal,
    {major_units("coalesce(try_cast(items.detail->>'discountAmount' AS DOUBLE), 0)", "invoice.currency")} AS discount,
    {major_units("coalesce(try_cast(items.detail->>'taxAmount' AS DOUBLE), 0) + coalesce(try_cast(items.detail->>'tax2Amount' AS DOUBLE), 0)", "invoice.currency")} AS tax,
    {major_units("invoice.amount", "invoice.currency")} AS amount,
    {major_units("coalesce(invoice.paid, 0)", "invoice.currency")} AS paid,
    {major_units("invoice.balance", "invoice.currency")} AS balance,
    CASE WHEN is_sent AND invoice.balance > 0 THEN greatest(today - due_on, 0) ELSE 0 END AS days_overdue,
    coalesce(entries_on.hours, 0) AS hours_on_it,
    coalesce(items.lines, 0) AS lines,
    coalesce(entries_on.entries, 0) AS entries,
    coalesce(entries_on.gone_entries, 0) AS gone_entries,
    coalesce(entries_on.entries_billed_twice, 0) AS entries_billed_twice
FROM dated AS invoice
LEFT JOIN known_clients AS client ON client.id = invoice.client_id
LEFT JOIN items ON items.invoice_id = invoice.id
LEFT JOIN entries_on ON entries_on.invoice_id = invoice.id
WHERE coalesce(issued_on <= today, true)
"""

_UNKNOWN = f"""
SELECT string_agg(DISTINCT status, ', ' ORDER BY status)
FROM clockify.invoices
WHERE NOT list_contains({list(KNOWN)}, status)
"""


def invoice_facts(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per invoice that was issued as of the run: see ``INVOICE_FACTS.definition``."""
    settings = run.settings.time_tracking
    return query(
        connection,
        SQL,
        **workspace.workspace_of(connection, settings).values,
        **money.values(settings),
        as_of=run.as_of,
    )


def _notes(connection: duckdb.DuckDBPyConnection, _run: MetricRun) -> dict[str, str]:
    found = connection.execute(_UNKNOWN).fetchone()
    if not found or not found[0]:
        return {}
    return {
        "unknown_status": f"Invoices count as in force whose status is not known here: {found[0]}."
    }


INVOICE_FACTS = MetricTable(
    schema="time_tracking",
    name="invoice_facts",
    grain=("invoice_id",),
    definition=f"""
One row per invoice that Clockify has and that was issued as of now, in the state in which it was read last: Clockify keeps no
earlier states.

* **In force** is every state but VOID (`is_in_force`), also one that is not known here; such a state is kept as it is and told.
  {DRAFT} is a draft. Sent (`is_sent`) are {", ".join(SENT)}.
* Amounts are hundredths of the invoice's currency in major units. amount = subtotal - discount + tax. Subtotal, discount and tax
  are Clockify's own, of the single invoice; without lines they are not known, and subtotal is NULL.
* `paid` is 0 where nothing was paid. `days_overdue` counts the days since the due day of a sent invoice of which something is
  still to be paid, whatever Clockify's state says by then; otherwise it is 0.
* `hours_on_it` are the exact hours of the entries that its lines name, each once. Entries that were deleted since are in
  `gone_entries` and in no hours. `entries_billed_twice` counts entries that stand on another invoice in force, too: there should
  be none.
* Days are those whose midnight Clockify names, in UTC or in the finance zone.

Example: 2 h at 100 and a line of 50 without entries, 10 % discount, 25 % tax: subtotal 250, discount 25, tax 56.25, amount
281.25. 100 are paid: balance 181.25; due on May 1st, as of May 11th it is 10 days overdue.
""",
    columns=(
        Column("invoice_id", "VARCHAR", "Invoice."),
        Column("number", "VARCHAR", "Number on it."),
        Column("client_id", "VARCHAR", "Client."),
        Column("client_name", "VARCHAR", "Client's name."),
        Column("status", "VARCHAR", "State as Clockify has it."),
        Column("is_in_force", "BOOLEAN", "Not void."),
        Column("is_sent", "BOOLEAN", "Sent to the client, paid or not."),
        Column("currency", "VARCHAR", "ISO 4217 code of all amounts."),
        Column("issued_date", "DATE", "Day of issue."),
        Column("due_date", "DATE", "Day by which it is to be paid."),
        Column("subtotal", "DECIMAL(18,4)", "Sum of the lines; NULL where none is known."),
        Column("discount", "DECIMAL(18,4)", "Discount on the subtotal."),
        Column("tax", "DECIMAL(18,4)", "Both taxes together."),
        Column("amount", "DECIMAL(18,4)", "What the client is to pay."),
        Column("paid", "DECIMAL(18,4)", "What was paid."),
        Column("balance", "DECIMAL(18,4)", "What is still to be paid."),
        Column(
            "days_overdue", "BIGINT", "Days since it was due, while something is unpaid; else 0."
        ),
        Column("hours_on_it", "DOUBLE", "Hours of the entries that its lines name."),
        Column("lines", "BIGINT", "Lines."),
        Column("entries", "BIGINT", "Time entries that its lines name."),
        Column("gone_entries", "BIGINT", "Of these, those that Clockify no longer has."),
        Column(
            "entries_billed_twice", "BIGINT", "Of these, those on another invoice in force, too."
        ),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "clockify.invoices",
        "clockify.invoice_items",
        "clockify.clients",
        "clockify.workspaces",
    ),
    compute=invoice_facts,
    headlines={
        "invoices": "count(*)",
        "overdue": "count(*) FILTER (days_overdue > 0)",
        "entries_billed_twice": "coalesce(sum(entries_billed_twice), 0)",
    },
    settings=(*workspace.SETTINGS, *money.SETTINGS),
    notes=_notes,
)
