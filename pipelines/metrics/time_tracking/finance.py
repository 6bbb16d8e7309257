"""Tables ``project_finance``, ``client_finance`` and ``tag_hours``: hours and money by month and currency.

Here: what the three share, one definition each. Not here: rates and amounts of single entries and expenses
(``time_entry_facts``, ``expense_facts``), budgets (``project_budget``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.ever_known import ever_known

if TYPE_CHECKING:
    import duckdb

# Amounts are summed as rate x seconds, exactly, and rounded once in the result. An entry whose cost is in another
# currency than its revenue has two legs: hours and revenue in the one, cost in the other.
LEGS = """
work AS NOT MATERIALIZED (
    SELECT
        *,
        finance_month AS month,
        cost_currency IS NOT DISTINCT FROM currency AS has_one_currency,
        rate_source NOT IN ('entry', 'unrated') AS is_imputed
    FROM time_tracking.time_entry_facts
    WHERE is_work
),
legs AS (
    SELECT
        * EXCLUDE (currency, cost_currency, has_one_currency),
        currency,
        CASE WHEN billable THEN rate ELSE 0 END * seconds_rounded AS revenue_seconds,
        CASE WHEN has_one_currency THEN cost_rate * seconds_rounded END AS cost_seconds,
        CASE WHEN has_one_currency AND cost_rate IS NOT NULL THEN seconds ELSE 0 END AS costed_seconds,
        CASE WHEN has_one_currency THEN 0 ELSE seconds END AS foreign_seconds,
        false AS is_cost_alone
    FROM work
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (currency, cost_currency, has_one_currency)
            REPLACE (0 AS seconds, 0 AS seconds_rounded, 0 AS seconds_in_reports, false AS billable),
        cost_currency AS currency,
        cost_rate * seconds_rounded AS cost_seconds,
        0 AS costed_seconds,
        0 AS foreign_seconds,
        true AS is_cost_alone
    FROM work
    WHERE
        NOT has_one_currency
        AND cost_rate IS NOT NULL
)"""

# Expenses are legs without hours, in a row of their currency.
WITH_EXPENSES = f"""{LEGS},
all_legs AS (
    FROM legs
    UNION ALL BY NAME
    SELECT
        project_id,
        project_name,
        client_id,
        client_name,
        month,
        currency,
        0 AS seconds,
        0 AS seconds_rounded,
        0 AS seconds_in_reports,
        0 AS costed_seconds,
        0 AS foreign_seconds,
        false AS billable,
        false AS is_cost_alone,
        CASE WHEN billable THEN amount ELSE 0 END AS billable_expense,
        CASE WHEN billable THEN 0 ELSE amount END AS other_expense
    FROM time_tracking.expense_facts
)"""

SUMS = """
        month,
        currency,
        sum(seconds)::BIGINT AS worked,
        sum(seconds_rounded)::BIGINT AS worked_rounded,
        sum(seconds_in_reports)::BIGINT AS worked_in_reports,
        coalesce(sum(seconds) FILTER (billable), 0)::BIGINT AS billed,
        coalesce(sum(seconds) FILTER (billable AND rate IS NULL), 0)::BIGINT AS unrated,
        coalesce(sum(seconds) FILTER (cost_rate IS NULL), 0)::BIGINT AS uncosted,
        sum(costed_seconds)::BIGINT AS costed,
        sum(foreign_seconds) FILTER (cost_rate IS NOT NULL)::BIGINT AS costed_elsewhere,
        coalesce(sum(seconds) FILTER (billable AND is_imputed), 0)::BIGINT AS imputed,
        coalesce(sum(revenue_seconds) / 3600, CASE WHEN billed = 0 THEN 0 END) AS exact_revenue,
        sum(revenue_seconds) FILTER (billable AND is_imputed) / 3600 AS imputed_revenue,
        coalesce(sum(cost_seconds) / 3600, CASE WHEN worked = 0 THEN 0 END) AS exact_cost,
        -- Revenue and cost of a profit are of the same hours.
        CASE
            WHEN uncosted > 0 THEN 'uncosted_hours'
            WHEN costed_elsewhere > 0 THEN 'cost_in_other_currency'
            WHEN bool_or(is_cost_alone) THEN 'revenue_in_other_currency'
            WHEN exact_revenue IS NULL THEN 'unrated'
            WHEN exact_cost IS NULL THEN 'uncosted_hours'
        END AS profit_reason,
        CASE WHEN profit_reason IS NULL THEN exact_revenue - exact_cost END AS exact_profit"""

EXPENSE_SUMS = """
        coalesce(sum(billable_expense), 0) AS exact_billable_expenses,
        coalesce(sum(other_expense), 0) AS exact_other_expenses,
        bool_or(billable_expense IS NOT NULL) AS has_expenses"""

# CTE ``totals``: what is earned and spent in all; billable expenses are in both.
OF_TIME = """
totals AS (
    SELECT *, exact_revenue AS all_revenue, exact_cost AS all_cost, exact_profit AS all_profit FROM sums
)"""

OF_TIME_AND_EXPENSES = """
totals AS (
    SELECT
        *,
        CASE WHEN exact_revenue IS NOT NULL OR has_expenses
        THEN coalesce(exact_revenue, 0) + exact_billable_expenses END AS all_revenue,
        CASE WHEN exact_cost IS NOT NULL OR has_expenses
        THEN coalesce(exact_cost, 0) + exact_billable_expenses + exact_other_expenses END AS all_cost,
        exact_profit - exact_other_expenses AS all_profit
    FROM sums
)"""

RESULT = """
    month,
    currency,
    worked / 3600 AS hours,
    worked_rounded / 3600 AS hours_rounded,
    billed / 3600 AS billable_hours,
    all_revenue::DECIMAL(18, 4) AS revenue,
    all_cost::DECIMAL(18, 4) AS cost,
    all_profit::DECIMAL(18, 4) AS profit,
    100 * all_profit / nullif(all_revenue, 0) AS margin_pct,
    profit_reason,
    (exact_revenue * 3600 / nullif(worked, 0))::DECIMAL(18, 4) AS effective_rate,
    unrated / 3600 AS unrated_hours,
    uncosted / 3600 AS uncosted_hours,
    costed / 3600 AS costed_hours,
    imputed / 3600 AS imputed_hours,
    coalesce(imputed_revenue, 0)::DECIMAL(18, 4) AS imputed_revenue,
    worked_in_reports / 3600 AS hours_in_reports"""

EXPENSE_RESULT = """
    exact_revenue::DECIMAL(18, 4) AS time_revenue,
    exact_cost::DECIMAL(18, 4) AS labour_cost,
    exact_billable_expenses::DECIMAL(18, 4) AS billable_expenses,
    exact_other_expenses::DECIMAL(18, 4) AS non_billable_expenses,
    exact_profit::DECIMAL(18, 4) AS clockify_profit
