"""Table ``capacity_daily``: how long each person was or is to work on each day, and what of it is leave.

Here: a day's capacity and leave, past and planned; all that asks about leave reads this table. Not here: what is leave
(``leave_days``), and work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import employment, leave_days, working_time
from pipelines.metrics.time_tracking.query import bind
from pipelines.metrics.time_tracking.workspace import workspace_of

if TYPE_CHECKING:
    import duckdb


def _define_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of which the large one is made, so that its joins know which side is small.

    ``capacity_spans`` has a row per person and span of working time, with a number; ``capacity_leave`` one per such span and
    day with leave; ``capacity_calendar`` one per day, and ``capacity_days`` every day of every span. Guessing from the query
    alone, DuckDB takes the days for few and keeps them all in memory.
    """
    people = f"{employment.PEOPLE},\n{working_time.working_times(connection)}"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE capacity_spans AS
        WITH
        {people}
        SELECT
            row_number() OVER ()::INTEGER AS span_no,
            person.user_id,
            user_name,
            today,
            day_seconds,
            working_mask,
            capacity_source,
            NOT list_has_any(getvariable('not_logging')::VARCHAR[], [lower(person.user_id), person.email]) AS logs_time,
            greatest(first_date, from_date) AS span_from,
            least(until_date, to_date) AS span_to
        FROM people AS person
        JOIN working_times USING (user_id)
        WHERE span_from <= span_to
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE capacity_leave AS
        WITH
        {employment.PEOPLE},
        {leave_days.LEAVE_DAYS},
        entries AS (
            SELECT user_id, local_date, sum(round(leave_hours * 3600)::BIGINT)::BIGINT AS entry_seconds
            FROM time_tracking.time_daily
            WHERE leave_hours > 0
            GROUP BY ALL
        )
        SELECT
            span_no,
            leave.local_date,
            coalesce(is_holiday, false) AS is_holiday,
            coalesce(half_days, 0) AS half_days,
            coalesce(leave_seconds, 0) AS leave_seconds,
            coalesce(entry_seconds, 0) AS entry_seconds
        FROM (FROM leave_days FULL JOIN entries USING (user_id, local_date)) AS leave
        JOIN temp.capacity_spans AS span
            ON span.user_id = leave.user_id
            AND leave.local_date BETWEEN span_from AND span_to
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE capacity_calendar AS
        SELECT
            local_date,
            local_date - ((isodow(local_date) + 6 - getvariable('week_start')) % 7)::INTEGER AS week_start,
            1 << (isodow(local_date) - 1)::INTEGER AS weekday
        FROM (
            SELECT min(span_from) + unnest(range(max(span_to) - min(span_from) + 1))::INTEGER AS local_date
            FROM temp.capacity_spans
        )
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE capacity_days AS
        SELECT span_no, span_from + unnest(range(span_to - span_from + 1))::INTEGER AS local_date
        FROM temp.capacity_spans
        """
    )


# Amounts are whole seconds until the last step.
SQL = """
WITH
measured AS (
    SELECT
        user_id,
        user_name,
        local_date,
        week_start,
        today,
        capacity_source,
        logs_time,
        CASE WHEN working_mask & weekday > 0 THEN day_seconds ELSE 0 END AS capacity,
        CASE WHEN leave.is_holiday THEN capacity ELSE 0 END AS holiday,
        least(
            capacity - holiday,
            coalesce(capacity * leave.half_days // 2 + leave.leave_seconds, 0)
        ) AS time_off,
        coalesce(entry_seconds, 0) AS entry,
        least(capacity, greatest(entry, holiday + time_off)) AS absent
    FROM temp.capacity_days
    JOIN temp.capacity_spans USING (span_no)
    JOIN temp.capacity_calendar USING (local_date)
    LEFT JOIN temp.capacity_leave AS leave USING (span_no, local_date)
)
SELECT
    user_id,
    user_name,
    local_date,
    week_start,
    today - local_date AS days_ago,
    local_date > today AS is_future,
    capacity / 3600 AS capacity_hours,
    holiday / 3600 AS holiday_hours,
    time_off / 3600 AS time_off_hours,
    entry / 3600 AS leave_entry_hours,
    absent / 3600 AS leave_hours,
    (capacity - absent) / 3600 AS net_capacity_hours,
    capacity_source,
    logs_time
FROM measured
"""


def capacity_daily(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and day: see ``CAPACITY_DAILY.definition``."""
    settings = run.settings.time_tracking
    workspace = workspace_of(connection, settings)
    bind(
        connection,
        as_of=run.as_of,
        not_logging=list(settings.not_logging),
        **workspace.values,
        **working_time.values(settings, workspace),
    )
    _define_parts(connection)
    return connection.sql(SQL)


def _left_out(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, str]:  # noqa: ARG001
    """Approved requests that take no leave, and profiles that say nothing."""
    found = connection.execute(
        f"""
        WITH {leave_days.REQUESTS}
        SELECT count(*), min(request_id)
        FROM requests
        WHERE state = 'APPROVED' AND NOT is_usable
        """
    ).fetchone()
    assert found is not None
    count, example = found
    if not count:
        return {}
    return {
        "requests_left_out": f"{count:,} approved requests for time off end before they begin or have no period, such as "
        f"{example}: they take no leave. Correct them in Clockify."
    }


CAPACITY_DAILY = MetricTable(
    schema="time_tracking",
    name="capacity_daily",
    grain=("user_id", "local_date"),
    definition=f"""
One row per person and day of the person's zone, from the first day known of them to 26 weeks after today; for people who
left, to their last entry. Every table about leave, utilization, timesheets and overtime reads its capacity here.
{employment.WHO}{working_time.WORKING_TIME}{leave_days.LEAVE}
`net_capacity_hours` = capacity - leave. `capacity_source` says where the length of the day comes from: settings (the
person's schedule in the settings file), profile, scheduling, or workspace (nothing of the person's own is known). Of whom
`[time_tracking] not_logging` names, no timesheets are expected (`logs_time`).

Example: 8 h from Monday to Friday; a request from Wednesday to the Monday after, Thursday a holiday: 8 h of leave on
Wednesday, Thursday, Friday and Monday. The week has 24 h of leave, the next one 8.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("local_date", "DATE", "Day in the person's zone."),
        Column("week_start", "DATE", "First day of its week."),
        Column(
            "days_ago", "BIGINT", "Days from it to the person's today; negative for a day to come."
        ),
        Column("is_future", "BOOLEAN", "The day has not come yet."),
        Column("capacity_hours", "DOUBLE", "Length of the working day; 0 on other days."),
        Column("holiday_hours", "DOUBLE", "Assigned holidays."),
        Column("time_off_hours", "DOUBLE", "Approved requests, beside holidays."),
        Column("leave_entry_hours", "DOUBLE", "HOLIDAY and TIME_OFF entries, as they were logged."),
        Column("leave_hours", "DOUBLE", "Leave: the larger of both, at most the capacity."),
        Column("net_capacity_hours", "DOUBLE", "Capacity - leave."),
        Column("capacity_source", "VARCHAR", "settings, profile, scheduling or workspace."),
        Column("logs_time", "BOOLEAN", "Whether timesheets are expected of the person."),
    ),
    inputs=(
        "time_tracking.time_daily",
        *employment.INPUTS,
        *working_time.INPUTS,
        *leave_days.INPUTS,
    ),
    compute=capacity_daily,
    headlines={
        "leave_hours": "sum(leave_hours) FILTER (NOT is_future)",
        "planned_leave_hours": "sum(leave_hours) FILTER (is_future)",
    },
    settings=(*employment.SETTINGS, *working_time.SETTINGS, "time_tracking.not_logging"),
    notes=_left_out,
)
