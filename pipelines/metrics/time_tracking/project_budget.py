"""Table ``project_budget``: each project's budget, cycle by cycle, and whether it will last.

Here: estimates of projects, their resets, run rates. Not here: estimates of tasks (``task_accuracy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.durations import estimate_seconds
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.local_days import WEEKDAYS, utc_day
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)


def _number(text: str, names: tuple[str, ...]) -> str:
    """SQL of the number of a weekday or month, given as its name or number; 1 if it is neither."""
    return f"""coalesce(
        nullif(list_position({list(names)}, upper({text})), 0),
        CASE WHEN try_cast({text} AS INTEGER) BETWEEN 1 AND {len(names)} THEN try_cast({text} AS INTEGER) END,
        1
    )"""


CYCLES = f"""
CREATE OR REPLACE TEMP TABLE budget_cycles AS
WITH
workspaces AS (
    SELECT
        workspace.id AS workspace_id,
        zone.name AS time_zone,
        workspace.hourly_rate->>'currency' AS currency
    FROM ({ever_known("workspaces")}) AS workspace
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (workspace.workspace_settings->>'lockTimeZone')
),
task_sums AS (
    SELECT
        project_id,
        sum({estimate_seconds("estimate")}) AS seconds,
        sum(budget_estimate) AS amount
    FROM clockify.tasks
    GROUP BY ALL
),
projects AS (
    SELECT
        project.id AS project_id,
        project.name AS project_name,
        coalesce(
            project.currency->>'code', client.currency_code,
            project.hourly_rate->>'currency', workspace.currency
        ) AS currency,
        coalesce(workspace.time_zone, getvariable('time_zone')) AS time_zone,
        CASE
            WHEN (project.time_estimate->>'active')::BOOLEAN THEN 'time'
            WHEN (project.budget_estimate->>'active')::BOOLEAN THEN 'money'
        END AS basis,
        CASE basis WHEN 'time' THEN project.time_estimate ELSE project.budget_estimate END AS budget,
        project.estimate_reset AS reset
    FROM clockify.projects AS project
    LEFT JOIN clockify.clients AS client ON client.id = nullif(project.client_id, '')
    LEFT JOIN workspaces AS workspace ON workspace.workspace_id = project.workspace_id
    WHERE basis IS NOT NULL
),
first_entries AS (
    SELECT
        project_id,
        min(started_at) AS first_started_at
    FROM time_tracking.time_entry_facts
    WHERE
        is_work
        AND started_at <= getvariable('as_of')
    GROUP BY ALL
),
budgets AS (
    SELECT
        project_id,
        project_name,
        basis,
        CASE basis WHEN 'money' THEN currency END AS currency,
        time_zone,
        coalesce((budget->>'includeNonBillable')::BOOLEAN, true) AS includes_non_billable,
        nullif(
            CASE
                WHEN basis = 'time' AND (budget->>'type') = 'AUTO' THEN task_sums.seconds / 3600
                WHEN basis = 'time' THEN {estimate_seconds("(budget->>'estimate')")} / 3600
                WHEN (budget->>'type') = 'AUTO' THEN {major_units("task_sums.amount", "currency")}
                ELSE {major_units("(budget->>'estimate')", "currency")}
            END::DOUBLE,
            0
        ) AS estimate,
        upper(coalesce(budget->>'resetOption', reset->>'interval')) AS reset_interval,
        {_number("(reset->>'dayOfWeek')", WEEKDAYS)} AS reset_weekday,
        {_number("(reset->>'month')", MONTHS)} AS reset_month,
        greatest(1, coalesce(try_cast(reset->>'dayOfMonth' AS INTEGER), 1)) AS reset_day,
        to_hours(coalesce(try_cast(reset->>'hour' AS INTEGER), 0)) AS reset_time,
        -- A day begins at the hour of the reset, so that cycles and elapsed days agree.
        ((getvariable('as_of') AT TIME ZONE time_zone) - reset_time)::DATE AS today,
        coalesce(((first_started_at AT TIME ZONE time_zone) - reset_time)::DATE, today) AS first_date
    FROM projects
    LEFT JOIN task_sums USING (project_id)
    LEFT JOIN first_entries USING (project_id)
),
periods AS (
    SELECT
        *,
        unnest(CASE reset_interval
            WHEN 'WEEKLY' THEN generate_series(
                date_trunc('week', first_date) - INTERVAL 7 DAY,
                date_trunc('week', today) + INTERVAL 7 DAY,
                INTERVAL 7 DAY
            )
            WHEN 'MONTHLY' THEN generate_series(
                date_trunc('month', first_date) - INTERVAL 1 MONTH,
                date_trunc('month', today) + INTERVAL 1 MONTH,
                INTERVAL 1 MONTH
            )
            WHEN 'YEARLY' THEN generate_series(
                make_date(year(first_date) - 1, reset_month, 1)::TIMESTAMP,
                make_date(year(today) + 1, reset_month, 1)::TIMESTAMP,
                INTERVAL 1 YEAR
            )
            ELSE [first_date::TIMESTAMP]
        END)::DATE AS period_start
    FROM budgets
),
resets AS (
    SELECT
        *,
        CASE
            WHEN reset_interval = 'WEEKLY' THEN period_start + (reset_weekday - 1)::INTEGER
            WHEN reset_interval IN ('MONTHLY', 'YEARLY')
            THEN period_start + (least(reset_day, day(last_day(period_start))) - 1)::INTEGER
            ELSE period_start
        END AS cycle_start
    FROM periods
),
cycles AS (
    SELECT
        *,
        lead(cycle_start) OVER (PARTITION BY project_id ORDER BY cycle_start) AS next_cycle_start
    FROM resets
)
SELECT
    project_id, project_name, basis, currency, includes_non_billable, estimate, cycle_start, next_cycle_start,
    (cycle_start + reset_time) AT TIME ZONE time_zone AS starts_at,
    (next_cycle_start + reset_time) AT TIME ZONE time_zone AS ends_at,
    next_cycle_start - cycle_start AS cycle_days,
    least(cycle_days, today - cycle_start) AS elapsed_days