FROM totals"""

PROJECT_SQL = f"""
WITH
{WITH_EXPENSES},
sums AS (
    SELECT
        project_id,
        any_value(project_name) AS project_name,
        {SUMS},
        {EXPENSE_SUMS}
    FROM all_legs
    GROUP BY project_id, month, currency
),
{OF_TIME_AND_EXPENSES}
SELECT
    project_id,
    project_name,
    {RESULT},
    {EXPENSE_RESULT}
"""

CLIENT_SQL = f"""
WITH
{WITH_EXPENSES},
sums AS (
    SELECT
        client_id,
        any_value(client_name) AS client_name,
        {SUMS},
        {EXPENSE_SUMS}
    FROM all_legs
    GROUP BY client_id, month, currency
),
{OF_TIME_AND_EXPENSES}
SELECT
    client_id,
    client_name,
    {RESULT},
    {EXPENSE_RESULT}
"""

TAG_SQL = f"""
WITH
{LEGS},
known_tags AS (
    {ever_known("tags")}
),
tagged AS (
    SELECT
        unnest(list_distinct(from_json(tag_ids, '["VARCHAR"]'))) AS tag_id,
        *
    FROM legs
    WHERE tag_ids NOT IN ('[]', 'null')
),
sums AS (
    SELECT
        tag_id,
        any_value(tag.name) AS tag_name,
        {SUMS}
    FROM tagged
    LEFT JOIN known_tags AS tag ON tag.id = tagged.tag_id
    GROUP BY tag_id, month, currency
),
{OF_TIME}
SELECT
    tag_id,
    tag_name,
    {RESULT}
