"""Table ``report_differences``: our sums beside those of Clockify's own summary report, and why they differ.

Here: hours by person and month, amounts by project and month, and the known reasons. Not here: sums that Clockify tells elsewhere
(``history_coverage``, ``effort.reconciliation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money
from pipelines.metrics.time_tracking.history_coverage import first_day_read
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
told AS (
    SELECT
        month_start,
        user_id,
        nullif(project_id, '') AS project_id,
        duration AS seconds,
        {major_units("amount", "currency")} AS amount,
        currency
    FROM clockify.summary_report
    WHERE
        month_start + INTERVAL 1 MONTH <= getvariable('as_of')
        -- Of a month that was not read from its first day, there is nothing to compare.
        AND coalesce(month_start >= getvariable('first_day_read')::DATE, true)
),
months AS (
    SELECT DISTINCT month_start, month_start + INTERVAL 1 MONTH AS month_end FROM told
),
-- The report counts every stopped entry by its start, whatever its type.
entries AS (
    SELECT
        month_start,
        entry.*,
        entry.type = 'BREAK' AS is_break,
        entry.type IN ('HOLIDAY', 'TIME_OFF') AS is_leave
    FROM time_tracking.time_entry_facts AS entry
    JOIN months ON entry.started_at >= month_start AND entry.started_at < month_end
    WHERE NOT is_running
),
told_people AS (
    SELECT month_start, user_id, sum(seconds) AS seconds FROM told GROUP BY ALL
),
our_people AS (
    SELECT
        month_start,
        user_id,
        sum(seconds) AS seconds,
        sum(seconds_in_reports) AS seconds_in_reports,
        coalesce(sum(seconds) FILTER (is_break), 0) AS breaks,
        coalesce(sum(seconds) FILTER (is_leave), 0) AS leave,
        bool_or(owner_missing) AS owner_missing
    FROM entries
    GROUP BY month_start, user_id
),
people AS (
    SELECT
        month_start,
        user_id,
        coalesce(told.seconds, 0) - coalesce(ours.seconds, 0) AS difference,
        coalesce(told.seconds, 0) AS told_seconds,
        coalesce(ours.seconds, 0) AS our_seconds,
        CASE
            WHEN difference = 0 THEN NULL
            WHEN difference = seconds_in_reports - ours.seconds THEN 'rounding'
            WHEN difference = -breaks THEN 'breaks'
            WHEN difference = -leave THEN 'leave'
            WHEN difference = -breaks - leave THEN 'breaks_and_leave'
            WHEN told.user_id IS NULL AND owner_missing THEN 'person_removed'
            WHEN ours.user_id IS NULL THEN 'person_not_read'
            ELSE 'unexplained'
        END AS reason
    FROM told_people AS told
    FULL JOIN our_people AS ours USING (month_start, user_id)
),
told_projects AS (
    SELECT month_start, project_id, currency, sum(amount) AS amount
    FROM told
    WHERE amount IS NOT NULL
    GROUP BY ALL
    HAVING sum(amount) <> 0
),
our_projects AS (
    SELECT
        month_start,
        project_id,
        currency,
        sum(rate * seconds) / 3600 AS amount,
        sum(rate * seconds_in_reports) / 3600 AS amount_in_reports,
        coalesce(sum(rate * seconds) FILTER (rate_source = 'entry') / 3600, 0) AS amount_of_entries,
        count(*) AS entries
    FROM entries
    WHERE
        is_work
        AND billable
        AND rate IS NOT NULL
    GROUP BY month_start, project_id, currency
    HAVING sum(rate * seconds) <> 0
),
projects AS (
    SELECT
        coalesce(told.month_start, ours.month_start) AS month_start,
        coalesce(told.project_id, ours.project_id) AS project_id,
        coalesce(told.currency, ours.currency) AS currency,
        coalesce(told.amount, 0)::DOUBLE AS told_amount,
        coalesce(ours.amount, 0)::DOUBLE AS our_amount,
        -- Clockify rounds the amount of each entry to its minor unit.
        0.005 * (coalesce(entries, 0) + 1) AS tolerance,
        CASE
            WHEN abs(told_amount - our_amount) <= tolerance THEN NULL
            WHEN abs(told_amount - amount_in_reports::DOUBLE) <= tolerance THEN 'rounding'
            WHEN abs(told_amount - amount_of_entries::DOUBLE) <= tolerance THEN 'looked_up_rates'
            ELSE 'unexplained'
        END AS reason
    FROM told_projects AS told
    FULL JOIN our_projects AS ours
        ON ours.month_start = told.month_start
        AND ours.project_id IS NOT DISTINCT FROM told.project_id
        AND ours.currency IS NOT DISTINCT FROM told.currency
    -- Who may not see amounts is told none.
    WHERE EXISTS (FROM told WHERE told.amount IS NOT NULL)
)
SELECT
    'person' AS kind,
    coalesce(user_id, 'none') AS id,
    (month_start AT TIME ZONE 'UTC')::DATE AS month,
    'hours' AS unit,
    told_seconds / 3600 AS clockify_value,
    our_seconds / 3600 AS our_value,
    difference / 3600 AS difference,
    reason
FROM people
UNION ALL
SELECT
    'project',
    coalesce(project_id, 'none'),
    (month_start AT TIME ZONE 'UTC')::DATE,
    coalesce(currency, 'unknown currency'),
    told_amount,
    our_amount,
    CASE WHEN reason IS NULL THEN 0 ELSE told_amount - our_amount END,
    reason
FROM projects
"""


