"""Questions about invoices: what should not be on them, and what is not known of them."""

from __future__ import annotations

from pipelines.metrics.time_tracking.invoiced import KNOWN
from pipelines.outputs.report.questions.model import question

_INVOICES = "time_tracking.invoice_facts"

BILLING_QUESTIONS = (
    question(
        "overdue_invoices_count",
        "Overdue invoices",
        _INVOICES,
        found="""
SELECT
    coalesce(number, invoice_id) || coalesce(' of ' || client_name, '') AS name,
    1 AS amount,
    format('{} days, {:,.0f} {} unpaid', days_overdue, balance::DOUBLE, coalesce(currency, '')) AS note,
    days_overdue
FROM time_tracking.invoice_facts
WHERE days_overdue > 0
""",
        worst="days_overdue DESC, name",
        action="Remind the client, or record the payment in Clockify.",
        period="as of now",
    ),
    question(
        "billed_twice",
        "Time entries on more than one invoice",
        _INVOICES,
        found="""
SELECT coalesce(number, invoice_id) AS name, entries_billed_twice AS amount
FROM time_tracking.invoice_facts
""",
        action="Take them off one of the invoices, or set it to void.",
        period="all time",
    ),
    question(
        "gone_from_invoices",
        "Time entries on invoices that Clockify no longer has",
        _INVOICES,
        found="""
SELECT coalesce(number, invoice_id) AS name, gone_entries AS amount
FROM time_tracking.invoice_facts
WHERE is_in_force
""",
        action="They were deleted after they were billed: compare the invoice with what was done.",
        period="all time",
    ),
    question(
        "unknown_invoice_status",
        "Invoices in a state that is not known here",
        _INVOICES,
        found=f"""
SELECT coalesce(number, invoice_id) AS name, 1 AS amount, status AS note
FROM time_tracking.invoice_facts
WHERE NOT coalesce(list_contains({list(KNOWN)}, status), false)
""",
        action="They count as in force and as not sent, so what stands on them is not unbilled: look at them in Clockify.",
        period="all time",
    ),
    question(
        "unbilled_unrated",
        "Unbilled hours without a rate",
        "time_tracking.unbilled",
        found="""
SELECT coalesce(any_value(project_name), project_id, 'no project') AS name, sum(unrated_hours) AS amount
FROM time_tracking.unbilled
GROUP BY project_id
""",
        action="Set a rate in Clockify before they are billed; they are in no amount.",
        kind="hours",
        period="all time",
    ),
)
