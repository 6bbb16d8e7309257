"""Table ``attendance_daily``: when each person's day began and ended, and what was work and break in it.

Here: days with work or breaks. Not here: days without any (``capacity_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.local_days import elapsed_seconds

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
attended AS (
    SELECT
        user_id,
        local_date,
        min(started_at) AS first_start_at,
        max(ended_at) AS last_end_at,
        coalesce(sum(seconds) FILTER (is_work), 0)::BIGINT AS work,
        coalesce(sum(seconds) FILTER (type = 'BREAK'), 0)::BIGINT AS pause
    FROM time_tracking.time_entry_days
    WHERE user_id IS NOT NULL AND (is_work OR type = 'BREAK')
    GROUP BY ALL
)
SELECT
    day.user_id,
    capacity.user_name,
    day.local_date,
    first_start_at,
    last_end_at,
    work / 3600 AS work_hours,
    pause / 3600 AS break_hours,
    {elapsed_seconds("first_start_at", "last_end_at")} / 3600 AS span_hours,
    coalesce(capacity.leave_hours, 0) AS leave_hours,
    coalesce(capacity.capacity_hours, 0) AS capacity_hours
FROM attended AS day
LEFT JOIN time_tracking.capacity_daily AS capacity USING (user_id, local_date)
"""


def attendance_daily(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per person and day with work or breaks: see ``ATTENDANCE_DAILY.definition``."""
    return connection.sql(SQL)


ATTENDANCE_DAILY = MetricTable(
    schema="time_tracking",
    name="attendance_daily",
    grain=("user_id", "local_date"),
    definition="""
One row per person and day of the person's zone on which stopped work or a stopped break lies. An entry over midnight is cut
there. `span_hours` is what elapsed from the first start to the last end of the day: work and breaks, and what lies between
them; overlapping entries make work longer than the span. Leave and capacity are those of `capacity_daily`.

Example: 08:00 to 12:00 work, 12:00 to 12:30 break, 13:00 to 17:00 work: work 8, break 0.5, span 9.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("local_date", "DATE", "Day in the person's zone."),
        Column(
            "first_start_at", "TIMESTAMP WITH TIME ZONE", "When the first entry of the day begins."
        ),
        Column("last_end_at", "TIMESTAMP WITH TIME ZONE", "When the last one ends."),
        Column("work_hours", "DOUBLE", "Hours of work."),
        Column("break_hours", "DOUBLE", "Hours of breaks."),
        Column("span_hours", "DOUBLE", "Hours from the first start to the last end."),
        Column("leave_hours", "DOUBLE", "Leave of the day."),
        Column("capacity_hours", "DOUBLE", "Length of the working day; 0 on other days."),
    ),
    inputs=("time_tracking.time_entry_days", "time_tracking.capacity_daily"),
    compute=attendance_daily,
)
