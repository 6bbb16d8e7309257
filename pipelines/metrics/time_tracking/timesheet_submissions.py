"""Table ``timesheet_submissions``: who has submitted which timesheet, and what became of it.

Here: approval requests by person and period, and periods that somebody has not submitted. Not here: whether a timesheet is
complete (``timesheet_compliance``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.optional import if_readable
from pipelines.metrics.time_tracking.query import query
from pipelines.metrics.time_tracking.time_quality import TIME_QUALITY

if TYPE_CHECKING:
    import duckdb

# To be completed with what to read findings from.
SQL = """
WITH
people AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        any_value(local_date + days_ago::INTEGER) AS today
    FROM time_tracking.capacity_daily
    GROUP BY user_id
),
told AS (
    SELECT
        id,
        approval_request->'owner'->>'userId' AS user_id,
        approval_request->'owner'->>'userName' AS owner_name,
        coalesce(zone.name, 'UTC') AS time_zone,
        try_cast(approval_request->'dateRange'->>'start' AS TIMESTAMPTZ) AS started_at,
        try_cast(approval_request->'dateRange'->>'end' AS TIMESTAMPTZ) AS ended_at,
        upper(approval_request->'status'->>'state') AS state,
        try_cast(approval_request->'status'->>'updatedAt' AS TIMESTAMPTZ) AS updated_at
    FROM clockify.approval_requests
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (approval_request->'owner'->>'timeZone')
    WHERE coalesce(approval_request->>'type', 'TIMESHEET') IN ('TIMESHEET', 'TIMESHEET_AND_EXPENSE')
),
-- A timesheet that was withdrawn and submitted again has several requests: the last word counts.
submitted AS (
    SELECT
        user_id,
        owner_name,
        (started_at AT TIME ZONE time_zone)::DATE AS period_start,
        ((ended_at - INTERVAL 1 MICROSECOND) AT TIME ZONE time_zone)::DATE AS period_end,
        updated_at,
        CASE
            WHEN starts_with(state, 'WITHDRAWN') THEN 'withdrawn'
            ELSE lower(state)
        END AS status
    FROM told
    WHERE user_id IS NOT NULL AND started_at < ended_at
    QUALIFY row_number() OVER (PARTITION BY user_id, period_start ORDER BY updated_at DESC NULLS LAST, id) = 1
),
-- Periods are of one length, nearly always a week: then those that nobody has submitted are known, too.
cadence AS (
    SELECT
        mode(period_end - period_start + 1) AS days,
        min(period_start) AS first_start,
        arg_max(period_start, updated_at) AS last_start
    FROM submitted
),
periods AS (
    SELECT DISTINCT period_start, period_end
    FROM submitted
    WHERE period_end - period_start + 1 = (SELECT days FROM cadence)
    UNION
    SELECT CAST(week AS DATE) AS period_start, CAST(week AS DATE) + 6 AS period_end
    FROM cadence
    CROSS JOIN unnest(
        generate_series(
            first_start + ((last_start - first_start) % 7)::INTEGER,
            (SELECT max(today) FROM people),
            INTERVAL 7 DAY
        )
    ) AS weeks(week)
    WHERE days = 7
),
days_of_periods AS (
    SELECT
        user_id,
        period_start,
        period_end,
        max(CASE WHEN logs_time THEN 1 ELSE 0 END) = 1 AS logs_time,
        sum(net_capacity_hours) AS net
    FROM periods
    JOIN time_tracking.capacity_daily AS day ON day.local_date BETWEEN period_start AND period_end
    WHERE days_ago > 0
    GROUP BY ALL
),
-- From the first period on in which anybody submitted; where nothing was expected and nothing tracked, nothing is missing.
missing AS (
    SELECT person.user_id, NULL AS owner_name, period_start, period_end, NULL AS updated_at, 'not_submitted' AS status
    FROM days_of_periods
    JOIN people AS person USING (user_id)
    ANTI JOIN submitted USING (user_id, period_start)
    WHERE logs_time AND net > 0 AND period_end < today
),
sheets AS (
    FROM submitted
    UNION ALL BY NAME
    FROM missing
),
tracked AS (
    SELECT user_id, period_start, sum(round(tracked_hours * 3600)::BIGINT) / 3600 AS tracked_hours
    FROM sheets
    JOIN time_tracking.time_daily USING (user_id)
    WHERE local_date BETWEEN period_start AND period_end
    GROUP BY ALL
),
changed AS (
    SELECT sheet.user_id, period_start, sum(coalesce(fact.hours, 0)) AS changed_hours
    FROM sheets AS sheet
    JOIN time_tracking.time_entry_facts AS fact
        ON fact.user_id = sheet.user_id
        AND fact.local_date BETWEEN period_start AND period_end
    SEMI JOIN (FROM {findings} WHERE finding = 'changed_after_lock') AS finding
        ON finding.entry_id = fact.entry_id
    WHERE status = 'approved'
    GROUP BY ALL
)
SELECT
    sheet.user_id,
    coalesce(person.user_name, owner_name) AS user_name,
    sheet.period_start,
    period_end,
    status,
    updated_at AS decided_at,
    coalesce(tracked_hours, 0) AS tracked_hours,
    CASE WHEN getvariable('has_findings') THEN coalesce(changed_hours, 0) END AS changed_after_approval_hours
