"""Table ``time_quality``: what looks wrong with single time entries.

Here: the findings, their severity and their limits. Not here: repairing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = """
WITH
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
        (approval_request->'dateRange'->>'start')::TIMESTAMPTZ AS locked_from,
        (approval_request->'dateRange'->>'end')::TIMESTAMPTZ AS locked_to,
        greatest((approval_request->'status'->>'updatedAt')::TIMESTAMPTZ, _extracted_at) AS known_at
    FROM clockify.approval_requests
    WHERE (approval_request->'status'->>'state') = 'APPROVED'
    UNION ALL
    SELECT
        id AS holder_id,
        '-infinity'::TIMESTAMPTZ AS locked_from,
        (workspace_settings->>'lockTimeEntries')::TIMESTAMPTZ AS locked_to,
        _extracted_at AS known_at
    FROM clockify.workspaces
    WHERE (workspace_settings->>'lockTimeEntries') IS NOT NULL
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
SELECT entry_id, 'too_long', 'warning', format('{:.2f} h', hours)
FROM work
WHERE seconds > getvariable('too_long_seconds')
UNION ALL
SELECT
    entry_id, 'running_stale', 'warning',
    format('running for {:.2f} h', epoch(getvariable('as_of') - started_at) / 3600)
FROM facts
WHERE
    is_running
    AND epoch(getvariable('as_of') - started_at) > getvariable('running_stale_seconds')
UNION ALL
SELECT
    entry_id, 'future', 'error',
    'until ' || strftime(greatest(started_at, ended_at), '%Y-%m-%d %H:%M') || ' UTC'
FROM facts
WHERE
    type = 'REGULAR'
    AND greatest(started_at, ended_at) > getvariable('as_of')
UNION ALL
SELECT
    entry_id, 'negative', 'error',
    'ends ' || (epoch_us(started_at) - epoch_us(ended_at)) // 1000000 || ' s before it starts'
FROM facts
WHERE ended_at < started_at
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
| `future` | error | type REGULAR, starts or ends after now (planned leave is no finding) |
| `negative` | error | ends before it starts; has no hours in any table |
| `unrated` | warning | billable work without a rate |
| `changed_after_lock` | error | see below |

`changed_after_lock`: Clockify does not tell when an entry was changed. An entry has this finding when it is locked, was
known before its lock was (an approved timesheet that covers its start, or the workspace's lock date), and was read with
other values more than 24 hours after the lock was first read. The time between is for the sync that reads the lock
flag itself.
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
