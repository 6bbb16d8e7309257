"""Table ``time_daily``: hours per person, local day and project, by kind.

Here: the sums per day that reports and most other tables build on. Not here: capacity (``utilization_weekly``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.local_days import cut_at_midnights
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
running AS (
    SELECT
        user_id, project_id, type, time_zone, started_at, local_date,
        getvariable('as_of') AS ended_at
    FROM time_tracking.time_entry_facts
    WHERE is_running
),
running_until_now AS (
    SELECT
        *,
        (ended_at AT TIME ZONE time_zone)::DATE AS local_end_date
    FROM running
),
pieces AS (
    SELECT user_id, local_date, project_id, type, is_work, billable, seconds, false AS is_running
    FROM time_tracking.time_entry_days
    UNION ALL BY NAME
    SELECT user_id, local_date, project_id, type, false AS is_work, seconds, true AS is_running
    FROM ({cut_at_midnights("running_until_now")})
)
SELECT
    user_id,
    local_date,
    project_id,
    coalesce(sum(seconds) FILTER (is_work), 0) / 3600 AS tracked_hours,
    coalesce(sum(seconds) FILTER (is_work AND billable), 0) / 3600 AS billable_hours,
    coalesce(sum(seconds) FILTER (type = 'BREAK' AND NOT is_running), 0) / 3600 AS break_hours,
    coalesce(sum(seconds) FILTER (type IN ('HOLIDAY', 'TIME_OFF') AND NOT is_running), 0) / 3600 AS leave_hours,
    coalesce(
        sum(seconds) FILTER (type NOT IN ('REGULAR', 'BREAK', 'HOLIDAY', 'TIME_OFF') AND NOT is_running), 0
    ) / 3600 AS other_hours,
    coalesce(sum(seconds) FILTER (is_running AND type = 'REGULAR'), 0) / 3600 AS running_hours,
    count(*) AS entries
FROM pieces
GROUP BY ALL
"""


def time_daily(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per person, local date and project with any entry: see ``TIME_DAILY.definition``."""
    return query(connection, SQL, as_of=run.as_of)


TIME_DAILY = MetricTable(
    schema="time_tracking",
    name="time_daily",
    grain=("user_id", "local_date", "project_id"),
    definition="""
One row per person, local date and project that any entry touches, also without a project.

`tracked_hours` is work; `billable_hours` the billable part of it; `break_hours` and `leave_hours` (holidays and time
off) are not work; `other_hours` are those of types that Clockify's documentation does not know. `running_hours` is what
timers of work that still run have gathered up to now, on each day they touch; it is in no other column, and a break
that still runs is in none. `entries` counts every entry that touches the day, so an entry over midnight counts on
two days.
""",
    columns=(
        Column("user_id", "VARCHAR", "Owner; NULL for entries without one.", null_is_a_group=True),
        Column("local_date", "DATE", "Date in the owner's zone."),
        Column(
            "project_id", "VARCHAR", "Project; NULL for time without one.", null_is_a_group=True
        ),
        Column("tracked_hours", "DOUBLE", "Hours of work."),
        Column("billable_hours", "DOUBLE", "Billable hours of work."),
        Column("break_hours", "DOUBLE", "Hours of breaks."),
        Column("leave_hours", "DOUBLE", "Hours of holidays and time off."),
        Column("other_hours", "DOUBLE", "Hours of entries of an unknown type."),
        Column("running_hours", "DOUBLE", "Hours so far of timers of work still running."),
        Column("entries", "BIGINT", "Entries that touch the day."),
    ),
    inputs=("time_tracking.time_entry_days", "time_tracking.time_entry_facts"),
    compute=time_daily,
    headlines={
        "tracked_hours": "sum(tracked_hours)",
        "leave_hours": "sum(leave_hours)",
    },
)
