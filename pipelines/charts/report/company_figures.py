"""Figures of the whole company: stories accepted, time tracked, time linked.

Points are not among them: every project has its own scale. Money is not either: see ``money_figures``.
"""

from __future__ import annotations

from pipelines.charts.report.figure import Figure

#: The eight last weeks that are over for everybody, the newest is 1.
FULL_WEEKS = """
weeks AS (
    SELECT week_start, row_number() OVER (ORDER BY week_start DESC) AS place
    FROM time_tracking.utilization_weekly
    GROUP BY week_start
    HAVING NOT bool_or(is_partial)
    ORDER BY place
    LIMIT 8
)"""


def _of_utilization(value: str) -> str:
    """A value over the last four full weeks, and over the four before if there are as many."""
    return f"""
WITH{FULL_WEEKS},
periods AS (
    SELECT place > 4 AS is_previous, max(place) AS weeks, {value} AS value
    FROM time_tracking.utilization_weekly
    JOIN weeks USING (week_start)
    GROUP BY ALL
)
SELECT
    max(value) FILTER (NOT is_previous) AS value,
    max(value) FILTER (is_previous AND weeks = 8) AS previous
FROM periods
"""


COMPANY_FIGURES = (
    Figure(
        name="accepted_stories",
        label="Accepted stories",
        meaning="Features, bugs and chores accepted in the last 4 full weeks of each project; before: the 4 weeks before.",
        tables=("project_management.throughput_weekly",),
        sql="""
WITH
weeks AS (
    SELECT
        sum(accepted) AS accepted,
        row_number() OVER (PARTITION BY project_id ORDER BY week_start DESC) AS place
    FROM project_management.throughput_weekly
    WHERE NOT is_partial AND story_type != 'release'
    GROUP BY project_id, week_start
)
SELECT
    sum(accepted) FILTER (place <= 4) AS value,
    CASE WHEN max(place) >= 8 THEN sum(accepted) FILTER (place BETWEEN 5 AND 8) END AS previous
FROM weeks
""",
        kind="count",
        better="more",
    ),
    Figure(
        name="wip",
        label="Stories in progress",
        meaning="Stories started and not accepted, now; before: 28 days ago.",
        tables=("project_management.flow_daily",),
        sql="""
WITH
days AS (
    SELECT
        project_id,
        any_value(wip) AS wip,
        max(date) OVER (PARTITION BY project_id) - date AS days_ago
    FROM project_management.flow_daily
    GROUP BY project_id, date
)
SELECT
    sum(wip) FILTER (days_ago = 0) AS value,
    sum(wip) FILTER (days_ago = 28) AS previous
FROM days
""",
        kind="count",
        better="less",
    ),
    Figure(
        name="hours_tracked",
        label="Hours tracked",
        meaning="Hours of work in the last 4 full weeks; before: the 4 weeks before.",
        tables=("time_tracking.utilization_weekly",),
        sql=_of_utilization("sum(tracked_hours)"),
        kind="hours",
    ),
    Figure(
        name="billable_ratio",
        label="Billable share",
        meaning="Billable hours in percent of tracked hours, last 4 full weeks; before: the 4 weeks before.",
        tables=("time_tracking.utilization_weekly",),
        sql=_of_utilization("100 * sum(billable_hours) / nullif(sum(tracked_hours), 0)"),
        kind="percent",
        better="more",
    ),
    Figure(
        name="utilization",
        label="Utilization",
        meaning="Tracked hours in percent of capacity without leave, last 4 full weeks; before: the 4 weeks before.",
        tables=("time_tracking.utilization_weekly",),
        sql=_of_utilization("100 * sum(tracked_hours) / nullif(sum(net_capacity_hours), 0)"),
        kind="percent",
    ),
    Figure(
        name="link_coverage",
        label="Time linked to stories",
        meaning="Linked hours in percent of tracked hours, last 4 full weeks; before: the 4 weeks before.",
        tables=("effort.link_coverage", "time_tracking.utilization_weekly"),
        sql=f"""
WITH{FULL_WEEKS},
periods AS (
    SELECT
        place > 4 AS is_previous,
        max(place) AS weeks,
        100 * sum(linked_hours) / nullif(sum(tracked_hours), 0) AS value
    FROM effort.link_coverage
    JOIN weeks USING (week_start)
    GROUP BY ALL
)
SELECT
    max(value) FILTER (NOT is_previous) AS value,
    max(value) FILTER (is_previous AND weeks = 8) AS previous
FROM periods
""",
        kind="percent",
        better="more",
    ),
)