def report_differences(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per sum of Clockify's summary report or of ours: see ``REPORT_DIFFERENCES.definition``."""
    return query(
        connection,
        SQL,
        as_of=run.as_of,
        first_day_read=first_day_read(connection),
        **money.values(run.settings.time_tracking),
    )


REPORT_DIFFERENCES = MetricTable(
    schema="time_tracking",
    name="report_differences",
    grain=("kind", "id", "month", "unit"),
    definition="""
Our sums beside those of Clockify's own summary report, for the last two months that were over when it was read: hours of each
person (`kind` person, `unit` hours) and what was earned on each project (`kind` project, `unit` is the currency).

* Both sides cut months in UTC, so that the zone of a report makes no difference, and both count stopped entries by their start,
  whatever their type; amounts are exact hours x rate. Clockify rounds the amount of each entry to its minor unit, so half a
  hundredth an entry is no difference.
* `reason` is NULL where both agree. Otherwise it is the first known kind that makes exactly the difference: `rounding` (the report
  rounds entries as the workspace says), `breaks`, `leave`, `breaks_and_leave` (the report leaves them out), `person_removed` (whom
  no list shows any more), `person_not_read` (whose entries the key may not see in lists), `looked_up_rates` (entries do not say
  their own rate, and the report counts none for them). What none of them makes is `unexplained`, and fails a check.
* A month that is not over as of now, or began before the first day of which entries were read, has no row, and without the report
  there is none.

Example: Ann has 8 h of work and 0.5 h of breaks in the list, the report says 8 h: difference -0.5, reason `breaks`.
""",
    columns=(
        Column("kind", "VARCHAR", "person or project."),
        Column("id", "VARCHAR", "Person or project; none without one."),
        Column("month", "DATE", "First day of the month, in UTC."),
        Column("unit", "VARCHAR", "hours, or the ISO 4217 code of the amounts."),
        Column("clockify_value", "DOUBLE", "The report's sum."),
        Column("our_value", "DOUBLE", "The sum of the entries that were read."),
        Column("difference", "DOUBLE", "clockify_value - our_value; 0 where both agree."),
        Column("reason", "VARCHAR", "Why they differ; NULL where they agree."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "clockify.summary_report",
    ),
    compute=report_differences,
    headlines={"unexplained": "count(*) FILTER (reason = 'unexplained')"},
    settings=money.SETTINGS,
)