FROM totals
"""


def project_finance(
    connection: duckdb.DuckDBPyConnection, _run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per project, month and currency: see ``PROJECT_FINANCE.definition``."""
    return connection.sql(PROJECT_SQL)


def client_finance(
    connection: duckdb.DuckDBPyConnection, _run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per client, month and currency: see ``CLIENT_FINANCE.definition``."""
    return connection.sql(CLIENT_SQL)


def tag_hours(connection: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per tag, month and currency: see ``TAG_HOURS.definition``."""
    return connection.sql(TAG_SQL)


COLUMNS = (
    Column(
        "month", "DATE", "First day of the month in which the entries start, in the finance zone."
    ),
    Column(
        "currency",
        "VARCHAR",
        "ISO 4217 code of all amounts of the row; NULL where it is not known.",
        null_is_a_group=True,
    ),
    Column("hours", "DOUBLE", "Hours of work."),
    Column(
        "hours_rounded", "DOUBLE", "Hours after rounding each entry, of which amounts are made."
    ),
    Column("billable_hours", "DOUBLE", "Billable hours of work."),
    Column("revenue", "DECIMAL(18,4)", "What was earned; NULL when nothing of it is known."),
    Column("cost", "DECIMAL(18,4)", "What it cost; NULL when nothing of it is known."),
    Column("profit", "DECIMAL(18,4)", "Revenue - cost; NULL: see profit_reason."),
    Column("margin_pct", "DOUBLE", "Profit / revenue, percent; NULL without profit or revenue."),
    Column(
        "profit_reason",
        "VARCHAR",
        "Why there is no profit: uncosted_hours, cost_in_other_currency, revenue_in_other_currency or unrated.",
    ),
    Column("effective_rate", "DECIMAL(18,4)", "Revenue of time / all hours of work."),
    Column("unrated_hours", "DOUBLE", "Billable hours without a rate: not in revenue."),
    Column("uncosted_hours", "DOUBLE", "Hours without a cost rate: not in cost."),
    Column("costed_hours", "DOUBLE", "Hours whose cost is in this row."),
    Column(
        "imputed_hours", "DOUBLE", "Billable hours whose rate is not the entry's own: looked up."
    ),
    Column(
        "imputed_revenue", "DECIMAL(18,4)", "The part of revenue that rests on looked-up rates."
    ),
    Column("hours_in_reports", "DOUBLE", "Hours as Clockify's own reports round each entry."),
)

EXPENSE_COLUMNS = (
    Column("time_revenue", "DECIMAL(18,4)", "Billable hours x rate; NULL when no rate is known."),
    Column("labour_cost", "DECIMAL(18,4)", "Hours x cost rate; NULL when no cost rate is known."),
    Column("billable_expenses", "DECIMAL(18,4)", "Expenses that the client is to pay."),
    Column("non_billable_expenses", "DECIMAL(18,4)", "Expenses that the client does not pay."),
    Column(
        "clockify_profit", "DECIMAL(18,4)", "Time revenue - labour cost: Clockify's own profit."
    ),
)

SHARED_DEFINITION = """
* Only work counts; an entry belongs to the month of its start in one zone for everybody (`[time_tracking] finance_zone`,
  without it the workspace's), and to the currency of its rate, else of its
  project, client or workspace, else of its cost rate. No currency is ever added to another: cost in another currency
  than the revenue stands in a row of that currency, without hours.
* Amounts are sums of exact amounts of (rounded) entries, rounded once; what has no rate is in no amount but in
  `unrated_hours` and `uncosted_hours`. An amount is NULL when none of the row's is known.
* Profit and margin are of hours that have both sides: where a part of the hours has no cost rate, or a cost in another
  currency, they are NULL and `profit_reason` says so; `costed_hours` says how many have one.
* margin = profit / revenue; effective rate = revenue of time / all hours, billable or not.
* `imputed_hours` and `imputed_revenue` are those of entries that do not say their own rate: it was looked up, as
  `time_entry_facts` describes.

Example: 3 h billable at 100 EUR and 1 h not billable, all at a cost rate of 60 EUR: revenue 300, cost 240, profit 60,
margin 20 %, effective rate 75. Without a cost rate for the hour that is not billable: revenue 300, cost 180 of 3 costed
hours, no profit (`uncosted_hours`), where 300 - 180 would have been a margin of 40 %.
"""

EXPENSE_DEFINITION = """
* **Expenses** are in the month of their day and in their own currency, the billable ones in revenue and in cost, the others in
  cost: revenue = `time_revenue` + `billable_expenses`, cost = `labour_cost` + all expenses, profit and margin over both.
  Clockify's own profit leaves expenses out: `clockify_profit` is that figure, of time alone. The effective rate is of time
  alone, too.

Example: time 1,000, labour 480, billable expenses 286, others 108.365: revenue 1,286, cost 874.365, profit 411.635, where
Clockify's own profit is 520.
"""

PROJECT_FINANCE = MetricTable(
    schema="time_tracking",
    name="project_finance",
    grain=("project_id", "month", "currency"),
    definition=f"""
Hours and money of each project by month; work and expenses without a project have a row of their own.
{SHARED_DEFINITION}{EXPENSE_DEFINITION}""",
    columns=(
        Column(
            "project_id",
            "VARCHAR",
            "Project; NULL for work and expenses without one.",
            null_is_a_group=True,
        ),
        Column("project_name", "VARCHAR", "Project's name, also when deleted."),
        *COLUMNS,
        *EXPENSE_COLUMNS,
    ),
    inputs=("time_tracking.time_entry_facts", "time_tracking.expense_facts"),
    compute=project_finance,
    headlines={
        "hours": "sum(hours)",
        "unrated_hours": "sum(unrated_hours)",
    },
)

CLIENT_FINANCE = MetricTable(
    schema="time_tracking",
    name="client_finance",
    grain=("client_id", "month", "currency"),
    definition=f"""
Hours and money of each client by month; work and expenses without a client have a row of their own.
{SHARED_DEFINITION}{EXPENSE_DEFINITION}""",
    columns=(
        Column(
            "client_id",
            "VARCHAR",
            "Client; NULL for work and expenses without one.",
            null_is_a_group=True,
        ),
        Column("client_name", "VARCHAR", "Client's name, also when deleted."),
        *COLUMNS,
        *EXPENSE_COLUMNS,
    ),
    inputs=("time_tracking.time_entry_facts", "time_tracking.expense_facts"),
    compute=client_finance,
    headlines={
        "hours": "sum(hours)",
        "unrated_hours": "sum(unrated_hours)",
    },
)

TAG_HOURS = MetricTable(
    schema="time_tracking",
    name="tag_hours",
    grain=("tag_id", "month", "currency"),
    definition=f"""
Hours and money of each tag by month. **Not additive over tags**: an entry with two tags counts in full under each, and
work without tags is not here.
{SHARED_DEFINITION}""",
    columns=(
        Column("tag_id", "VARCHAR", "Tag."),
        Column("tag_name", "VARCHAR", "Tag's name, also when deleted."),
        *COLUMNS,
    ),
    inputs=("time_tracking.time_entry_facts", "clockify.tags"),
    overlaps="An entry with two tags counts in full under each; add up time_tracking.project_finance instead.",
    compute=tag_hours,
    headlines={
        "tags": "count(DISTINCT tag_id)",
    },
)
