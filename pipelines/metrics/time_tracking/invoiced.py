"""Which invoice a time entry or an expense stands on, and what that means.

Here: the one reading of invoice lines, and what the states of an invoice say. Not here: sums over invoices
(``invoice_facts``, ``realization``) and what is left to bill (``unbilled``).
"""

from __future__ import annotations

#: The states that Clockify knows, by what they mean here. A state that it does not know is in force, and told.
DRAFT = "UNSENT"
VOID = "VOID"
SENT = ("SENT", "PARTIALLY_PAID", "PAID", "OVERDUE")
KNOWN = (DRAFT, VOID, *SENT)

#: CTE ``lines``: a row per line of an invoice and entry (or expense) that it was made of, with the invoice's state.
LINES = """
lines AS (
    SELECT
        item.invoice_id,
        item.position,
        unnest(
            list_distinct(
                coalesce(try_cast(item.{column} AS VARCHAR[]), []::VARCHAR[])
            )
        ) AS billed_id,
        invoice.status,
        invoice.issued_date
    FROM clockify.invoice_items AS item
    JOIN clockify.invoices AS invoice ON invoice.id = item.invoice_id
)"""


def on_invoice(column: str) -> str:
    """SQL of the CTEs up to ``on_invoice``: by ``billed_id`` the invoice that counts, and its ``invoice_status``.

    ``column`` of the lines has the ids. Of several invoices one in force goes before a void one, one that was sent before a
    draft, an earlier one before a later one.
    """
    return f"""{LINES.format(column=column)},
on_invoice AS (
    SELECT
        billed_id,
        arg_min(invoice_id, place) AS invoice_id,
        arg_min(status, place) AS invoice_status
    FROM (
        SELECT
            *,
            {{
                'rank': CASE status WHEN '{VOID}' THEN 2 WHEN '{DRAFT}' THEN 1 ELSE 0 END,
                'issued': issued_date,
                'id': invoice_id
            }} AS place
        FROM lines
    )
    GROUP BY billed_id
)"""
