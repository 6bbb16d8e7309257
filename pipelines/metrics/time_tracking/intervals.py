"""When each time entry began and ended, read from what the API sends.

Here: the forms of ``timeInterval``, and the local dates of all of them (the temporary table ``clock``).
Not here: owners, hours and money of entries (``time_entry_facts``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking.durations import iso_seconds
from pipelines.metrics.time_tracking.local_days import clock, utc_day

# CTEs up to ``intervals``: the raw entries with started_at, ended_at and is_running instead of time_interval.
INTERVALS = f"""
entries AS NOT MATERIALIZED (
    SELECT
        * REPLACE (
            nullif(project_id, '') AS project_id,
            nullif(task_id, '') AS task_id,
            coalesce(type, 'REGULAR') AS type,
            coalesce(billable, false) AS billable
        ),
        json_extract_string(time_interval, ['$.start', '$.end', '$.duration']) AS stamps
    FROM clockify.time_entries
),
-- The end counts; the duration only tells it where it is missing: text on the core host, seconds on the
-- reports host.
intervals AS NOT MATERIALIZED (
    SELECT
        * EXCLUDE (stamps, time_interval),
        try_cast(stamps[1] AS TIMESTAMPTZ) AS started_at,
        CASE
            WHEN stamps[2] IS NOT NULL THEN try_cast(stamps[2] AS TIMESTAMPTZ)
            WHEN stamps[3] IS NOT NULL THEN try_cast(stamps[1] AS TIMESTAMPTZ) + to_seconds(
                coalesce(try_cast(stamps[3] AS BIGINT), {iso_seconds("stamps[3]")})
            )
        END AS ended_at,
        started_at IS NOT NULL AND stamps[2] IS NULL AND stamps[3] IS NULL AS is_running
    FROM entries
)"""

# A table of its own, so that the join knows how small it is and keeps the entries streaming past it.
CLOCK = f"""
CREATE OR REPLACE TEMP TABLE clock AS
WITH
{INTERVALS},
named_zones AS (
    SELECT settings->>'timeZone' AS time_zone FROM clockify.users
    UNION
    SELECT settings->>'timeZone' AS time_zone FROM clockify.users_deleted
    UNION
    SELECT workspace_settings->>'lockTimeZone' AS time_zone FROM clockify.workspaces
    UNION
    SELECT workspace_settings->>'lockTimeZone' AS time_zone FROM clockify.workspaces_deleted
    UNION
    SELECT getvariable('time_zone') AS time_zone
),
zones AS (
    SELECT time_zone
    FROM named_zones
    SEMI JOIN pg_timezone_names() AS known ON known.name = named_zones.time_zone
),
-- One pass: reading the intervals is most of the work.
days_of_entries AS (
    SELECT DISTINCT unnest([{utc_day("started_at")}, {utc_day("ended_at")}]) AS utc_day
    FROM intervals
),
utc_days AS (
    FROM days_of_entries
    WHERE utc_day IS NOT NULL
)
{clock("zones", "utc_days")}
"""
