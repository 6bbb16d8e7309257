"""Table ``project_budget``: each project's budget, cycle by cycle, and whether it will last.

Here: what was used, run rates and forecasts. Not here: when cycles begin (``budget_cycles``), estimates of tasks
(``task_accuracy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money, workspace
from pipelines.metrics.time_tracking.budget_cycles import CYCLES, is_working_day
from pipelines.metrics.time_tracking.local_days import utc_day
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb


def _nth_working_day(count: str) -> str:
    """SQL of the date of the ``count``-th working day after ``today``; NULL where there are no working days."""
    week = "generate_series((today + 1)::TIMESTAMP, today + INTERVAL 7 DAY, INTERVAL 1 DAY)"
    working = f"list_filter({week}, lambda day: {is_working_day('day')})"
    each_week = f"nullif(len({working}), 0)"
    return f"""(
        {working}[({count} - 1) % {each_week} + 1]::DATE + (7 * (({count} - 1) // {each_week}))::INTEGER
    )"""


# CTEs up to ``measured``: what entries take from the budgets, with the cycle that they start in.
MEASURED = f"""
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
        project_id, entry_id, started_at, seconds, billable, currency,
        rate * seconds_rounded AS revenue_seconds
    FROM time_tracking.time_entry_facts
    WHERE is_work
    UNION ALL
    -- A day without an hour begins when the days of the cycle do.
    SELECT
        project_id, expense_id, (date + reset_time) AT TIME ZONE getvariable('finance_zone'), 0, true, expense.currency,
        amount * 3600
    FROM time_tracking.expense_facts AS expense
    JOIN (SELECT DISTINCT project_id, reset_time FROM temp.budget_cycles WHERE includes_expenses) USING (project_id)
    WHERE billable
),
measured AS (
    SELECT
        entry.project_id,
        cycle_start,
        entry_id,
        started_at,
        CASE
            WHEN cycle.basis = 'money'
            THEN CASE WHEN billable AND entry.currency = cycle.currency THEN revenue_seconds END
            WHEN billable OR cycle.includes_non_billable THEN seconds
        END AS taken
    FROM entries AS entry
    JOIN cycle_days AS day USING (project_id)
    JOIN temp.budget_cycles AS cycle USING (project_id, cycle_start)
    WHERE
        day.utc_day = {utc_day("started_at")}
        AND started_at >= day.starts_at
        AND started_at < day.ends_at
)"""

USE = f"""
CREATE OR REPLACE TEMP TABLE budget_use AS
WITH
{MEASURED},
sums AS (
    SELECT
        project_id,
        cycle_start,
        sum(taken) / 3600 AS used,
        sum(taken) FILTER (started_at < cycle.today_starts_at) / 3600 AS used_before_today
    FROM measured
    JOIN temp.budget_cycles AS cycle USING (project_id, cycle_start)
    GROUP BY ALL
)
SELECT
    cycle.*,
    coalesce(sums.used_before_today, 0)::DOUBLE / nullif(working_days_over, 0) AS run_rate,
    CASE WHEN NOT is_truncated
    THEN coalesce(sums.used, 0)::DOUBLE + coalesce(missing_hours, 0) END AS used_so_far
FROM temp.budget_cycles AS cycle
LEFT JOIN sums USING (project_id, cycle_start)
"""

SQL = f"""
WITH
{MEASURED},
-- The entry with which an overspent cycle met its estimate tells the day.
overspent AS (
    SELECT project_id, cycle_start, estimate, reset_time, coalesce(missing_hours, 0) AS used_earlier
    FROM temp.budget_use
    WHERE used_so_far >= estimate
),
growing AS (
    SELECT
        project_id,
        cycle_start,
        reset_time,
        started_at,
        used_earlier + sum(taken) OVER (
            PARTITION BY project_id, cycle_start ORDER BY started_at, entry_id
            ROWS UNBOUNDED PRECEDING
        ) / 3600 >= estimate AS is_met
    FROM measured
    JOIN overspent USING (project_id, cycle_start)
    WHERE
        taken <> 0
        AND used_earlier < estimate
),
met AS (
    SELECT
        project_id,
        cycle_start,
        ((min(started_at) AT TIME ZONE getvariable('finance_zone')) - any_value(reset_time))::DATE AS met_on
    FROM growing
    WHERE is_met
    GROUP BY ALL
),
rated AS (
    SELECT
        budget.*,
        met.met_on,
        CASE
            WHEN is_over THEN used_so_far
            ELSE used_so_far + run_rate * working_days_left
        END AS forecast,
        -- Working days from tomorrow on until the run rate meets the estimate; 1e-9 for the rounding of fractions.
        -- least() would make 100,000 days of what is not known.
        CASE WHEN used_so_far < estimate AND run_rate > 0
        THEN greatest(least(ceil((estimate - used_so_far) / run_rate - 1e-9), 100000), 1)::INTEGER END AS days_to_go,
        {_nth_working_day("days_to_go")} AS meets_on
    FROM temp.budget_use AS budget
    LEFT JOIN met USING (project_id, cycle_start)
)
SELECT
    project_id,
    project_name,
    cycle_start,
    next_cycle_start - 1 AS cycle_end,
    basis,
    currency,
    estimate,
    used_so_far AS used,
    CASE WHEN is_truncated THEN 'history_truncated' END AS used_reason,
    CASE
        WHEN is_truncated THEN NULL
        WHEN missing_hours > 0 THEN 'clockify'
        ELSE 'entries'
    END AS hours_source,
    100 * used_so_far / estimate AS used_pct,
    estimate - used_so_far AS remaining,
    elapsed_days,
    working_days_over,
    working_days_left,
    run_rate AS run_rate_per_day,
    CASE
        WHEN used_so_far >= estimate THEN met_on
        WHEN NOT is_over AND coalesce(meets_on < next_cycle_start, true) THEN meets_on
    END AS exhaustion_date,
    CASE
        WHEN estimate IS NULL THEN 'no_estimate'
        WHEN is_truncated OR (used_so_far >= estimate AND met_on IS NULL) THEN 'history_truncated'
        WHEN used_so_far >= estimate THEN NULL
        WHEN is_over THEN 'lasts_the_cycle'
        WHEN run_rate IS NULL THEN 'too_early'
        WHEN run_rate = 0 THEN 'no_use'
        WHEN meets_on >= next_cycle_start THEN 'lasts_the_cycle'
    END AS exhaustion_date_reason,
    100 * forecast / estimate AS forecast_pct,
    CASE
        WHEN estimate IS NULL THEN 'no_estimate'
        WHEN is_truncated THEN 'history_truncated'
        WHEN is_over THEN NULL
        WHEN next_cycle_start IS NULL THEN 'no_end'
        WHEN run_rate IS NULL THEN 'too_early'
    END AS forecast_pct_reason
FROM rated
"""


def project_budget(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per project with an active budget and cycle up to now: see ``PROJECT_BUDGET.definition``."""
    settings = run.settings.time_tracking
    values = {
        **workspace.workspace_of(connection, settings).values,
        **money.values(settings),
        "as_of": run.as_of,
    }
    query(connection, CYCLES, **values)
    query(connection, USE, **values)
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
  last day of a shorter month) in the finance zone (`[time_tracking] finance_zone`, without it the workspace's). Without
  a reset there is one cycle, from the day of the first entry, without an end. An entry belongs to the cycle in which it
  starts. Templates of projects have no budget.
* used: hours of work, without what is not billable unless `includeNonBillable`, never rounded; or revenue of work in the
  project's currency, with the billable expenses where the budget includes them (`includeExpenses`), on their days.
* run rate = used on complete days / the workspace's working days among them; NULL before one complete working day.
* forecast = used so far + run rate x working days left after today, in percent of the estimate; for a cycle that is over
  it is the used share. NULL with `forecast_pct_reason`: `too_early`, `no_end` (without a reset), `no_estimate`,
  `history_truncated`.
* exhaustion: the day on which an overspent cycle met its estimate; else the working day on which the run rate meets it,
  if that is in the cycle; else NULL and `exhaustion_date_reason`: `lasts_the_cycle`, `no_use`, `too_early`,
  `no_estimate` or `history_truncated`.
* **History that was never read is not zero.** Where Clockify's own total of the project is larger than what was read,
  because the project began before the first day that was read (see `history_coverage`), hours of a budget without reset
  are Clockify's total (`hours_source` is `clockify`). Money, billable hours and the cycle in which reading began cannot
  be told: `used` is NULL and `used_reason` is `history_truncated`.

Example: 40 h a week, 8 h on each day. On Tuesday evening 16 h are used, the run rate is 8 h, three working days are
left: 16 + 8 x 3 = 40 h, 100 %, met on Friday; and 100 % on every day after. On Monday it is `too_early`.

Example: 60 h in June 2026, of which 22 days are working days; 15 h used on the 8 working days before Thursday the 11th:
1.875 h a working day, 13 are left after that day: 15 + 24.375 h are 65.6 %. With 30 h used: 3.75 h a day, 60 h are met
on the 8th working day after the 11th, June 23rd; forecast 131.25 %.

Example: 1,000 EUR with expenses; 6 h at 100 EUR and 250 EUR of billable expenses are used, others not: 850 EUR, 85 %.

Example: 100 h without a reset, of which 40 h were read and Clockify's total is 133.6 h: 133.6 % used.
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
        Column("used_reason", "VARCHAR", "Why used is NULL: history_truncated."),
        Column(
            "hours_source",
            "VARCHAR",
            "entries, or clockify where its total is used; NULL without used.",
        ),
        Column("used_pct", "DOUBLE", "Used / estimate, percent."),
        Column("remaining", "DOUBLE", "Estimate - used; negative when overspent."),
        Column("elapsed_days", "BIGINT", "Calendar days of the cycle that are over."),
        Column("working_days_over", "BIGINT", "Working days among them."),
        Column("working_days_left", "BIGINT", "Working days after today; NULL without an end."),
        Column(
            "run_rate_per_day",
            "DOUBLE",
            "Used on complete days / working days among them; NULL before the first is over.",
        ),
        Column(
            "exhaustion_date",
            "DATE",
            "Day on which the estimate was met, or on which the run rate meets it.",
        ),
        Column("exhaustion_date_reason", "VARCHAR", "Why there is no exhaustion date."),
        Column(
            "forecast_pct", "DOUBLE", "Share used at the end of the cycle at this rate, percent."
        ),
        Column("forecast_pct_reason", "VARCHAR", "Why there is no forecast."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "time_tracking.expense_facts",
        "time_tracking.history_coverage",
        "clockify.projects",
        "clockify.tasks",
        "clockify.clients",
        "clockify.workspaces",
    ),
    compute=project_budget,
    headlines={
        "cycles_over_budget": "count(*) FILTER (used_pct > 100)",
    },
    settings=(*workspace.SETTINGS, *money.SETTINGS),
)
