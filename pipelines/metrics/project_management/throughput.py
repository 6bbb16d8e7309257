"""Throughput: stories accepted and created per week.

Here: the weekly table, and the histories that forecasts draw from. Not here: what is forecast from it (``forecast``), throughput per iteration (``iteration_metrics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per week and story type (feature, bug, chore, release), weeks without anything included, from the week of the
project's first story up to the current week. Weeks start on the project's `week_start_day` in the project's zone.

`accepted` and `points` count stories by their `accepted_at`, `created` by their creation; deleted stories do not count.
`net_flow` = accepted - created: above zero, more was finished than came in. The current week is `is_partial`.
"""

_SQL = """
WITH
    types AS (
        SELECT unnest(['feature', 'bug', 'chore', 'release']) AS story_type
    ),
    stories AS (
        SELECT
            project_id,
            story_type,
            points,
            week_start(local_date(created_at, zone), week_starts_on) AS created_week,
            week_start(local_date(accepted_at, zone), week_starts_on) AS accepted_week
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE NOT is_deleted
    ),
    accepted AS (
        SELECT
            project_id,
            accepted_week AS week_start,
            story_type,
            count(*) AS accepted,
            sum(points) AS points
        FROM stories
        WHERE accepted_week IS NOT NULL
        GROUP BY ALL
    ),
    created AS (
        SELECT
            project_id,
            created_week AS week_start,
            story_type,
            count(*) AS created
        FROM stories
        GROUP BY ALL
    ),
    current_weeks AS (
        SELECT
            project_id,
            week_start(today, week_starts_on) AS current_week
        FROM project_calendars
    ),
    spans AS (
        SELECT
            project_id,
            current_week,
            min(least(created_week, accepted_week)) AS first_week
        FROM stories
        JOIN current_weeks USING (project_id)
        GROUP BY ALL
    ),
    weeks AS (
        SELECT
            project_id,
            current_week,
            unnest(generate_series(first_week, current_week, INTERVAL 7 DAY))::DATE AS week_start
        FROM spans
    )
SELECT
    project_id,
    week_start,
    story_type,
    coalesce(accepted, 0) AS accepted,
    coalesce(points, 0) AS points,
    coalesce(created, 0) AS created,
    coalesce(accepted, 0) - coalesce(created, 0) AS net_flow,
    week_start = current_week AS is_partial
FROM weeks
CROSS JOIN types
LEFT JOIN accepted USING (project_id, week_start, story_type)
LEFT JOIN created USING (project_id, week_start, story_type)
"""

_HISTORIES = """
WITH
    weeks AS (
        SELECT project_id, week_start, sum(accepted)::BIGINT AS accepted
        FROM project_management.throughput_weekly
        WHERE story_type <> 'release'
            AND NOT is_partial
        GROUP BY ALL
    ),
    last_weeks AS (
        SELECT *
        FROM weeks
        QUALIFY row_number() OVER (PARTITION BY project_id ORDER BY week_start DESC) <= $weeks
    )
SELECT project_id, list(accepted ORDER BY week_start)
FROM last_weeks
GROUP BY ALL
"""


def throughput_weekly(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Accepted and created stories per week and type; grain (project_id, week_start, story_type)."""
    define_calendar(con, run)
    return con.sql(_SQL)


def weekly_histories(con: duckdb.DuckDBPyConnection, weeks: int) -> dict[int, list[int]]:
    """Stories accepted in each of the last complete weeks, oldest first, by project id; reads throughput_weekly.

    All types but releases count; weeks in which nothing was accepted are there as 0.
    """
    return dict(con.execute(_HISTORIES, {"weeks": weeks}).fetchall())


THROUGHPUT_WEEKLY = MetricTable(
    schema="project_management",
    name="throughput_weekly",
    grain=("project_id", "week_start", "story_type"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("week_start", "DATE", "First day of the week, in the project's zone."),
        Column("story_type", "VARCHAR", "feature, bug, chore or release."),
        Column("accepted", "BIGINT", "Stories accepted in the week."),
        Column("points", "DOUBLE", "Points of those stories."),
        Column("created", "BIGINT", "Stories created in the week."),
        Column("net_flow", "BIGINT", "Accepted minus created stories."),
        Column("is_partial", "BOOLEAN", "Whether the week is not over."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_facts",
    ),
    compute=throughput_weekly,
    headlines={
        "accepted": "sum(accepted)",
        "created": "sum(created)",
    },
)
