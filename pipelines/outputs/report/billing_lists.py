"""Lists of what is to be billed and to be paid: unbilled work, overdue invoices, realization, profit after expenses."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing

UNBILLED = Listing(
    name="unbilled",
    title="Not billed yet",
    meaning="As of now; billable work and expenses on no invoice in force, the oldest client first.",
    tables=("time_tracking.unbilled",),
    sql="""
SELECT
    coalesce(client_name, client_id, 'no client') AS name,
    coalesce(currency, 'unknown currency') AS currency,
    min(oldest_date) AS oldest,
    sum(hours) AS hours,
    sum(time_amount) AS time_amount,
    sum(expense_amount) AS expense_amount,
    sum(draft_time + draft_expenses) AS drafts,
    sum(of_void_time + of_void_expenses) AS of_void,
    sum(unrated_hours) AS unrated_hours
FROM time_tracking.unbilled
GROUP BY client_id, client_name, currency
ORDER BY oldest NULLS LAST, name, currency
""",
    columns=(
        Column("name", "Client"),
        Column("oldest", "Oldest day", "date", unknown="all on drafts"),
        Column("hours", "Hours", "hours"),
        Column("time_amount", "Time", "money"),
        Column("expense_amount", "Expenses", "money"),
        Column("drafts", "On drafts", "money"),
        Column("of_void", "Of it on void invoices", "money"),
        Column("unrated_hours", "Without a rate", "hours"),
    ),
    nothing="Everything billable stands on an invoice.",
    most=30,
)

OVERDUE_INVOICES = Listing(
    name="overdue_invoices",
    title="Overdue invoices",
    meaning="As of now; sent invoices past their due day of which something is unpaid, the longest first.",
    tables=("time_tracking.invoice_facts",),
    sql="""
SELECT
    coalesce(number, invoice_id) AS number,
    coalesce(client_name, client_id, 'no client') AS client,
    due_date,
    days_overdue,
    coalesce(currency, 'unknown currency') AS currency,
    amount,
    balance
FROM time_tracking.invoice_facts
WHERE days_overdue > 0
ORDER BY days_overdue DESC, number
""",
    columns=(
        Column("number", "Invoice"),
        Column("client", "Client"),
        Column("due_date", "Due", "date"),
        Column("days_overdue", "Days overdue", "count"),
        Column("amount", "Amount", "money"),
        Column("balance", "Unpaid", "money"),
    ),
    nothing="No invoice is overdue.",
    most=30,
)

REALIZATION = Listing(
    name="realization",
    title="Realization",
    meaning="Invoices of the last 12 full months: what was billed for time, against its hours x rate.",
    tables=("time_tracking.realization",),
    sql="""
SELECT
    coalesce(client_name, client_id, 'no client') AS name,
    coalesce(currency, 'unknown currency') AS currency,
    sum(net_billed) AS net_billed,
    sum(standard_value) AS standard_value,
    100 * sum(net_billed)::DOUBLE / nullif(sum(standard_value)::DOUBLE, 0) AS realization,
    sum(paid) AS paid,
    sum(outstanding) AS outstanding,
    sum(overdue) AS overdue
FROM time_tracking.realization
WHERE
    month >= date_trunc('month', $as_of) - INTERVAL 12 MONTH
    AND month < date_trunc('month', $as_of)
GROUP BY client_id, client_name, currency
ORDER BY currency NULLS LAST, net_billed DESC, name
""",
    columns=(
        Column("name", "Client"),
        Column("net_billed", "Billed for time", "money"),
        Column("standard_value", "Worth at its rates", "money"),
        Column("realization", "Realization", "percent"),
        Column("paid", "Paid", "money"),
        Column("outstanding", "Outstanding", "money"),
        Column("overdue", "Overdue", "money"),
    ),
    nothing="No invoice was sent in the last 12 full months.",
    most=30,
)

AFTER_EXPENSES = Listing(
    name="after_expenses",
    title="Profit after expenses",
    meaning="Last full month; a row for each client and currency.",
    tables=("time_tracking.client_finance",),
    sql="""
SELECT
    coalesce(client_name, client_id, 'no client') AS name,
    coalesce(currency, 'unknown currency') AS currency,
    time_revenue,
    labour_cost,
    billable_expenses,
    non_billable_expenses,
    profit,
    clockify_profit
FROM time_tracking.client_finance
WHERE month = date_trunc('month', $as_of) - INTERVAL 1 MONTH
ORDER BY currency NULLS LAST, profit DESC NULLS LAST, name
""",
    columns=(
        Column("name", "Client"),
        Column("time_revenue", "Time", "money"),
        Column("labour_cost", "Labour", "money"),
        Column("billable_expenses", "Expenses to bill", "money"),
        Column("non_billable_expenses", "Own expenses", "money"),
        Column("profit", "Profit", "money"),
        Column("clockify_profit", "Clockify's profit, without expenses", "money"),
    ),
    nothing="Nothing was earned or spent in the last full month.",
    most=30,
)