FROM cycles
WHERE
    cycle_start <= today
    AND coalesce(next_cycle_start > first_date, true)
"""

SQL = f"""
WITH
-- Entries find their cycle by project and day; on the day of a reset the instant decides.
cycle_days AS (
    SELECT
        project_id,
        cycle_start,
        starts_at,
        coalesce(ends_at, 'infinity'::TIMESTAMPTZ) AS ends_at,
        unnest(
            generate_series({utc_day("starts_at")}, {utc_day("least(ends_at, getvariable('as_of'))")})
        ) AS utc_day
    FROM temp.budget_cycles
),
entries AS (
    SELECT
        project_id, started_at, seconds, billable, currency,
        rate * seconds_rounded AS revenue_seconds
    FROM time_tracking.time_entry_facts
    WHERE
        is_work
        AND started_at <= getvariable('as_of')
),
spent AS (
    SELECT
        project_id,
        day.cycle_start,
        currency,
        sum(seconds) AS seconds,
        sum(seconds) FILTER (billable) AS billable_seconds,
        sum(revenue_seconds) FILTER (billable) AS revenue_seconds
    FROM entries
    JOIN cycle_days AS day USING (project_id)
    WHERE
        day.utc_day = {utc_day("started_at")}
        AND started_at >= day.starts_at
        AND started_at < day.ends_at
    GROUP BY ALL
),
used AS (
    SELECT
        project_id,
        cycle_start,
        sum(
            CASE
                WHEN cycle.basis = 'money'
                THEN CASE WHEN spent.currency = cycle.currency THEN spent.revenue_seconds END
                WHEN cycle.includes_non_billable THEN spent.seconds
                ELSE spent.billable_seconds
            END
        ) / 3600 AS used
    FROM spent
    JOIN temp.budget_cycles AS cycle USING (project_id, cycle_start)
    GROUP BY ALL
),
rated AS (
    SELECT
        cycle.*,
        coalesce(used.used, 0)::DOUBLE AS used,
        coalesce(used.used, 0)::DOUBLE / nullif(elapsed_days, 0) AS run_rate,
        cycle_start + (ceil(estimate / nullif(run_rate, 0)) - 1)::INTEGER AS meets_estimate_on
    FROM temp.budget_cycles AS cycle
    LEFT JOIN used USING (project_id, cycle_start)
)
SELECT
    project_id,
    project_name,
    cycle_start,
    next_cycle_start - 1 AS cycle_end,
    basis,
    currency,
    estimate,
    used,
    100 * used / estimate AS used_pct,
    estimate - used AS remaining,
    elapsed_days,
    run_rate AS run_rate_per_day,
    CASE WHEN coalesce(meets_estimate_on < next_cycle_start, true) THEN meets_estimate_on END AS exhaustion_date,
    CASE
        WHEN estimate IS NULL THEN 'no_estimate'
        WHEN run_rate IS NULL THEN 'no_day_over'
        WHEN run_rate = 0 THEN 'no_use'
        WHEN meets_estimate_on >= next_cycle_start THEN 'lasts_the_cycle'
    END AS exhaustion_date_reason,
    100 * run_rate * cycle_days / estimate AS forecast_pct
