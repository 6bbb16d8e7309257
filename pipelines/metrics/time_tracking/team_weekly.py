"""Table ``team_weekly``: utilization of each user group by week.

Here: sums over the members of a group. Not here: people's own weeks (``utilization_weekly``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

SQL = """
WITH
members AS (
    SELECT DISTINCT id AS group_id, name AS group_name, unnest(from_json(user_ids, '["VARCHAR"]')) AS user_id
    FROM clockify.user_groups
),
sums AS (
    SELECT
        group_id,
        any_value(group_name) AS group_name,
        week_start,
        bool_or(is_partial) AS is_partial,
        count(*) AS people,
        sum(round(capacity_hours * 3600)::BIGINT)::BIGINT AS capacity,
        sum(round(leave_hours * 3600)::BIGINT)::BIGINT AS leave,
        sum(round(tracked_hours * 3600)::BIGINT)::BIGINT AS tracked,
        sum(round(billable_hours * 3600)::BIGINT)::BIGINT AS billable,
        sum(round(overtime_hours * 3600)::BIGINT)::BIGINT AS overtime,
        sum(round(undertime_hours * 3600)::BIGINT)::BIGINT AS undertime
    FROM members
    JOIN time_tracking.utilization_weekly USING (user_id)
    GROUP BY group_id, week_start
)
SELECT
    group_id,
    group_name,
    week_start,
    is_partial,
    people,
    capacity / 3600 AS capacity_hours,
    leave / 3600 AS leave_hours,
    (capacity - leave) / 3600 AS net_capacity_hours,
    tracked / 3600 AS tracked_hours,
    billable / 3600 AS billable_hours,
    100 * tracked / nullif(capacity, 0) AS utilization_pct,
    100 * tracked / nullif(capacity - leave, 0) AS net_utilization_pct,
    100 * billable / nullif(capacity - leave, 0) AS billable_utilization_pct,
    overtime / 3600 AS overtime_hours,
    undertime / 3600 AS undertime_hours
FROM sums
"""


def team_weekly(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per user group and week: see ``TEAM_WEEKLY.definition``."""
    return connection.sql(SQL)


TEAM_WEEKLY = MetricTable(
    schema="time_tracking",
    name="team_weekly",
    grain=("group_id", "week_start"),
    definition="""
One row per user group and week: the sums of `utilization_weekly` over the people who are members of the group now, and
the ratios of the sums. Groups overlap, so their rows must not be added up: a person counts once in each group. Weeks before
somebody joined a group count, too, because Clockify does not tell since when somebody is a member.

Example: two members with 40 h of capacity each track 40 and 20 h: 60 h of 80, utilization 75 %.
""",
    columns=(
        Column("group_id", "VARCHAR", "User group."),
        Column("group_name", "VARCHAR", "Group's name."),
        Column("week_start", "DATE", "First day of the week."),
        Column("is_partial", "BOOLEAN", "The week is not over yet for every member."),
        Column("people", "BIGINT", "Members with a row in that week."),
        Column("capacity_hours", "DOUBLE", "Length of the working days."),
        Column("leave_hours", "DOUBLE", "Holidays and time off on working days."),
        Column("net_capacity_hours", "DOUBLE", "Capacity - leave."),
        Column("tracked_hours", "DOUBLE", "Hours of work."),
        Column("billable_hours", "DOUBLE", "Billable hours of work."),
        Column("utilization_pct", "DOUBLE", "Tracked / capacity, percent."),
        Column("net_utilization_pct", "DOUBLE", "Tracked / net capacity, percent."),
        Column("billable_utilization_pct", "DOUBLE", "Billable / net capacity, percent."),
        Column("overtime_hours", "DOUBLE", "Work above each day's net capacity."),
        Column("undertime_hours", "DOUBLE", "Work missing to each past day's net capacity."),
    ),
    inputs=("time_tracking.utilization_weekly", "clockify.user_groups"),
    compute=team_weekly,
    overlaps="A person counts in each group of which the person is a member.",
)
