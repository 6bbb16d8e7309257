"""Which invoice a time entry or an expense stands on, and what that means for whether it is billed.

Here: the one reading of invoice lines and of marks, and what the states of an invoice say. Not here: sums over invoices
(``invoice_facts``, ``realization``) and what is left to bill (``unbilled``).
"""

from __future__ import annotations

#: The states that Clockify knows, by what they mean here. A state that it does not know is in force, and told.
DRAFT = "UNSENT"
VOID = "VOID"
SENT = ("SENT", "PARTIALLY_PAID", "PAID", "OVERDUE")
KNOWN = (DRAFT, VOID, *SENT)

#: What becomes of something billable. ``void`` stands on a void invoice alone, so it is still to be billed.
UNBILLED = ("unbilled", "void")

INPUTS = {
    "time_entry_ids": "clockify.entry_invoicing",
    "expense_ids": "clockify.expense_invoicing",
}


def ids_of(column: str) -> str:
    """SQL of the ids in a JSON column, each once; none where it holds something else than a list."""
    return f"list_distinct(coalesce(try_cast({column} AS VARCHAR[]), []::VARCHAR[]))"


def lines(column: str) -> str:
    """SQL of the CTE ``lines``: a row per line of an invoice and entry (or expense) that it was made of."""
    return f"""
lines AS (
    SELECT
        item.invoice_id,
        item.position,
        unnest({ids_of(f"item.{column}")}) AS billed_id,
        invoice.status,
        invoice.issued_date
    FROM clockify.invoice_items AS item
    JOIN clockify.invoices AS invoice ON invoice.id = item.invoice_id
)"""


def billing(column: str) -> str:
    """SQL of the CTEs up to ``billing``: by ``billed_id`` its ``invoice_id``, that one's ``invoice_status``, and ``state``.

    ``column`` of the lines has the ids. An invoice is known from its lines, and from the mark in Clockify's reports. Of several
    one in force goes before a void one, one that was sent before a draft, an earlier one before a later one. ``state`` is billed,
    draft, by_hand or void; what has no row stands nowhere.
    """
    return f"""{lines(column)},
marks AS (
    SELECT
        id AS billed_id,
        max(invoice_id) AS invoice_id,
        coalesce(bool_or(manually_invoiced), false) AS is_by_hand
    FROM {INPUTS[column]}
    GROUP BY id
),
claims AS (
    SELECT billed_id, invoice_id, status, issued_date FROM lines
    UNION ALL
    SELECT mark.billed_id, mark.invoice_id, invoice.status, invoice.issued_date
    FROM marks AS mark
    LEFT JOIN clockify.invoices AS invoice ON invoice.id = mark.invoice_id
    WHERE mark.invoice_id IS NOT NULL
),
on_invoice AS (
    SELECT
        billed_id,
        min(place) AS first
    FROM (
        SELECT
            billed_id,
            {{
                'rank': CASE status WHEN '{VOID}' THEN 2 WHEN '{DRAFT}' THEN 1 ELSE 0 END,
                'issued': coalesce(issued_date, 'infinity'),
                'invoice_id': invoice_id,
                'status': coalesce(status, '')
            }} AS place
        FROM claims
    )
    GROUP BY billed_id
),
billing AS (
    SELECT
        billed_id,
        first.invoice_id AS invoice_id,
        nullif(first.status, '') AS invoice_status,
        CASE
            WHEN first.rank = 0 THEN 'billed'
            WHEN is_by_hand THEN 'by_hand'
            WHEN first.rank = 1 THEN 'draft'
            WHEN first.rank = 2 THEN 'void'
        END AS state
    FROM on_invoice
    FULL JOIN marks USING (billed_id)
)"""
