"""Table ``timesheet_compliance``: whether each working day that is over has the time it should have.

Here: the status of a day. Not here: what is expected of a day (``capacity_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import employment, person_days
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{person_days.DAYS},
working_days AS (
    SELECT
        *,
        net AS expected,
        CASE
            WHEN expected = 0 THEN 'leave'
            WHEN tracked = 0 THEN 'none'
            WHEN 100 * tracked < getvariable('ok_from_pct') * expected THEN 'under'
            WHEN 100 * tracked > getvariable('ok_to_pct') * expected THEN 'over'
            ELSE 'ok'
        END AS status
    FROM days
    WHERE capacity > 0 AND local_date < today AND logs_time
)
SELECT
    user_id,
    user_name,
    local_date,
    expected / 3600 AS expected_hours,
    tracked / 3600 AS logged_hours,
    status,
    CASE WHEN status IN ('none', 'under') THEN today - local_date ELSE 0 END AS days_late
FROM working_days
"""


def timesheet_compliance(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and past working day: see ``TIMESHEET_COMPLIANCE.definition``."""
    limits = run.settings.time_tracking.compliance
    return query(
        connection,
        SQL,
        ok_from_pct=limits.ok_from_pct,
        ok_to_pct=limits.ok_to_pct,
    )


TIMESHEET_COMPLIANCE = MetricTable(
    schema="time_tracking",
    name="timesheet_compliance",
    grain=("user_id", "local_date"),
    definition=f"""
One row per person and working day before today (today of the person's zone), from their first day on; for people who
left, to their last entry.
{employment.WHO}
People whom `[time_tracking] not_logging` names have no rows.
`expected_hours` is the day's net capacity (see `capacity_daily`), `logged_hours` the day's work. `status`:
`leave` when leave takes the whole day, else `none` without any work, `under` below 95 % of the expected hours,
`over` above 120 %, `ok` between, limits included and configurable. `days_late` counts the calendar days since a
day that is `none` or `under`; 0 for the others.

Example: 8 h expected. 7.5 h are under (93.75 %), 7.6 h are ok (95 %), 9.6 h are ok (120 %), 9.7 h are over. With half
a day of leave 4 h are expected and 4 h are ok.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("local_date", "DATE", "Working day in the person's zone."),
        Column("expected_hours", "DOUBLE", "Net capacity of the day."),
        Column("logged_hours", "DOUBLE", "Hours of work."),
        Column("status", "VARCHAR", "none, under, ok, over or leave."),
        Column("days_late", "BIGINT", "Calendar days since a day that is none or under, else 0."),
    ),
    inputs=person_days.INPUTS,
    compute=timesheet_compliance,
    headlines={
        "days_under": "count(*) FILTER (status = 'under')",
        "days_without_entries": "count(*) FILTER (status = 'none')",
    },
    settings=("time_tracking.compliance",),
)
