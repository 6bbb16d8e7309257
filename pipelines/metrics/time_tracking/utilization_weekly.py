"""Table ``utilization_weekly``: how much of each person's week was there to work, and how much was worked.

Here: weekly sums of days and their ratios. Not here: what a day's capacity is (``capacity_daily``).
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
sums AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        week_start,
        week_start + 6 >= any_value(today) AS is_partial,
        sum(capacity)::BIGINT AS capacity,
        sum(leave)::BIGINT AS leave,
        sum(tracked)::BIGINT AS tracked,
        sum(billable)::BIGINT AS billable,
        sum(greatest(0, tracked - net))::BIGINT AS overtime,
        coalesce(sum(greatest(0, net - tracked)) FILTER (local_date < today), 0)::BIGINT AS undertime
    FROM days
    WHERE week_start <= today
    GROUP BY user_id, week_start
)
SELECT
    user_id,
    user_name,
    week_start,
    is_partial,
    capacity / 3600 AS capacity_hours,
    leave / 3600 AS leave_hours,
    (capacity - leave) / 3600 AS net_capacity_hours,
    tracked / 3600 AS tracked_hours,
    billable / 3600 AS billable_hours,
    100 * tracked / nullif(capacity, 0) AS utilization_pct,
    100 * tracked / nullif(capacity - leave, 0) AS net_utilization_pct,
    100 * billable / nullif(capacity - leave, 0) AS billable_utilization_pct,
    100 * billable / nullif(tracked, 0) AS billable_ratio_pct,
    overtime / 3600 AS overtime_hours,
    undertime / 3600 AS undertime_hours
FROM sums
"""


def utilization_weekly(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per person and week: see ``UTILIZATION_WEEKLY.definition``."""
    return query(connection, SQL)


UTILIZATION_WEEKLY = MetricTable(
    schema="time_tracking",
    name="utilization_weekly",
    grain=("user_id", "week_start"),
    definition=f"""
One row per person and week, without gaps from the week of a person's first day to the current week; for people who
left, to the week of their last entry. Weeks start on the configured day, without one on the workspace's; days are those
of the person's zone.
{employment.WHO}
* capacity and leave are sums of `capacity_daily`. The first week counts from the day the person joined, the last one to the day
  they left; the current week counts whole.
* net capacity = capacity - leave; `utilization_pct` = tracked / capacity, `net_utilization_pct` = tracked / net
  capacity, `billable_utilization_pct` = billable / net capacity, `billable_ratio_pct` = billable / tracked; NULL
  where the divisor is 0.
* overtime sums, day by day, what was worked above the day's net capacity, so work on a weekend or on a day off is
  overtime and is not set off against a short day; undertime sums what is missing, for days that are over.
* the week that is not over yet is marked `is_partial`.

Example: 5 days of 8 h, one day off and a half day of leave of 4 h: capacity 40, leave 12, net 28. 7 h on each of the
three full days, 4 h on the half one, 2 h on Saturday: 27 h tracked, utilization 67.5 %, net 96.4 %, overtime 2 h,
undertime 3 h. Somebody whose first day is the Wednesday of that week has a capacity of 24 h in it.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("week_start", "DATE", "First day of the week."),
        Column("is_partial", "BOOLEAN", "The week is not over yet."),
        Column("capacity_hours", "DOUBLE", "Length of the working days."),
        Column("leave_hours", "DOUBLE", "Holidays and time off on working days."),
        Column("net_capacity_hours", "DOUBLE", "Capacity - leave."),
        Column("tracked_hours", "DOUBLE", "Hours of work."),
        Column("billable_hours", "DOUBLE", "Billable hours of work."),
        Column("utilization_pct", "DOUBLE", "Tracked / capacity, percent."),
        Column("net_utilization_pct", "DOUBLE", "Tracked / net capacity, percent."),
        Column("billable_utilization_pct", "DOUBLE", "Billable / net capacity, percent."),
        Column("billable_ratio_pct", "DOUBLE", "Billable / tracked, percent."),
        Column("overtime_hours", "DOUBLE", "Work above each day's net capacity."),
        Column("undertime_hours", "DOUBLE", "Work missing to each past day's net capacity."),
    ),
    inputs=person_days.INPUTS,
    compute=utilization_weekly,
    headlines={
        "utilization_pct": "100 * sum(tracked_hours) / nullif(sum(capacity_hours), 0)",
        "overtime_hours": "sum(overtime_hours)",
    },
)
