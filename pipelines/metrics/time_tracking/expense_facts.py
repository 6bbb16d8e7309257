"""Table ``expense_facts``: every expense with its day, its amount and its currency.

Here: single expenses. Not here: sums of them (``finance``, ``project_budget``), what is left to bill (``unbilled``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money, workspace
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.invoiced import billing
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{billing("expense_ids")},
-- Asked for each currency by itself, an expense comes with one; with several the report does not know the filter.
reported AS (
    SELECT id AS expense_id, CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) END AS code
    FROM clockify.expense_invoicing
    GROUP BY ALL
),
known_users AS (
    {ever_known("users")}
),
known_projects AS (
    {ever_known("projects")}
),
known_clients AS (
    {ever_known("clients")}
),
known_categories AS (
    {ever_known("expense_categories")}
),
workspace_currencies AS (
    SELECT
        workspace.id AS workspace_id,
        min(listed.currency->>'code') AS code
    FROM ({ever_known("workspaces")}) AS workspace
    CROSS JOIN unnest(from_json(workspace.currencies, '["JSON"]')) AS listed(currency)
    WHERE try_cast(listed.currency->>'isDefault' AS BOOLEAN)
    GROUP BY ALL
),
expenses AS (
    SELECT
        * EXCLUDE (date, project_id),
        (date AT TIME ZONE 'UTC')::DATE AS date,
        nullif(project_id, '') AS project_id
    FROM clockify.expenses
),
placed AS (
    SELECT
        expense.*,
        coalesce(nullif(expense.project->>'clientId', ''), nullif(project.client_id, '')) AS client_id,
        coalesce(project.name, expense.project->>'name') AS project_name,
        coalesce(nullif(expense.project->>'clientName', ''), nullif(project.client_name, '')) AS told_client_name
    FROM expenses AS expense
    LEFT JOIN known_projects AS project ON project.id = expense.project_id
    WHERE date <= (getvariable('as_of') AT TIME ZONE getvariable('finance_zone'))::DATE
),
priced AS (
    SELECT
        placed.*,
        coalesce(client.name, told_client_name) AS client_name,
        coalesce(reported.code, client.currency_code, workspace.code) AS currency,
        CASE
            WHEN reported.code IS NOT NULL THEN 'report'
            WHEN client.currency_code IS NOT NULL THEN 'client'
            WHEN workspace.code IS NOT NULL THEN 'workspace'
        END AS currency_source
    FROM placed
    LEFT JOIN reported ON reported.expense_id = placed.id
    LEFT JOIN known_clients AS client ON client.id = placed.client_id
    LEFT JOIN workspace_currencies AS workspace ON workspace.workspace_id = placed.workspace_id
)
SELECT
    expense.id AS expense_id,
    expense.date,
    date_trunc('month', expense.date)::DATE AS month,
    expense.user_id,
    owner.name AS user_name,
    expense.project_id,
    expense.project_name,
    expense.client_id,
    expense.client_name,
    nullif(expense.task_id, '') AS task_id,
    coalesce(category.name, expense.category->>'name') AS category_name,
    expense.quantity,
    CASE WHEN coalesce(category.has_unit_price, try_cast(expense.category->>'hasUnitPrice' AS BOOLEAN))
    THEN nullif(coalesce(category.unit, expense.category->>'unit'), '') END AS unit,
    {major_units("expense.total", "expense.currency")} AS amount,
    expense.currency,
    expense.currency_source,
    coalesce(expense.billable, false) AS billable,
    coalesce(expense.locked, false) AS is_locked,
    billing.invoice_id,
    billing.invoice_status,
    CASE WHEN expense.billable THEN coalesce(billing.state, 'unbilled') ELSE 'not_billable' END AS billing_state,
    expense.notes
FROM priced AS expense
LEFT JOIN known_users AS owner ON owner.id = expense.user_id
LEFT JOIN known_categories AS category ON category.id = expense.category_id
LEFT JOIN billing ON billing.billed_id = expense.id
"""


