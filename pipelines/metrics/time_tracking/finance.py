"""Tables ``project_finance``, ``client_finance`` and ``tag_hours``: hours and money by month and currency.

Here: what the three share, one definition each. Not here: rates and amounts of single entries
(``time_entry_facts``), budgets (``project_budget``).
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
        sum(revenue_seconds) / 3600 AS exact_revenue,
        sum(revenue_seconds) FILTER (billable AND is_imputed) / 3600 AS imputed_revenue,
        sum(cost_seconds) / 3600 AS exact_cost,
        -- Revenue and cost of a profit are of the same hours.
        CASE
            WHEN uncosted > 0 THEN 'uncosted_hours'
            WHEN costed_elsewhere > 0 THEN 'cost_in_other_currency'
            WHEN bool_or(is_cost_alone) THEN 'revenue_in_other_currency'
            WHEN exact_revenue IS NULL THEN 'unrated'
            WHEN exact_cost IS NULL THEN 'uncosted_hours'
        END AS profit_reason,
        CASE WHEN profit_reason IS NULL THEN exact_revenue - exact_cost END AS exact_profit"""

RESULT = """
    month,
    currency,
    worked / 3600 AS hours,
    worked_rounded / 3600 AS hours_rounded,
    billed / 3600 AS billable_hours,
    exact_revenue::DECIMAL(18, 4) AS revenue,
    exact_cost::DECIMAL(18, 4) AS cost,
    exact_profit::DECIMAL(18, 4) AS profit,
    100 * exact_profit / nullif(exact_revenue, 0) AS margin_pct,
    profit_reason,
    (exact_revenue * 3600 / nullif(worked, 0))::DECIMAL(18, 4) AS effective_rate,
    unrated / 3600 AS unrated_hours,
    uncosted / 3600 AS uncosted_hours,
    costed / 3600 AS costed_hours,
    imputed / 3600 AS imputed_hours,
    coalesce(imputed_revenue, 0)::DECIMAL(18, 4) AS imputed_revenue,
    worked_in_reports / 3600 AS hours_in_reports
FROM sums"""

PROJECT_SQL = f"""
WITH
{LEGS},
sums AS (
    SELECT
        project_id,
        any_value(project_name) AS project_name,
        {SUMS}
    FROM legs
    GROUP BY project_id, month, currency
)
SELECT
    project_id,
    project_name,
    {RESULT}
"""

CLIENT_SQL = f"""
WITH
{LEGS},
sums AS (
    SELECT
        client_id,
        any_value(client_name) AS client_name,
        {SUMS}
    FROM legs
    GROUP BY client_id, month, currency
)
SELECT
    client_id,
    client_name,
    {RESULT}
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
)
SELECT
    tag_id,
    tag_name,
    {RESULT}
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
    Column("revenue", "DECIMAL(18,4)", "Billable hours x rate; NULL when no rate is known."),
    Column("cost", "DECIMAL(18,4)", "Hours x cost rate; NULL when no cost rate is known."),
    Column("profit", "DECIMAL(18,4)", "Revenue - cost; NULL: see profit_reason."),
    Column("margin_pct", "DOUBLE", "Profit / revenue, percent; NULL without profit or revenue."),
    Column(
        "profit_reason",
        "VARCHAR",
        "Why there is no profit: uncosted_hours, cost_in_other_currency, revenue_in_other_currency or unrated.",
    ),
    Column("effective_rate", "DECIMAL(18,4)", "Revenue / all hours of work."),
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

SHARED_DEFINITION = """
* Only work counts; an entry belongs to the month of its start in one zone for everybody (`[time_tracking] finance_zone`,
  without it the workspace's), and to the currency of its rate, else of its
  project, client or workspace, else of its cost rate. No currency is ever added to another: cost in another currency
  than the revenue stands in a row of that currency, without hours.
* Amounts are sums of exact amounts of (rounded) entries, rounded once; what has no rate is in no amount but in
  `unrated_hours` and `uncosted_hours`. An amount is NULL when none of the row's is known.
* Profit and margin are of hours that have both sides: where a part of the hours has no cost rate, or a cost in another
  currency, they are NULL and `profit_reason` says so; `costed_hours` says how many have one.
* margin = profit / revenue; effective rate = revenue / all hours, billable or not.
* `imputed_hours` and `imputed_revenue` are those of entries that do not say their own rate: it was looked up, as
  `time_entry_facts` describes.

Example: 3 h billable at 100 EUR and 1 h not billable, all at a cost rate of 60 EUR: revenue 300, cost 240, profit 60,
margin 20 %, effective rate 75. Without a cost rate for the hour that is not billable: revenue 300, cost 180 of 3 costed
hours, no profit (`uncosted_hours`), where 300 - 180 would have been a margin of 40 %.
"""

PROJECT_FINANCE = MetricTable(
    schema="time_tracking",
    name="project_finance",
    grain=("project_id", "month", "currency"),
    definition=f"""
Hours and money of each project by month; work without a project has a row of its own.
{SHARED_DEFINITION}""",
    columns=(
        Column(
            "project_id", "VARCHAR", "Project; NULL for work without one.", null_is_a_group=True
        ),
        Column("project_name", "VARCHAR", "Project's name, also when deleted."),
        *COLUMNS,
    ),
    inputs=("time_tracking.time_entry_facts",),
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
Hours and money of each client by month; work without a client has a row of its own.
{SHARED_DEFINITION}""",
    columns=(
        Column("client_id", "VARCHAR", "Client; NULL for work without one.", null_is_a_group=True),
        Column("client_name", "VARCHAR", "Client's name, also when deleted."),
        *COLUMNS,
    ),
    inputs=("time_tracking.time_entry_facts",),
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
