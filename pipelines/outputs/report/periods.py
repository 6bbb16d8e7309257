"""The SQL of figures that compare a period with the one before, of the company or of each Tracker project.

A week is *full* when it is neither the current one nor the first of the data, which seldom begins with the first day
of a week. Not here: which figures there are.
"""

from __future__ import annotations

#: How the two periods of most figures are called beside their values.
FOUR_WEEKS, FOUR_BEFORE = "last 4 full weeks", "4 weeks before"
NOW, FOUR_WEEKS_AGO = "now", "28 days ago"

#: The eight last full weeks of Clockify's calendar, the newest is 1.
FULL_WEEKS = """
weeks AS (
    SELECT week_start, row_number() OVER (ORDER BY week_start DESC) AS place
    FROM time_tracking.utilization_weekly
    GROUP BY week_start
    HAVING NOT bool_or(is_partial)
    QUALIFY week_start > (SELECT min(week_start) FROM time_tracking.utilization_weekly)
    ORDER BY place
    LIMIT 8
)"""


def of_full_weeks(table: str, value: str) -> str:
    """A value of ``table`` over the last four full weeks, and over the four before if there are as many."""
    return f"""
WITH{FULL_WEEKS},
periods AS (
    SELECT place > 4 AS is_previous, max(place) AS weeks, {value} AS value
    FROM {table}
    JOIN weeks USING (week_start)
    GROUP BY ALL
)
SELECT
    max(value) FILTER (NOT is_previous) AS value,
    max(value) FILTER (is_previous AND weeks = 8) AS previous
FROM periods
"""


def accepted(column: str, *, each_project: bool) -> str:
    """The sum of ``column`` over each project's last four full weeks, and over the four before if there are as many."""
    return f"""
WITH
counted AS (
    SELECT project_id, week_start, sum({column}) AS value, bool_or(is_partial) AS is_partial
    FROM project_management.throughput_weekly
    WHERE story_type != 'release'
    GROUP BY project_id, week_start
    QUALIFY week_start > min(week_start) OVER (PARTITION BY project_id)
),
weeks AS (
    SELECT *, row_number() OVER (PARTITION BY project_id ORDER BY week_start DESC) AS place
    FROM counted
    WHERE NOT is_partial
)
SELECT
    {"project_id AS subject," if each_project else ""}
    sum(value) FILTER (place <= 4) AS value,
    CASE WHEN max(place) >= 8 THEN sum(value) FILTER (place BETWEEN 5 AND 8) END AS previous
FROM weeks
{"GROUP BY project_id ORDER BY subject" if each_project else ""}
"""


def in_progress(*, each_project: bool) -> str:
    """The stories in progress now, and 28 days ago."""
    return f"""
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
    {"project_id AS subject," if each_project else ""}
    sum(wip) FILTER (days_ago = 0) AS value,
    sum(wip) FILTER (days_ago = 28) AS previous
FROM days
{"GROUP BY project_id ORDER BY subject" if each_project else ""}
"""