def expense_facts(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per expense that exists as of the run: see ``EXPENSE_FACTS.definition``."""
    settings = run.settings.time_tracking
    return query(
        connection,
        SQL,
        **workspace.workspace_of(connection, settings).values,
        **money.values(settings),
        as_of=run.as_of,
    )


EXPENSE_FACTS = MetricTable(
    schema="time_tracking",
    name="expense_facts",
    grain=("expense_id",),
    definition="""
One row per expense that Clockify has and whose day has come as of now; deleted expenses are not here.

* `date` is the plain day that stands on the expense. No zone ever shifts it; `month` is its month.
* `amount` is Clockify's total, with its decimals: hundredths of the currency become major units
  (`[time_tracking.money] minor_units`), so that 837.5 is 8.375. A refund is negative. Quantity times price is not
  computed again: without a unit price the quantity means nothing, and `unit` is NULL.
* `currency`: Clockify's list of expenses does not tell it. An expense keeps the currency that the client of its project had
  when it was written down. `currency_source` says what is known of that: `report`, Clockify's expense report names it;
  `client`, the client's present one; `workspace`, the default of the workspace, for expenses without a client.
* Names are those of projects, clients and categories that are there or once were. `category_name` is NULL where a category was
  deleted before it was read.
* `invoice_id` is the invoice that the expense stands on, of several one in force. `billing_state` is `not_billable`, `unbilled`,
  `void` (on a void invoice only, so unbilled), `draft`, `billed`, or `by_hand` (marked as invoiced by hand).

Example: 12.5 km at 0.67 EUR a km are 837.5 hundredths, 8.375 EUR.
""",
    columns=(
        Column("expense_id", "VARCHAR", "Expense."),
        Column("date", "DATE", "Day on the expense."),
        Column("month", "DATE", "First day of its month."),
        Column("user_id", "VARCHAR", "Who spent it."),
        Column("user_name", "VARCHAR", "That person's name, also when removed."),
        Column("project_id", "VARCHAR", "Project; NULL without one."),
        Column("project_name", "VARCHAR", "Project's name, also when deleted."),
        Column("client_id", "VARCHAR", "Client of the project; NULL without one."),
        Column("client_name", "VARCHAR", "Client's name, also when deleted."),
        Column("task_id", "VARCHAR", "Task; NULL without one."),
        Column("category_name", "VARCHAR", "Category; NULL when it was deleted."),
        Column("quantity", "DOUBLE", "Units, where the category has a unit price."),
        Column("unit", "VARCHAR", "Unit of quantity; NULL without a unit price."),
        Column("amount", "DECIMAL(18,4)", "Amount in currency; negative for a refund."),
        Column("currency", "VARCHAR", "ISO 4217 code of amount; NULL where it is not known."),
        Column("currency_source", "VARCHAR", "How currency is known: report, client or workspace."),
        Column("billable", "BOOLEAN", "The client is to pay it."),
        Column("is_locked", "BOOLEAN", "Locked in Clockify."),
        Column("invoice_id", "VARCHAR", "Invoice that it stands on; NULL on none."),
        Column("invoice_status", "VARCHAR", "State of that invoice in Clockify."),
        Column(
            "billing_state",
            "VARCHAR",
            "not_billable, unbilled, void, draft, billed or by_hand.",
        ),
        Column("notes", "VARCHAR", "What was written."),
    ),
    inputs=(
        "clockify.expenses",
        "clockify.expense_categories",
        "clockify.invoices",
        "clockify.invoice_items",
        "clockify.expense_invoicing",
        "clockify.users",
        "clockify.projects",
        "clockify.clients",
        "clockify.workspaces",
    ),
    compute=expense_facts,
    headlines={
        "expenses": "count(*)",
        "of_guessed_currency": "count(*) FILTER (currency_source IS DISTINCT FROM 'report')",
    },
    settings=(*workspace.SETTINGS, *money.SETTINGS),
)
