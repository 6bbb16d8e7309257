"""Tables ``schedule_weekly`` and ``load_weekly``: what was planned beside what was tracked, and what is planned ahead.

Here: weekly sums of plans. Not here: what is planned for a day (``planned_days``) and capacity (``capacity_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import planned_days
from pipelines.metrics.time_tracking.ever_known import ever_known

if TYPE_CHECKING:
    import duckdb

SCHEDULE_SQL = f"""
WITH
{planned_days.PLANNED_DAYS},
planned AS (
    SELECT
        user_id,
        project_id,
        week_start,
        sum(hours) FILTER (NOT is_draft) AS scheduled,
        sum(hours) FILTER (is_draft) AS draft,
        bool_and(is_known) AS is_known
    FROM planned_days
    GROUP BY ALL
),
tracked AS (
    SELECT
        user_id,
        project_id,
        week_start,
        sum(round(tracked_hours * 3600)::BIGINT) / 3600 AS tracked
    FROM time_tracking.time_daily
    JOIN time_tracking.capacity_daily USING (user_id, local_date)
    WHERE tracked_hours > 0
    GROUP BY ALL
),
both_sides AS (
    SELECT
        coalesce(planned.user_id, tracked.user_id) AS user_id,
        coalesce(planned.project_id, tracked.project_id) AS project_id,
        coalesce(planned.week_start, tracked.week_start) AS week_start,
        coalesce(scheduled, 0) AS scheduled,
        coalesce(draft, 0) AS draft,
        coalesce(tracked, 0) AS tracked,
        coalesce(is_known, true) AS is_known
    FROM planned
    FULL JOIN tracked
        ON planned.user_id = tracked.user_id
        AND planned.project_id IS NOT DISTINCT FROM tracked.project_id
        AND planned.week_start = tracked.week_start
)
SELECT
    user_id,
    person.name AS user_name,
    project_id,
    project.name AS project_name,
    week_start,
    scheduled AS scheduled_hours,
    draft AS draft_hours,
    tracked AS tracked_hours,
    tracked - scheduled AS difference_hours,
    is_known AS is_published_known
FROM both_sides
LEFT JOIN ({ever_known("users")}) AS person ON person.id = user_id
LEFT JOIN ({ever_known("projects")}) AS project ON project.id = project_id
"""

LOAD_SQL = f"""
WITH
{planned_days.PLANNED_DAYS},
planned AS (
    SELECT
        user_id,
        week_start,
        sum(hours) FILTER (NOT is_draft) AS scheduled,
        sum(hours) FILTER (is_draft) AS draft
    FROM planned_days
    GROUP BY ALL
),
weeks AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        week_start,
        sum(round(net_capacity_hours * 3600)::BIGINT) / 3600 AS net,
        sum(round(leave_hours * 3600)::BIGINT) / 3600 AS leave
    FROM time_tracking.capacity_daily
    GROUP BY user_id, week_start
    -- The week of today and those to come; of people who left there are none.
    HAVING bool_or(days_ago <= 0)
)
SELECT
    user_id,
    user_name,
    week_start,
    coalesce(scheduled, 0) AS scheduled_hours,
    coalesce(draft, 0) AS draft_hours,
    leave AS leave_hours,
    net AS net_capacity_hours,
    100 * coalesce(scheduled, 0) / nullif(net, 0) AS load_pct,
    net - coalesce(scheduled, 0) AS free_hours
FROM weeks
LEFT JOIN planned USING (user_id, week_start)
"""


def schedule_weekly(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per person, project and week with plans or work: see ``SCHEDULE_WEEKLY.definition``."""
    return connection.sql(SCHEDULE_SQL)


def load_weekly(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per person and week to come: see ``LOAD_WEEKLY.definition``."""
    return connection.sql(LOAD_SQL)


SCHEDULE_WEEKLY = MetricTable(
    schema="time_tracking",
    name="schedule_weekly",
    grain=("user_id", "project_id", "week_start"),
    definition=f"""
One row per person, project and week with planned hours or work; weeks are those of `capacity_daily`.
{planned_days.PLANNED}`scheduled_hours` are published plans, `draft_hours` drafts; `difference_hours` = tracked - scheduled,
as in Clockify's assignments report, which compares with published plans only.

Example: 4 h a day from Monday to Friday, and a draft of 2 h a day beside it; 15 h tracked: scheduled 20, draft 10,
difference -5.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column(
            "project_id", "VARCHAR", "Project; NULL for time without one.", null_is_a_group=True
        ),
        Column("project_name", "VARCHAR", "Project's name."),
        Column("week_start", "DATE", "First day of the week."),
        Column("scheduled_hours", "DOUBLE", "Hours of published plans."),
        Column("draft_hours", "DOUBLE", "Hours of drafts."),
        Column("tracked_hours", "DOUBLE", "Hours of work."),
        Column("difference_hours", "DOUBLE", "Tracked - scheduled."),
        Column(
            "is_published_known",
            "BOOLEAN",
            "Whether drafts and published plans could be told apart.",
        ),
    ),
    inputs=(
        *planned_days.INPUTS,
        "time_tracking.time_daily",
        "clockify.users",
        "clockify.projects",
    ),
    compute=schedule_weekly,
    headlines={"scheduled_hours": "sum(scheduled_hours)"},
)

LOAD_WEEKLY = MetricTable(
    schema="time_tracking",
    name="load_weekly",
    grain=("user_id", "week_start"),
    definition=f"""
One row per person and week, from the week of today to 26 weeks ahead; people who left have none.
{planned_days.PLANNED}`load_pct` = scheduled / net capacity in percent, NULL without net capacity; `free_hours` = net
capacity - scheduled, negative where more is planned than there is time. Drafts are beside, in neither. The last week is cut
where capacity ends.

Example: 40 h of capacity, a day of leave, 28 h of published plans: net capacity 32, load 87.5 %, free 4.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("week_start", "DATE", "First day of the week."),
        Column("scheduled_hours", "DOUBLE", "Hours of published plans."),
        Column("draft_hours", "DOUBLE", "Hours of drafts."),
        Column("leave_hours", "DOUBLE", "Leave of the week."),
        Column("net_capacity_hours", "DOUBLE", "Capacity less leave."),
        Column("load_pct", "DOUBLE", "Scheduled / net capacity, percent."),
        Column("free_hours", "DOUBLE", "Net capacity - scheduled."),
    ),
    inputs=planned_days.INPUTS,
    compute=load_weekly,
    headlines={
        "load_pct": "100 * sum(scheduled_hours) / nullif(sum(net_capacity_hours), 0)",
    },
)
