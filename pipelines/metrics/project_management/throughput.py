"""Throughput: stories accepted and created per week.

Here: the weekly table. Not here: what forecasts draw from (``forecast_history``, which agrees with it), throughput per
iteration (``iteration_metrics``).
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

`accepted` and `points` count stories by their `accepted_at`, `created` by their creation. A deleted story counts in the
weeks that were over before it was deleted, so that closed weeks stay as they were.
`net_flow` = accepted - created: above zero, more was finished than came in. The current week is `is_partial`.

**Open** stories are those in unstarted, planned, started, finished, delivered or rejected. `open_stories` counts them at
the end of the week, `scope_growth` is by how much the scope grew: stories created there or moved out of the icebox, less
those deleted or moved back. So open stories at the end = open stories a week before + growth - accepted. A story that is
created and accepted within the week is growth of 1, too; one that was accepted and then re-opened counts in the week of
its last acceptance alone, and its first one as a story that left.

Example: 2 stories are created in the backlog, 1 comes out of the icebox, 1 of the backlog is deleted, 3 are accepted:
growth 2, and 1 open story less than a week before.
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
            week_start(local_date(accepted_at, zone), week_starts_on) AS accepted_week,
            -- NULL: it is still there.
            week_start(local_date(deleted_at, zone), week_starts_on) AS deleted_week
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
    ),
    accepted AS (
        SELECT
            project_id,
            accepted_week AS week_start,
            story_type,
            count(*) AS accepted,
            sum(points) AS points
        FROM stories
        WHERE accepted_week < coalesce(deleted_week, DATE 'infinity')
        GROUP BY ALL
    ),
    created AS (
        SELECT
            project_id,
            created_week AS week_start,
            story_type,
            count(*) AS created
        FROM stories
        WHERE created_week < coalesce(deleted_week, DATE 'infinity')
        GROUP BY ALL
    ),
    stays AS (
        SELECT
            facts.project_id,
            story_type,
            week_start(entered_on, week_starts_on) AS entered_week,
            week_start(left_on, week_starts_on) AS left_week
        FROM project_management.story_states
        JOIN project_management.story_facts AS facts USING (story_id)
        JOIN project_calendars ON project_calendars.project_id = facts.project_id
        WHERE state IN ('unstarted', 'planned', 'started', 'finished', 'delivered', 'rejected')
    ),
    moves AS (
        SELECT project_id, story_type, entered_week AS week_start, 1 AS stories
        FROM stays
        UNION ALL
        SELECT project_id, story_type, left_week AS week_start, -1 AS stories
        FROM stays
        WHERE left_week IS NOT NULL
    ),
    net_moves AS (
        SELECT project_id, week_start, story_type, sum(stories) AS net_opened
        FROM moves
        GROUP BY ALL
    ),
    current_weeks AS (
        SELECT
            project_id,
            week_start(today, week_starts_on) AS current_week
        FROM project_calendars
    ),
    -- Imported stories may have moved before they were created.
    first_moves AS (
        SELECT project_id, min(entered_week) AS moved_week
        FROM stays
        GROUP BY ALL
    ),
    spans AS (
        SELECT
            project_id,
            current_week,
            min(least(created_week, accepted_week, moved_week)) AS first_week
        FROM stories
        JOIN current_weeks USING (project_id)
        LEFT JOIN first_moves USING (project_id)
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
    (coalesce(net_opened, 0) + coalesce(accepted, 0))::BIGINT AS scope_growth,
    coalesce(
        sum(net_opened) OVER (PARTITION BY project_id, story_type ORDER BY week_start), 0
    )::BIGINT AS open_stories,
    week_start = current_week AS is_partial
FROM weeks
CROSS JOIN types
LEFT JOIN accepted USING (project_id, week_start, story_type)
LEFT JOIN created USING (project_id, week_start, story_type)
LEFT JOIN net_moves USING (project_id, week_start, story_type)
"""


def throughput_weekly(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Accepted and created stories per week and type; grain (project_id, week_start, story_type)."""
    define_calendar(con, run)
    return con.sql(_SQL)


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
        Column(
            "scope_growth", "BIGINT", "By how much the open scope grew, before what was accepted."
        ),
        Column("open_stories", "BIGINT", "Open stories at the end of the week."),
        Column("is_partial", "BOOLEAN", "Whether the week is not over."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_states",
        "project_management.story_facts",
    ),
    compute=throughput_weekly,
    headlines={
        "accepted": "sum(accepted)",
        "created": "sum(created)",
    },
)
