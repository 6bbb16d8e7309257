"""Table ``unbilled``: what is done and spent for clients and stands on no invoice yet.

Here: sums by project. Not here: what an entry or expense stands on (``invoiced``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import workspace
from pipelines.metrics.time_tracking.invoiced import UNBILLED, billing
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{billing("time_entry_ids")},
billable AS (
    SELECT
        project_id,
        project_name,
        client_id,
        client_name,
        currency,
        coalesce(billing.state, 'unbilled') AS state,
        started_at,
        NULL::DATE AS date,
        seconds,
        rate * seconds AS rate_seconds,
        NULL::DECIMAL(18, 4) AS expense
    FROM time_tracking.time_entry_facts
    LEFT JOIN billing ON billed_id = entry_id
    WHERE
        is_work
        AND billable
    UNION ALL
    SELECT
        project_id, project_name, client_id, client_name, currency, billing_state, NULL, date, 0, NULL, amount
    FROM time_tracking.expense_facts
    WHERE billable
),
sums AS (
    SELECT
        project_id,
        currency,
        any_value(project_name) AS project_name,
        any_value(client_id) AS client_id,
        any_value(client_name) AS client_name,
        coalesce(sum(seconds) FILTER (is_unbilled), 0) AS worked,
        coalesce(sum(seconds) FILTER (is_unbilled AND rate_seconds IS NULL AND expense IS NULL), 0) AS unrated,
        sum(rate_seconds) FILTER (is_unbilled) / 3600 AS rated_time,
        coalesce(rated_time, CASE WHEN worked = 0 THEN 0 END) AS exact_time,
        coalesce(sum(expense) FILTER (is_unbilled), 0) AS exact_expenses,
        coalesce(sum(rate_seconds) FILTER (state = 'draft') / 3600, 0) AS draft_time,
        coalesce(sum(expense) FILTER (state = 'draft'), 0) AS draft_expenses,
        coalesce(sum(rate_seconds) FILTER (state = 'void') / 3600, 0) AS of_void_time,
        coalesce(sum(expense) FILTER (state = 'void'), 0) AS of_void_expenses,
        coalesce(sum(rate_seconds) FILTER (is_unbilled AND client_id IS NULL) / 3600, 0)
        + coalesce(sum(expense) FILTER (is_unbilled AND client_id IS NULL), 0) AS without_client,
        min(started_at) FILTER (is_unbilled) AS oldest_start,
        min(date) FILTER (is_unbilled) AS oldest_expense
    FROM (SELECT *, state IN {UNBILLED} AS is_unbilled FROM billable WHERE state IN ('draft', {", ".join(map(repr, UNBILLED))}))
    GROUP BY project_id, currency
)
SELECT
    project_id,
    project_name,
    client_id,
    client_name,
    currency,
    worked / 3600 AS hours,
    exact_time::DECIMAL(18, 4) AS time_amount,
    exact_expenses::DECIMAL(18, 4) AS expense_amount,
    draft_time::DECIMAL(18, 4) AS draft_time,
    draft_expenses::DECIMAL(18, 4) AS draft_expenses,
    of_void_time::DECIMAL(18, 4) AS of_void_time,
    of_void_expenses::DECIMAL(18, 4) AS of_void_expenses,
    without_client::DECIMAL(18, 4) AS without_client_amount,
    unrated / 3600 AS unrated_hours,
    -- least() leaves out what is NULL.
    least((oldest_start AT TIME ZONE getvariable('finance_zone'))::DATE, oldest_expense) AS oldest_date,
    (exact_time - of_void_time)::DECIMAL(18, 4) AS clockify_uninvoiced_time,
    (exact_expenses - of_void_expenses)::DECIMAL(18, 4) AS clockify_uninvoiced_expenses
FROM sums
"""


def unbilled(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per project and currency with something to bill: see ``UNBILLED_TABLE.definition``."""
    settings = run.settings.time_tracking
    return query(connection, SQL, **workspace.workspace_of(connection, settings).values)


UNBILLED_TABLE = MetricTable(
    schema="time_tracking",
    name="unbilled",
    grain=("project_id", "currency"),
    definition="""
What could be billed and is not, by project: stopped billable work and billable expenses on no invoice in force and not marked as
invoiced by hand. Work and expenses without a project have a row of their own.

* In force is every invoice that is not void. What stands on drafts (UNSENT) only counts as billed, and is shown: `draft_time`,
  `draft_expenses`.
* What stands on void invoices only is unbilled: `of_void_time`, `of_void_expenses` are the part of it. Clockify's own filter
  UNINVOICED leaves it out, because the mark stays: `clockify_uninvoiced_time`, `clockify_uninvoiced_expenses`.
* An entry stands on an invoice when a line of it names the entry, or when Clockify's detailed report says so; only the report
  knows marks made by hand.
* Amounts are exact hours x rate, without tax and without the rounding of imports; expenses with refunds taken off. Hours without
  a rate are in `hours` and `unrated_hours` and in no amount; `time_amount` is NULL where no hour has one. No currency is ever
  added to another.
* Clockify imports only from projects with a client: `without_client_amount` is the part that cannot be imported.
* `oldest_date` is the first day of what is unbilled, in the finance zone; NULL where everything stands on drafts.

For each project and currency: unbilled + drafts + billed + marked by hand + not billable = all.

Example: of 10 h billable at 100, 4 h stand on a sent invoice, 2 h on a draft, 1 h on a void one, 1 h is marked by hand: unbilled
are 3 h, 300; draft 200; of void 100; Clockify shows 200 as uninvoiced.
""",
    columns=(
        Column("project_id", "VARCHAR", "Project; NULL without one.", null_is_a_group=True),
        Column("project_name", "VARCHAR", "Project's name, also when deleted."),
        Column("client_id", "VARCHAR", "Its client; NULL without one."),
        Column("client_name", "VARCHAR", "Client's name, also when deleted."),
        Column(
            "currency",
            "VARCHAR",
            "ISO 4217 code of all amounts of the row; NULL where it is not known.",
            null_is_a_group=True,
        ),
        Column("hours", "DOUBLE", "Unbilled hours."),
        Column("time_amount", "DECIMAL(18,4)", "Unbilled hours x rate; NULL when none has a rate."),
        Column("expense_amount", "DECIMAL(18,4)", "Unbilled billable expenses."),
        Column("draft_time", "DECIMAL(18,4)", "Hours x rate on drafts only."),
        Column("draft_expenses", "DECIMAL(18,4)", "Expenses on drafts only."),
        Column("of_void_time", "DECIMAL(18,4)", "The part of time_amount on void invoices."),
        Column("of_void_expenses", "DECIMAL(18,4)", "The part of expense_amount on void invoices."),
        Column("without_client_amount", "DECIMAL(18,4)", "The part of both without a client."),
        Column("unrated_hours", "DOUBLE", "Unbilled hours without a rate."),
        Column("oldest_date", "DATE", "First day of what is unbilled."),
        Column(
            "clockify_uninvoiced_time", "DECIMAL(18,4)", "What Clockify shows as uninvoiced time."
        ),
        Column("clockify_uninvoiced_expenses", "DECIMAL(18,4)", "What Clockify shows of expenses."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "time_tracking.expense_facts",
        "clockify.invoices",
        "clockify.invoice_items",
        "clockify.entry_invoicing",
        "clockify.workspaces",
    ),
    compute=unbilled,
    headlines={"hours": "sum(hours)", "unrated_hours": "sum(unrated_hours)"},
    settings=workspace.SETTINGS,
)
