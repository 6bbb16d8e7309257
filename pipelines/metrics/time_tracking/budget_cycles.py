"""The cycles of the projects' budgets: when each begins and ends, and which working days lie in it.

Here: estimates, resets, and where the present day stands in a cycle. Not here: what was used (``project_budget``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking.durations import estimate_seconds
from pipelines.metrics.time_tracking.local_days import WEEKDAYS
from pipelines.metrics.time_tracking.money import major_units

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


def is_working_day(day: str) -> str:
    """SQL of whether a date is a working day of the workspace."""
    return f"list_contains(getvariable('working_days')::VARCHAR[], upper(dayname({day})))"


def _working_days(first: str, end: str) -> str:
    """SQL of the number of the workspace's working days from a date to another, which is not counted."""
    days = f"generate_series({first}::TIMESTAMP, {end} - INTERVAL 1 DAY, INTERVAL 1 DAY)"
    return f"len(list_filter({days}, lambda day: {is_working_day('day')}))"


# A row per project with an active budget and cycle up to today. Days begin at the hour of the reset.
CYCLES = f"""
CREATE OR REPLACE TEMP TABLE budget_cycles AS
WITH
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
            project.hourly_rate->>'currency', workspace.hourly_rate->>'currency'
        ) AS currency,
        CASE
            WHEN try_cast(project.time_estimate->>'active' AS BOOLEAN) THEN 'time'
            WHEN try_cast(project.budget_estimate->>'active' AS BOOLEAN) THEN 'money'
        END AS basis,
        CASE basis WHEN 'time' THEN project.time_estimate ELSE project.budget_estimate END AS budget,
        project.estimate_reset AS reset
    FROM clockify.projects AS project
    LEFT JOIN clockify.clients AS client ON client.id = nullif(project.client_id, '')
    LEFT JOIN clockify.workspaces AS workspace ON workspace.id = project.workspace_id
    WHERE
        basis IS NOT NULL
        -- A template is no project: nobody works on it.
        AND NOT coalesce(project.template, false)
),
first_entries AS (
    SELECT
        project_id,
        min(started_at) AS first_started_at
    FROM time_tracking.time_entry_facts
    WHERE is_work
    GROUP BY ALL
),
first_expenses AS (
    SELECT
        project_id,
        min(date) AS first_expense_on
    FROM time_tracking.expense_facts
    WHERE billable
    GROUP BY ALL
),
history AS (
    SELECT
        id AS project_id,
        missing_hours,
        first_day_read
    FROM time_tracking.history_coverage
    WHERE
        kind = 'project'
        AND status = 'history_truncated'
),
budgets AS (
    SELECT
        project_id,
        project_name,
        basis,
        CASE basis WHEN 'money' THEN currency END AS currency,
        coalesce(try_cast(budget->>'includeNonBillable' AS BOOLEAN), true) AS includes_non_billable,
        basis = 'money' AND coalesce(try_cast(budget->>'includeExpenses' AS BOOLEAN), false) AS includes_expenses,
        history.missing_hours,
        history.first_day_read,
        nullif(
            CASE
                WHEN basis = 'time' AND (budget->>'type') = 'AUTO' THEN task_sums.seconds / 3600
                WHEN basis = 'time' THEN {estimate_seconds("(budget->>'estimate')")} / 3600
                WHEN (budget->>'type') = 'AUTO' THEN {major_units("task_sums.amount", "currency")}
                ELSE {major_units("(budget->>'estimate')", "currency")}
            END::DOUBLE,
            0
        ) AS estimate,
        -- An option of null switches the reset off, whatever is left of the rule.
        upper(
            CASE WHEN json_exists(budget, '$.resetOption') THEN budget->>'resetOption' ELSE reset->>'interval' END
        ) AS reset_interval,
        {_number("(reset->>'dayOfWeek')", WEEKDAYS)} AS reset_weekday,
        {_number("(reset->>'month')", MONTHS)} AS reset_month,
        greatest(1, coalesce(try_cast(reset->>'dayOfMonth' AS INTEGER), 1)) AS reset_day,
        to_hours(coalesce(try_cast(reset->>'hour' AS INTEGER), 0)) AS reset_time,
        -- A day begins at the hour of the reset, so that cycles and elapsed days agree.
        ((getvariable('as_of') AT TIME ZONE getvariable('finance_zone')) - reset_time)::DATE AS today,
        -- least() leaves out what is NULL.
        coalesce(
            least(
                ((first_started_at AT TIME ZONE getvariable('finance_zone')) - reset_time)::DATE,
                CASE WHEN includes_expenses THEN first_expense_on END
            ),
            today
        ) AS first_date
    FROM projects
    LEFT JOIN task_sums USING (project_id)
    LEFT JOIN first_entries USING (project_id)
    LEFT JOIN first_expenses USING (project_id)
    LEFT JOIN history USING (project_id)
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
    project_id, project_name, basis, currency, includes_non_billable, includes_expenses, estimate, cycle_start, next_cycle_start,
    today, reset_time, reset_interval,
    (cycle_start + reset_time) AT TIME ZONE getvariable('finance_zone') AS starts_at,
    (next_cycle_start + reset_time) AT TIME ZONE getvariable('finance_zone') AS ends_at,
    (today + reset_time) AT TIME ZONE getvariable('finance_zone') AS today_starts_at,
    least(next_cycle_start, today) - cycle_start AS elapsed_days,
    coalesce(next_cycle_start <= today, false) AS is_over,
    {_working_days("cycle_start", "least(next_cycle_start, today)")} AS working_days_over,
    CASE WHEN next_cycle_start IS NOT NULL
    THEN {_working_days("(today + 1)", "next_cycle_start")} END AS working_days_left,
    -- What Clockify counts beyond what was read, where it is the budget's own measure: hours of all time.
    CASE WHEN reset_interval IS NULL AND basis = 'time' AND includes_non_billable
    THEN missing_hours END AS missing_hours,
    coalesce(
        missing_hours > 0
        AND cycle_start <= first_day_read
        AND coalesce(next_cycle_start > first_day_read, true),
        false
    ) AND (reset_interval IS NOT NULL OR basis = 'money' OR NOT includes_non_billable) AS is_truncated
FROM cycles
WHERE
    cycle_start <= today
    AND coalesce(next_cycle_start > first_date, true)
"""
