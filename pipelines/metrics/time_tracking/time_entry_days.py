"""Table ``time_entry_days``: every stopped time entry cut at the midnights of its owner's zone.

Here: which day each second of an entry belongs to. Not here: sums over entries (``time_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.local_days import cut_at_midnights

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
-- Reading all entries twice is cheaper than keeping a copy of them.
stopped AS NOT MATERIALIZED (
    SELECT
        entry_id, user_id, project_id, task_id, type, is_work, billable,
        time_zone, started_at, ended_at, local_date, local_end_date, seconds AS entry_seconds
    FROM time_tracking.time_entry_facts
    WHERE seconds IS NOT NULL
),
-- Nearly all entries begin and end on one day: only the others are cut.
over_midnight AS (
    SELECT *
    FROM stopped
    WHERE local_end_date > local_date
),
pieces AS (
    SELECT * EXCLUDE (entry_seconds), entry_seconds AS seconds
    FROM stopped
    WHERE local_end_date = local_date
    UNION ALL BY NAME
    SELECT * EXCLUDE (entry_seconds)
    FROM ({cut_at_midnights("over_midnight")})
)
SELECT
    entry_id,
    local_date,
    user_id,
    project_id,
    task_id,
    type,
    is_work,
    billable,
    started_at,
    ended_at,
    seconds,
    seconds / 3600 AS hours
FROM pieces
"""


def time_entry_days(
    connection: duckdb.DuckDBPyConnection, _run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per stopped entry and local date it touches: see ``TIME_ENTRY_DAYS.definition``."""
    return connection.sql(SQL)


TIME_ENTRY_DAYS = MetricTable(
    schema="time_tracking",
    name="time_entry_days",
    grain=("entry_id", "local_date"),
    definition="""
One row per stopped time entry (work, break or leave) and local date of its owner's zone that it touches; running
timers and entries without usable hours have none.

The entry is cut at local midnights in real elapsed time: a day has 23 or 25 hours when the clocks change, and the
hours of an entry's days sum to its hours to the second. An entry that ends at midnight does not touch the next
day; an entry of no length keeps one row of 0 hours.

Example: 22:00 to 06:00 in Europe/Oslo in the night to 2026-03-29, when 02:00 becomes 03:00: 2 h on the 28th and
5 h on the 29th, 7 h in all.
""",
    columns=(
        Column("entry_id", "VARCHAR", "Time entry."),
        Column("local_date", "DATE", "Date in the owner's zone."),
        Column("user_id", "VARCHAR", "Owner."),
        Column("project_id", "VARCHAR", "Project of the entry; NULL without one."),
        Column("task_id", "VARCHAR", "Task of the entry; NULL without one."),
        Column("type", "VARCHAR", "REGULAR, BREAK, HOLIDAY or TIME_OFF."),
        Column("is_work", "BOOLEAN", "REGULAR and stopped."),
        Column("billable", "BOOLEAN", "Whether its hours are billable."),
        Column("started_at", "TIMESTAMP WITH TIME ZONE", "Where this piece of the entry begins."),
        Column("ended_at", "TIMESTAMP WITH TIME ZONE", "Where this piece of the entry ends."),
        Column("seconds", "BIGINT", "Elapsed seconds on that date: the exact value of hours."),
        Column("hours", "DOUBLE", "Elapsed hours on that date."),
    ),
    inputs=("time_tracking.time_entry_facts",),
    compute=time_entry_days,
    headlines={
        "work_hours": "sum(hours) FILTER (is_work)",
    },
)