FROM rated
"""


def project_budget(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per project with an active budget and cycle up to now: see ``PROJECT_BUDGET.definition``."""
    values = {"as_of": run.as_of, "time_zone": run.settings.time_tracking.time_zone}
    query(connection, CYCLES, **values)
    return query(connection, SQL, **values)


PROJECT_BUDGET = MetricTable(
    schema="time_tracking",
    name="project_budget",
    grain=("project_id", "cycle_start"),
    definition="""
One row per project with an active estimate and per cycle of it, from the cycle of the first entry to the current one.

* `basis` is `time` (hours) when the time estimate is active, else `money` (major units of the project's currency).
  The estimate is the project's figure (MANUAL) or the sum of its tasks (AUTO); 0 is none.
* Cycles begin at the reset (weekly, monthly or yearly, on the day and at the hour of `estimateReset`; a 31st is the
  last day of a shorter month) in the workspace's zone. Without a reset there is one cycle, from the day of the first
  entry, without an end. An entry belongs to the cycle in which it starts.
* used: hours of work, without what is not billable unless `includeNonBillable`; or revenue of work in the project's
  currency (expenses are not known here). Only entries that start up to now.
* run rate = used / elapsed days: calendar days of the cycle that are over; NULL on the first day.
* forecast = run rate x days of the cycle / estimate; for a cycle that is over it equals the used share.
* exhaustion = the day on which the run rate meets the estimate, if that is in the cycle; else NULL and
  `exhaustion_date_reason`: `lasts_the_cycle`, `no_use`, `no_day_over` or `no_estimate`.

Example: 60 h a month, 15 h used when 10 of June's 30 days are over: run rate 1.5 h a day, forecast 75 %, lasts the
cycle. With 30 h used: 3 h a day, met on the 20th day, June 20th; forecast 150 %.
""",
    columns=(
        Column("project_id", "VARCHAR", "Project."),
        Column("project_name", "VARCHAR", "Project's name."),
        Column("cycle_start", "DATE", "First day of the cycle, in the workspace's zone."),
        Column("cycle_end", "DATE", "Last day of the cycle; NULL without a reset."),
        Column("basis", "VARCHAR", "time or money."),
        Column("currency", "VARCHAR", "ISO 4217 code of a money budget."),
        Column("estimate", "DOUBLE", "Hours, or major units of currency; NULL without a figure."),
        Column("used", "DOUBLE", "Used so far in the cycle, in the unit of the estimate."),
        Column("used_pct", "DOUBLE", "Used / estimate, percent."),
        Column("remaining", "DOUBLE", "Estimate - used; negative when overspent."),
        Column("elapsed_days", "BIGINT", "Calendar days of the cycle that are over."),
        Column("run_rate_per_day", "DOUBLE", "Used / elapsed days; NULL before the first is over."),
        Column(
            "exhaustion_date", "DATE", "Day of the cycle on which the run rate meets the estimate."
        ),
        Column("exhaustion_date_reason", "VARCHAR", "Why there is no exhaustion date."),
        Column(
            "forecast_pct", "DOUBLE", "Share used at the end of the cycle at this rate, percent."
        ),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "clockify.projects",
        "clockify.tasks",
        "clockify.clients",
        "clockify.workspaces",
    ),
    compute=project_budget,
    headlines={
        "cycles_over_budget": "count(*) FILTER (used_pct > 100)",
    },
    settings=("time_tracking.time_zone",),
)
