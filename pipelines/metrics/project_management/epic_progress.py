"""Epic progress: how far each epic is today, and when it will be done.

Not here: totals and projections as such (``scopes``), the course of an epic over time (``burnup``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.scopes import (
    MEASURES,
    SCOPE_COLUMNS,
    SCOPE_TOTALS,
    define_projections,
)

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
One row per epic. Its stories are those that carry its label.
{MEASURES}
**Projection.** A Monte Carlo simulation as in `forecast`, at the epic's own pace: drawn from the epic's stories accepted
per week, in the complete weeks since the first of them was started or accepted, the last `history_weeks` of them.
`projected_p50_date` and `projected_p85_date` are the days by which the remaining stories (icebox included) are accepted
in 50 % and 85 % of the simulated futures, if scope does not grow; NULL where nothing remains or nothing was accepted in
those weeks. An epic has no deadline in Tracker: `deadline` and `days_late` are NULL.
"""

_PACES = """
WITH
    stories AS (
        SELECT
            unnest(epic_ids) AS epic_id,
            current_state <> 'accepted' AS is_open,
            accepted_at,
            least(first_started_at, accepted_at) AS begun_at
        FROM project_management.story_facts
        WHERE story_type <> 'release'
            AND NOT is_deleted
    ),
    dated_stories AS (
        SELECT
            epic_id,
            epics.project_id,
            is_open,
            week_start(local_date(accepted_at, zone), week_starts_on) AS accepted_week,
            week_start(local_date(begun_at, zone), week_starts_on) AS begun_week
        FROM stories
        JOIN pivotal_tracker.epics AS epics ON epics.id = epic_id
        JOIN project_calendars ON project_calendars.project_id = epics.project_id
    ),
    epics AS (
        SELECT
            epic_id,
            project_id,
            count(*) FILTER (is_open) AS to_go,
            min(begun_week) AS first_week
        FROM dated_stories
        GROUP BY ALL
    ),
    accepted AS (
        SELECT epic_id, accepted_week AS week_start, count(*) AS accepted
        FROM dated_stories
        GROUP BY ALL
    ),
    complete_weeks AS (
        SELECT DISTINCT project_id, week_start
        FROM project_management.throughput_weekly
        WHERE NOT is_partial
    ),
    history AS (
        SELECT epic_id, to_go, week_start, coalesce(accepted, 0) AS accepted
        FROM epics
        JOIN complete_weeks USING (project_id)
        LEFT JOIN accepted USING (epic_id, week_start)
        WHERE week_start >= first_week
        QUALIFY row_number() OVER (PARTITION BY epic_id ORDER BY week_start DESC) <= $weeks
    )
SELECT epic_id, to_go, list(accepted ORDER BY week_start)
FROM history
GROUP BY ALL
"""

_SQL = f"""
WITH
    scope_stories AS (
        SELECT unnest(epic_ids) AS scope_id, *
        FROM project_management.story_facts
    ),{SCOPE_TOTALS}
SELECT
    epics.project_id,
    epics.id AS epic_id,
    coalesce(stories, 0) AS stories,
    coalesce(accepted_stories, 0) AS accepted_stories,
    coalesce(points, 0) AS points,
    coalesce(accepted_points, 0) AS accepted_points,
    done_pct,
    done_basis,
    first_activity_at,
    last_activity_at,
    NULL::TIMESTAMPTZ AS deadline,
    NULL::BIGINT AS days_late,
    date_in_weeks(p50_weeks, zone) AS projected_p50_date,
    date_in_weeks(p85_weeks, zone) AS projected_p85_date
FROM pivotal_tracker.epics AS epics
LEFT JOIN project_calendars ON project_calendars.project_id = epics.project_id
LEFT JOIN scope_totals ON scope_totals.scope_id = epics.id
LEFT JOIN temp.projections ON projections.scope_id = epics.id
"""


def epic_progress(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Totals and projection of every epic; grain (project_id, epic_id)."""
    define_calendar(con, run)
    paces = con.execute(_PACES, {"weeks": run.settings.forecast.history_weeks}).fetchall()
    define_projections(con, run, paces)
    return con.sql(_SQL)


EPIC_PROGRESS = MetricTable(
    schema="project_management",
    name="epic_progress",
    grain=("project_id", "epic_id"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("epic_id", "BIGINT", "Epic."),
        *SCOPE_COLUMNS,
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.epics",
        "project_management.story_states",
        "project_management.story_facts",
        "project_management.throughput_weekly",
    ),
    compute=epic_progress,
    headlines={
        "stories": "sum(stories)",
        "accepted": "sum(accepted_stories)",
    },
    settings=("forecast",),
)
