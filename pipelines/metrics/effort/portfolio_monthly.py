"""Portfolio: what all projects together delivered and took, month by month.

It lies in ``project_management``, and is computed here, because it needs both sources.
Not here: anything of a single project, and points, whose scales differ between projects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per month, months without anything included, from the first with a story or an hour to the current one. That one
`is_partial`. Only what may be added across projects is: stories and hours, and cost by currency; never points.

* `accepted`: stories of all types but releases accepted in the month, in the zone of their project. A deleted story counts
  in the months that were over before it was deleted, as in `throughput_weekly`. `projects` is how many projects they are of.
* `hours`: all work of all Clockify projects, and that without a project (`project_finance`); `linked_hours` are those of them
  that time entries link to stories (`time_story_links`).
* `cost`: cost of the hours that have a cost rate (`uncosted_hours` have none), where all of it is in one `currency`. In several
  currencies `cost` is NULL with `cost_reason = 'several_currencies'`; without any it is NULL with `uncosted`. `costs` has the
  cost of each currency, as JSON.

Example: 3 stories of one project and 2 of another are accepted in May; 100 h cost 5,000 EUR, 20 h cost 1,600 CHF:
accepted 5, hours 120, cost NULL, costs `{"CHF":1600.0000,"EUR":5000.0000}`.
"""

_SQL = """
WITH
    accepted AS (
        SELECT
            date_trunc('month', local_date(accepted_at, zone))::DATE AS month,
            count(*) AS accepted,
            count(DISTINCT project_id) AS projects
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE accepted_at IS NOT NULL
            AND story_type <> 'release'
            AND coalesce(date_trunc('month', local_date(deleted_at, zone)) > month, true)
        GROUP BY ALL
    ),
    finance AS (
        SELECT
            month,
            currency,
            sum(hours) AS hours,
            sum(uncosted_hours) AS uncosted_hours,
            -- What was spent beside work is none of it.
            sum(labour_cost) FILTER (hours > 0 OR labour_cost > 0) AS cost
        FROM time_tracking.project_finance
        GROUP BY ALL
    ),
    hours AS (
        SELECT
            month,
            sum(hours) AS hours,
            sum(uncosted_hours) AS uncosted_hours,
            count(cost) AS currencies,
            any_value(cost) AS cost,
            any_value(currency) FILTER (cost IS NOT NULL) AS currency,
            '{' || string_agg(
                to_json(coalesce(currency, 'unknown')) || ':' || cost, ',' ORDER BY currency
            ) FILTER (cost IS NOT NULL) || '}' AS costs
        FROM finance
        GROUP BY ALL
    ),
    linked AS (
        SELECT finance_month AS month, sum(hours) AS linked_hours
        FROM effort.time_story_links
        GROUP BY ALL
    ),
    bounds AS (
        SELECT
            -- greatest() leaves out what is NULL, and without any month there is no first one.
            min(greatest(month, DATE '1990-01-01')) FILTER (isfinite(month)) AS first_month,
            date_trunc('month', as_of()::TIMESTAMP)::DATE AS current_month
        FROM (SELECT month FROM accepted UNION ALL SELECT month FROM hours)
    ),
    months AS (
        SELECT
            current_month,
            unnest(generate_series(first_month, current_month, INTERVAL 1 MONTH))::DATE AS month
        FROM bounds
    )
SELECT
    month,
    coalesce(accepted, 0) AS accepted,
    coalesce(projects, 0) AS projects,
    coalesce(hours, 0) AS hours,
    coalesce(linked_hours, 0) AS linked_hours,
    coalesce(uncosted_hours, 0) AS uncosted_hours,
    if(currencies = 1, cost, NULL) AS cost,
    if(currencies = 1, currency, NULL) AS currency,
    CASE
        WHEN currencies > 1 THEN 'several_currencies'
        WHEN currencies = 0 THEN 'uncosted'
        WHEN currencies IS NULL THEN 'no_hours'
    END AS cost_reason,
    costs,
    month = current_month AS is_partial
FROM months
LEFT JOIN accepted USING (month)
LEFT JOIN hours USING (month)
LEFT JOIN linked USING (month)
"""


def portfolio_monthly(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """What all projects together delivered and took; grain month."""
    define_calendar(con, run)
    # Hours go on where Tracker is an archive that ends before.
    con.execute(f"CREATE OR REPLACE TEMP MACRO as_of() AS TIMESTAMPTZ '{run.as_of.isoformat()}'")
    return con.sql(_SQL)


PORTFOLIO_MONTHLY = MetricTable(
    schema="project_management",
    name="portfolio_monthly",
    grain=("month",),
    definition=_DEFINITION,
    columns=(
        Column("month", "DATE", "First day of the month."),
        Column("accepted", "BIGINT", "Stories accepted, without releases."),
        Column("projects", "BIGINT", "Projects in which a story was accepted."),
        Column("hours", "DOUBLE", "Hours of work, of all Clockify projects."),
        Column("linked_hours", "DOUBLE", "Those of them that are linked to stories."),
        Column("uncosted_hours", "DOUBLE", "Those of them without a cost rate."),
        Column(
            "cost", "DECIMAL(18,4)", "Cost of the hours, in major units; NULL: see cost_reason."
        ),
        Column("currency", "VARCHAR", "Currency of cost; NULL where there is not exactly one."),
        Column(
            "cost_reason",
            "VARCHAR",
            "Why there is no cost: several_currencies, uncosted or no_hours.",
        ),
        Column("costs", "JSON", "Cost by currency, in major units."),
        Column("is_partial", "BOOLEAN", "Whether the month is not over."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_facts",
        "time_tracking.project_finance",
        "effort.time_story_links",
    ),
    compute=portfolio_monthly,
    headlines={
        "accepted": "sum(accepted)",
        "hours": "sum(hours)",
    },
)