FROM sheets AS sheet
LEFT JOIN people AS person USING (user_id)
LEFT JOIN tracked ON tracked.user_id = sheet.user_id AND tracked.period_start = sheet.period_start
LEFT JOIN changed ON changed.user_id = sheet.user_id AND changed.period_start = sheet.period_start
"""


def timesheet_submissions(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and period: see ``TIMESHEET_SUBMISSIONS.definition``."""
    return query(
        connection,
        SQL.format(findings=if_readable(TIME_QUALITY, run)),
        as_of=run.as_of,
        has_findings=TIME_QUALITY.address not in run.left_out,
    )


TIMESHEET_SUBMISSIONS = MetricTable(
    schema="time_tracking",
    name="timesheet_submissions",
    grain=("user_id", "period_start"),
    definition="""
One row per person and period of approval: each period of which there is an approval request for time (types TIMESHEET and
TIMESHEET_AND_EXPENSE), and each period that is over, has net capacity and was not submitted. Periods are those that people
submit, in the zone of the request's owner; where they are weeks, every week from the first one submitted is a period. Without
any approval request there are no rows, and people whom `[time_tracking] not_logging` names are missed nowhere.

`status` is not_submitted, pending, approved, rejected or withdrawn (a submission or an approval was); of several requests for
a period the one that was changed last counts. `tracked_hours` is the work of its days, `changed_after_approval_hours` the
hours of approved entries that `time_quality` finds changed_after_lock, NULL where that could not be computed.

Example: Ann's week of 2 March is approved, Bob has submitted none: his row of that week is not_submitted from 9 March on.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("period_start", "DATE", "First day of the period."),
        Column("period_end", "DATE", "Last day of the period."),
        Column("status", "VARCHAR", "not_submitted, pending, approved, rejected or withdrawn."),
        Column("decided_at", "TIMESTAMP WITH TIME ZONE", "When the status was last changed."),
        Column("tracked_hours", "DOUBLE", "Hours of work."),
        Column(
            "changed_after_approval_hours", "DOUBLE", "Hours of entries changed after approval."
        ),
    ),
    inputs=(
        "time_tracking.capacity_daily",
        "time_tracking.time_daily",
        "time_tracking.time_entry_facts",
        "time_tracking.time_quality",
        "clockify.approval_requests",
    ),
    optional=(TIME_QUALITY.address,),
    compute=timesheet_submissions,
    headlines={"not_submitted": "count(*) FILTER (status = 'not_submitted')"},
)
