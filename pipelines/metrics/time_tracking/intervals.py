"""When each time entry began and ended, read from what the API sends.

Here: the forms of ``timeInterval``, what of it has happened, and the local dates of all of them (the temporary tables
``entry_days`` and ``clock``). Not here: owners, hours and money of entries (``time_entry_facts``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.metrics.model import NEVER
from pipelines.metrics.time_tracking.durations import entry_seconds
from pipelines.metrics.time_tracking.local_days import clock, utc_day

if TYPE_CHECKING:
    import duckdb

# CTEs up to ``intervals``: the raw entries with started_at, ends_at and is_open instead of time_interval. Empty text
# counts as none.
INTERVALS = f"""
entries AS NOT MATERIALIZED (
    SELECT
        * REPLACE (
            nullif(user_id, '') AS user_id,
            nullif(project_id, '') AS project_id,
            nullif(task_id, '') AS task_id,
            coalesce(type, 'REGULAR') AS type,
            coalesce(billable, false) AS billable
        ),
        json_extract_string(time_interval, ['$.start', '$.end', '$.duration']) AS stamps
    FROM clockify.time_entries
),
-- The end counts; the duration only tells it where it is missing. A timer that runs has neither; some clients write a
-- duration of 0 for it.
intervals AS NOT MATERIALIZED (
    SELECT
        * EXCLUDE (stamps, time_interval),
        try_cast(stamps[1] AS TIMESTAMPTZ) AS started_at,
        CASE WHEN coalesce(stamps[2], '') = '' AND coalesce(stamps[3], '') <> ''
        THEN nullif({entry_seconds("time_interval", "stamps[3]")}, 0) END AS told_seconds,
        CASE
            WHEN coalesce(stamps[2], '') <> '' THEN try_cast(stamps[2] AS TIMESTAMPTZ)
            -- A century at most: what is longer is nonsense, and may be no instant.
            WHEN told_seconds <= 3155760000 THEN started_at + to_seconds(told_seconds)
        END AS ends_at,
        started_at IS NOT NULL
            AND coalesce(stamps[2], '') = ''
            AND coalesce(stamps[3], '') IN ('', '0', 'PT0S') AS is_open
    FROM entries
)"""

#: Nobody tracked time before: an entry of an earlier year, as of the year 1, has a typing error for a date.
FIRST_PLAUSIBLE_INSTANT = "TIMESTAMPTZ '1990-01-01 00:00:00+00'"

#: SQL of the seconds of an entry, given ``elapsed`` and ``started_at``; NULL where they cannot be.
PLAUSIBLE_SECONDS = (
    "CASE WHEN elapsed BETWEEN 0 AND getvariable('implausible_seconds') "
    f"AND started_at >= {FIRST_PLAUSIBLE_INSTANT} THEN elapsed END"
)

# CTE ``known``: the entries that exist as of then. One that ends later is still running.
KNOWN = """
known AS NOT MATERIALIZED (
    SELECT
        *,
        CASE WHEN ends_at <= getvariable('as_of') THEN ends_at END AS ended_at,
        is_open OR coalesce(ends_at > getvariable('as_of'), false) AS is_running
    FROM intervals
    WHERE coalesce(started_at <= getvariable('as_of'), true)
)"""

# The UTC days on which entries begin or end, each with its first instant that has not happened yet, and whether one of its
# entries is not known to be seen before. In one pass, because reading the intervals is most of the work.
ENTRY_DAYS = f"""
CREATE OR REPLACE TEMP TABLE entry_days AS
WITH
{INTERVALS},
instants AS (
    SELECT unnest([started_at, ends_at]) AS instant, _first_seen_at IS NULL AS is_new
    FROM intervals
)
SELECT
    {utc_day("instant")} AS utc_day,
    min(instant) FILTER (instant > getvariable('as_of')) AS next_instant,
    bool_or(is_new) AS has_new
FROM instants
GROUP BY utc_day
"""

# A table of its own, so that the join knows how small it is and keeps the entries streaming past it. Needs ``ENTRY_DAYS``.
CLOCK = f"""
CREATE OR REPLACE TEMP TABLE clock AS
WITH
named_zones AS (
    SELECT settings->>'timeZone' AS time_zone FROM temp.users_versions
    UNION
    SELECT unnest([
        getvariable('time_zone'), getvariable('default_zone'), getvariable('finance_zone')
    ]) AS time_zone
),
zones AS (
    SELECT time_zone
    FROM named_zones
    SEMI JOIN pg_timezone_names() AS known ON known.name = named_zones.time_zone
),
utc_days AS (
    SELECT utc_day
    FROM entry_days
    WHERE utc_day <= {utc_day("getvariable('as_of')")}
),
dates AS (
    {clock("zones", "utc_days")}
)
-- Months of money begin in one zone for everybody.
SELECT
    dates.*,
    date_trunc('month', coalesce(finance.date_before, dates.date_before))::DATE AS month_before,
    date_trunc('month', coalesce(finance.date_after, dates.date_after))::DATE AS month_after,
    coalesce(finance.changes_at, dates.changes_at) AS month_changes_at
FROM dates
LEFT JOIN dates AS finance
    ON finance.utc_day = dates.utc_day
    AND finance.time_zone = getvariable('finance_zone')
"""


def next_instant(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime:
    """The first moment after ``as_of`` at which an entry begins or ends; ``as_of`` where one is not known to be seen before.

    Until then ``KNOWN`` stays what it is. Needs ``ENTRY_DAYS`` of that ``as_of``.
    """
    found = connection.execute(
        f"SELECT bool_or(has_new), coalesce(min(next_instant), {NEVER}) FROM entry_days"
    ).fetchone()
    assert found is not None
    has_new: bool
    moment: datetime
    has_new, moment = found
    return as_of if has_new else moment


def finance_month(instant: str, clock_row: str) -> str:
    """SQL of the first day of the month of an instant in the finance zone, given a row of ``clock`` of its UTC day."""
    return f"""(
        CASE WHEN {instant} < {clock_row}.month_changes_at
        THEN {clock_row}.month_before
        ELSE {clock_row}.month_after
        END
    )"""
