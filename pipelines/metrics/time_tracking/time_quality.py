"""Table ``time_quality``: what looks wrong with single time entries.

Here: the findings, their severity and their limits. Not here: repairing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.intervals import FIRST_PLAUSIBLE_INSTANT, INTERVALS
from pipelines.metrics.time_tracking.local_days import elapsed_seconds
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{INTERVALS},
-- What lies after now counts where it did so already when it was read. Of a past as_of, entries that were made or ended
-- afterwards are no findings.
odd AS MATERIALIZED (
    SELECT
        id AS entry_id,
        ends_at,
        {elapsed_seconds("started_at", "ends_at")} AS elapsed,
        greatest(started_at, ends_at) AS until,
        type = 'REGULAR' AND until > greatest(getvariable('as_of'), _extracted_at) AS is_future,
        started_at <= getvariable('as_of')
            AND (ends_at <= getvariable('as_of') OR ends_at > greatest(getvariable('as_of'), _extracted_at))
            AND (
                elapsed > getvariable('implausible_seconds')
                OR (elapsed >= 0 AND started_at < {FIRST_PLAUSIBLE_INSTANT})
            ) AS is_implausible
    FROM intervals
    WHERE is_future OR is_implausible
),
facts AS NOT MATERIALIZED (
    FROM time_tracking.time_entry_facts
),
work AS NOT MATERIALIZED (
    FROM facts
    WHERE is_work
),
neighbours AS (
    SELECT
        entry_id,
        max(ended_at) OVER earlier > started_at AS begins_inside,
        lead(started_at) OVER in_order < ended_at AS ends_inside
    FROM work
    WHERE seconds > 0
    WINDOW
        in_order AS (PARTITION BY user_id ORDER BY started_at, ended_at, entry_id),
        earlier AS (
            PARTITION BY user_id ORDER BY started_at, ended_at, entry_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),
-- A lock is known from the moment its approval or the workspace's lock date was read. Reading it and reading that the
-- entry is now locked are parts of one sync; only a version of the entry read later is a change after the lock.
-- A lock is one person's or the workspace's: whose it is, is the one key that entries find it by.
locks AS (
    SELECT
        approval_request->'owner'->>'userId' AS holder_id,
        try_cast(approval_request->'dateRange'->>'start' AS TIMESTAMPTZ) AS locked_from,
        try_cast(approval_request->'dateRange'->>'end' AS TIMESTAMPTZ) AS locked_to,
        greatest(try_cast(approval_request->'status'->>'updatedAt' AS TIMESTAMPTZ), _extracted_at) AS known_at
    FROM clockify.approval_requests
    WHERE (approval_request->'status'->>'state') = 'APPROVED'
    UNION ALL
    SELECT
        id AS holder_id,
        '-infinity'::TIMESTAMPTZ AS locked_from,
        try_cast(workspace_settings->>'lockTimeEntries' AS TIMESTAMPTZ) AS locked_to,
        _extracted_at AS known_at
    FROM clockify.workspaces
    WHERE locked_to IS NOT NULL
),
locked_entries AS (
    SELECT
        raw.id AS entry_id,
        unnest([raw.user_id, raw.workspace_id]) AS holder_id,
        raw._first_seen_at,
        raw._extracted_at,
        facts.started_at
    FROM clockify.time_entries AS raw
    JOIN facts ON facts.entry_id = raw.id
    WHERE
        raw.is_locked
        AND raw._extracted_at > raw._first_seen_at
),
changed_after_lock AS (
    SELECT
        entry_id,
        min(known_at) AS known_at,
        any_value(_extracted_at) AS changed_at
    FROM locked_entries AS entry
    JOIN locks AS lock
        ON entry.holder_id = lock.holder_id
        AND entry.started_at BETWEEN lock.locked_from AND lock.locked_to
        AND entry._first_seen_at <= lock.known_at
        AND entry._extracted_at > lock.known_at + to_seconds(getvariable('lock_grace_seconds'))
    GROUP BY ALL
)
SELECT
    entry_id,
    'overlap' AS finding,
    'warning' AS severity,
    CASE
        WHEN begins_inside AND ends_inside THEN 'begins before earlier work ends, and later work begins before it ends'
        WHEN begins_inside THEN 'begins before earlier work ends'
        ELSE 'later work begins before it ends'
    END AS detail
FROM neighbours
WHERE begins_inside OR ends_inside
UNION ALL
SELECT entry_id, 'no_project', 'warning', 'no project'
FROM work
WHERE project_id IS NULL
UNION ALL
SELECT entry_id, 'no_task', 'info', 'no task'
FROM work
WHERE task_id IS NULL
UNION ALL
SELECT entry_id, 'no_description', 'info', 'no description'
FROM work
WHERE coalesce(trim(description), '') = ''
UNION ALL
SELECT entry_id, 'too_short', 'info', seconds || ' s'
FROM work
WHERE seconds < getvariable('too_short_seconds')
UNION ALL
SELECT entry_id, 'too_long', 'warning', format('{{:.2f}} h', hours)
FROM work
WHERE seconds > getvariable('too_long_seconds')
UNION ALL
SELECT
    entry_id, 'running_stale', 'warning',
    format('running for {{:.2f}} h', epoch(getvariable('as_of') - started_at) / 3600)
FROM facts
WHERE
    is_running
    AND epoch(getvariable('as_of') - started_at) > getvariable('running_stale_seconds')
UNION ALL
SELECT entry_id, 'future', 'error', 'until ' || strftime(until, '%Y-%m-%d %H:%M') || ' UTC'
FROM odd
WHERE is_future
UNION ALL
SELECT
    entry_id, 'negative', 'error',
    'ends ' || (epoch_us(started_at) - epoch_us(ended_at)) // 1000000 || ' s before it starts'
FROM facts
WHERE hours_reason = 'negative'
UNION ALL
SELECT
    entry_id, 'implausible', 'error',
    format('{{:.0f}} h, until ', elapsed / 3600) || strftime(ends_at, '%Y-%m-%d %H:%M') || ' UTC: in no hours, no money'
FROM odd
WHERE is_implausible
UNION ALL
SELECT entry_id, 'unusable_interval', 'error', 'start, end or duration cannot be read: in no hours'
FROM facts
WHERE hours_reason = 'no_interval'
UNION ALL
SELECT entry_id, 'unknown_type', 'warning', 'type ' || type || ': neither work nor break nor leave'
FROM facts
WHERE type NOT IN ('REGULAR', 'BREAK', 'HOLIDAY', 'TIME_OFF')
UNION ALL
SELECT entry_id, 'no_owner', 'error', 'no owner: in no capacity, no utilization, no timesheet'
FROM facts
WHERE user_id IS NULL
UNION ALL
SELECT entry_id, 'unrated', 'warning', 'billable without a rate'
FROM work
WHERE billable AND rate IS NULL
UNION ALL
SELECT
    entry_id, 'changed_after_lock', 'error',
    'locked by ' || strftime(known_at, '%Y-%m-%d %H:%M')
        || ' UTC, read with a change on ' || strftime(changed_at, '%Y-%m-%d %H:%M') || ' UTC'
FROM changed_after_lock
"""


