"""Epic progress: how far each epic is today, and when it will be done.

Not here: totals and projections as such (``scopes``), the course of an epic over time (``burnup``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.scopes import (
    MEASURES,
    PROJECTION,
    PROJECTION_COLUMNS,
    SCOPE_COLUMNS,
    SCOPE_TOTALS,
    Pace,
    define_projections,
    past_dates,
)

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
One row per epic. Its stories are those that carry its label.
{MEASURES}
**Projection.** A Monte Carlo simulation as in `forecast`, at the epic's own pace: drawn from the complete weeks since the
first of its stories was started or accepted, the last `history_weeks` of them. Accepted and growth of a week are by how
much `accepted_stories` and `scope_stories` of its burn-up rose. `projected_p50_date` and `projected_p85_date` are the days
by which the stories that remain today (icebox included) are done in 50 % and 85 % of the simulated futures.
{PROJECTION}
An epic has no deadline in Tracker: `deadline` and `days_late` are NULL.
"""

# NULL where no week is complete since the epic began.
_PACES = """
WITH
    stories AS (
        SELECT
            unnest(epic_ids) AS epic_id,
            current_state <> 'accepted' AS is_open,
            least(first_started_at, accepted_at) AS begun_at
        FROM project_management.story_facts
        WHERE story_type <> 'release'
            AND NOT is_deleted
    ),
    epics AS (
        SELECT
            epic_id,
            epics.project_id,
            count(*) FILTER (is_open) AS to_go,
            min(week_start(local_date(begun_at, zone), week_starts_on)) AS first_week
        FROM stories
        JOIN pivotal_tracker.epics AS epics ON epics.id = epic_id
        JOIN project_calendars ON project_calendars.project_id = epics.project_id
        GROUP BY ALL
    ),
    days AS (
        SELECT scope_id AS epic_id, date, accepted_stories, scope_stories
        FROM project_management.burnup_daily
        WHERE scope_kind = 'epic'
    ),
    weeks AS (
        SELECT DISTINCT project_id, week_start
        FROM project_management.throughput_weekly
        WHERE NOT is_partial
    ),
    history AS (
        SELECT
            epics.epic_id,
            week_start,
            coalesce(ends.accepted_stories, 0) - coalesce(begins.accepted_stories, 0) AS accepted,
            -- What an epic begins with is no growth.
            coalesce(ends.scope_stories - begins.scope_stories, 0) AS growth
        FROM epics
        JOIN weeks USING (project_id)
        LEFT JOIN days AS begins
            ON begins.epic_id = epics.epic_id
            AND begins.date = week_start - 1
        LEFT JOIN days AS ends
            ON ends.epic_id = epics.epic_id
            AND ends.date = week_start + 6
        WHERE week_start >= first_week
        QUALIFY row_number() OVER (PARTITION BY epics.epic_id ORDER BY week_start DESC) <= $weeks
    ),
    paces AS (
        SELECT
            epic_id,
            list(accepted ORDER BY week_start) AS accepted,
            list(growth ORDER BY week_start) AS growth
        FROM history
        GROUP BY ALL
    )
SELECT epic_id, project_id, to_go, coalesce(accepted, []) AS accepted, coalesce(growth, []) AS growth
FROM epics
LEFT JOIN paces USING (epic_id)
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
    done_points_pct,
    done_stories_pct,
    first_activity_at,
    last_activity_at,
    NULL::TIMESTAMPTZ AS deadline,
    NULL::BIGINT AS days_late,
    date_in_weeks(p50_weeks, zone) AS projected_p50_date,
    date_in_weeks(p85_weeks, zone) AS projected_p85_date,
    if(projections.scope_id IS NULL, 'nothing_open', reason) AS projection_reason,
    n AS past_p85_dates,
    hits AS past_p85_dates_kept
FROM pivotal_tracker.epics AS epics
LEFT JOIN project_calendars ON project_calendars.project_id = epics.project_id
LEFT JOIN scope_totals ON scope_totals.scope_id = epics.id
LEFT JOIN temp.projections ON projections.scope_id = epics.id
{{past_dates}}
-- One that was made later does not exist yet.
WHERE coalesce(plausible(epics.created_at) <= as_of(), true)
"""


def epic_progress(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Totals and projection of every epic; grain (project_id, epic_id)."""
    define_calendar(con, run)
    paces = con.execute(_PACES, {"weeks": run.settings.forecast.history_weeks}).fetchall()
    define_projections(con, run, (Pace(*pace) for pace in paces))
    return con.sql(_SQL.replace("{past_dates}", past_dates("epics.project_id", run)))


EPIC_PROGRESS = MetricTable(
    schema="project_management",
    name="epic_progress",
    grain=("project_id", "epic_id"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("epic_id", "BIGINT", "Epic."),
        *SCOPE_COLUMNS,
        *PROJECTION_COLUMNS,
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.epics",
        "project_management.story_states",
        "project_management.story_facts",
        "project_management.throughput_weekly",
        "project_management.burnup_daily",
        "project_management.forecast_calibration",
    ),
    optional=("project_management.forecast_calibration",),
    compute=epic_progress,
    overlaps="A story may be in several epics; count project_management.story_facts instead.",
    headlines={
        "stories": "sum(stories)",
        "accepted": "sum(accepted_stories)",
    },
    settings=("forecast",),
)