def time_quality(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per entry and finding: see ``TIME_QUALITY.definition``."""
    limits = run.settings.time_tracking.quality
    return query(
        connection,
        SQL,
        as_of=run.as_of,
        too_short_seconds=limits.too_short_minutes * 60,
        too_long_seconds=limits.too_long_hours * 3600,
        running_stale_seconds=limits.running_stale_hours * 3600,
        lock_grace_seconds=limits.lock_grace_hours * 3600,
        implausible_seconds=round(limits.implausible_hours * 3600),
    )


TIME_QUALITY = MetricTable(
    schema="time_tracking",
    name="time_quality",
    grain=("entry_id", "finding"),
    definition="""
One row per time entry and finding. Limits are configurable.

| finding | severity | which entries |
|---|---|---|
| `overlap` | warning | work that shares time with other work of the same person (half-open intervals) |
| `no_project` | warning | work without a project |
| `no_task` | info | work without a task |
| `no_description` | info | work without a description, or one of blanks |
| `too_short` | info | work of less than 1 minute |
| `too_long` | warning | work of more than 8 hours |
| `running_stale` | warning | a timer that has been running for more than 12 hours |
| `future` | error | type REGULAR, starts or ends after now and after it was read (planned leave is no finding) |
| `negative` | error | ends before it starts; has no hours in any table |
| `implausible` | error | longer than 999 hours, such as one that ends a century away, or begun before 1990; has no hours in any table |
| `unusable_interval` | error | start, end or duration cannot be read; has no hours in any table |
| `unknown_type` | warning | a type that is neither work nor break nor leave; in `other_hours` of `time_daily` only |
| `no_owner` | error | no owner; in no capacity and no timesheet |
| `unrated` | warning | billable work without a rate |
| `changed_after_lock` | error | see below |

`changed_after_lock`: Clockify does not tell when an entry was changed. An entry has this finding when it is locked, was
known before its lock was (an approved timesheet that covers its start, or the workspace's lock date), and was read with
other values more than 24 hours after the lock was first read. The time between is for the sync that reads the lock
flag itself.

Example: an entry of 2026-11-02 that ends on 2126-11-02 is `implausible` and `future`, and adds nothing to revenue. A
billable entry whose rate is 0 while nothing else has a rate is `unrated`.
""",
    columns=(
        Column("entry_id", "VARCHAR", "Time entry."),
        Column("finding", "VARCHAR", "What was found."),
        Column("severity", "VARCHAR", "error, warning or info."),
        Column("detail", "VARCHAR", "What a person should look at; instants in UTC."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "clockify.time_entries",
        "clockify.approval_requests",
        "clockify.workspaces",
    ),
    compute=time_quality,
    headlines={
        "findings": "count(*)",
        "entries_with_findings": "count(DISTINCT entry_id)",
    },
    settings=("time_tracking.quality",),
)
