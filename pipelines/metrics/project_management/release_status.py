"""Release status: how far each release is today, whether it is on time, and when it will be done.

Not here: totals and projections as such (``scopes``), the course of a release over time (``burnup``).
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
One row per release, also where a host lists releases only as stories. Its stories are those above its marker, as
Tracker lists them (between the marker before it and its own); where a host does not list them, counts are NULL.
{MEASURES}
**On time.** A release is on time when it is accepted by the end of the deadline's local day. `days_late` counts the
local days from the deadline to the acceptance, for an open release to today; 0 if on time or not yet due; NULL without
a deadline. `is_on_time` is NULL while that is open.

One that was made after the moment that counts as now has no row, and one that was accepted after it is open.

**Projection.** A Monte Carlo simulation as in `forecast`, at the project's pace, for the stories that remain in the
release and in the open releases before it: those with an earlier deadline (without a deadline: last, then by id).
`projected_p50_date` and `projected_p85_date` are the days by which they are done in 50 % and 85 % of the simulated
futures; NULL for an accepted release, and where nothing remains or is known.
{PROJECTION}
"""

# A part of a WITH clause: all releases, and which stories each of them holds.
_RELEASES = """
    listed_releases AS (
        SELECT id, project_id, deadline, created_at, accepted_at, story_ids
        FROM pivotal_tracker.releases
        UNION ALL
        SELECT id, project_id, deadline, created_at, accepted_at, NULL AS story_ids
        FROM pivotal_tracker.stories
        ANTI JOIN pivotal_tracker.releases USING (id)
        WHERE story_type = 'release'
    ),
    -- One that was made later does not exist yet, one that was accepted later is open.
    releases AS (
        SELECT
            id AS release_id,
            project_id,
            plausible(deadline) AS deadline,
            if(accepted_at <= as_of(), accepted_at, NULL) AS accepted_at,
            story_ids
        FROM listed_releases
        WHERE coalesce(plausible(created_at) <= as_of(), true)
    ),
    scope_stories AS (
        SELECT release_id AS scope_id, story_facts.*
        FROM (
            SELECT release_id, unnest(from_json(story_ids, '["BIGINT"]')) AS story_id
            FROM releases
        )
        JOIN project_management.story_facts USING (story_id)
    )"""

_TO_GO = f"""
WITH{_RELEASES},
    open_stories AS (
        SELECT scope_id AS release_id, count(*) AS open_stories
        FROM scope_stories
        WHERE current_state <> 'accepted'
            AND story_type <> 'release'
            AND NOT is_deleted
        GROUP BY ALL
    )
SELECT
    release_id,
    project_id,
    sum(open_stories) OVER (PARTITION BY project_id ORDER BY deadline, release_id)::BIGINT AS to_go
FROM releases
JOIN open_stories USING (release_id)
WHERE accepted_at IS NULL
"""

_SQL = f"""
WITH{_RELEASES},{SCOPE_TOTALS},
    dated_releases AS (
        SELECT
            *,
            story_ids IS NOT NULL AS has_stories,
            local_date(deadline, zone) AS due_on,
            local_date(coalesce(accepted_at, as_of()), zone) AS compared_on
        FROM releases
        JOIN project_calendars USING (project_id)
    )
SELECT
    dated_releases.project_id,
    release_id,
    if(has_stories, coalesce(stories, 0), NULL) AS stories,
    if(has_stories, coalesce(accepted_stories, 0), NULL) AS accepted_stories,
    if(has_stories, coalesce(points, 0), NULL) AS points,
    if(has_stories, coalesce(accepted_points, 0), NULL) AS accepted_points,
    done_pct,
    done_basis,
    done_points_pct,
    done_stories_pct,
    first_activity_at,
    last_activity_at,
    deadline,
    if(due_on IS NULL, NULL, greatest(compared_on - due_on, 0)) AS days_late,
    CASE
        WHEN days_late > 0 THEN false
        WHEN days_late = 0 AND accepted_at IS NOT NULL THEN true
    END AS is_on_time,
    date_in_weeks(p50_weeks, zone) AS projected_p50_date,
    date_in_weeks(p85_weeks, zone) AS projected_p85_date,
    if(projections.scope_id IS NULL, 'nothing_open', reason) AS projection_reason,
    n AS past_p85_dates,
    hits AS past_p85_dates_kept
FROM dated_releases
LEFT JOIN scope_totals ON scope_totals.scope_id = release_id
LEFT JOIN temp.projections ON projections.scope_id = release_id
"""


def release_status(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Totals, punctuality and projection of every release; grain (project_id, release_id)."""
    define_calendar(con, run)
    paces = con.execute(_TO_GO).fetchall()
    define_projections(con, run, (Pace(*pace) for pace in paces))
    return con.sql(_SQL + past_dates("dated_releases.project_id", run))


RELEASE_STATUS = MetricTable(
    schema="project_management",
    name="release_status",
    grain=("project_id", "release_id"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("release_id", "BIGINT", "Release; also the id of its story."),
        *SCOPE_COLUMNS,
        Column(
            "is_on_time",
            "BOOLEAN",
            "Whether it was accepted by the end of the deadline's day; NULL while open.",
        ),
        *PROJECTION_COLUMNS,
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.releases",
        "project_management.story_states",
        "project_management.story_facts",
        "project_management.throughput_weekly",
        "project_management.forecast_calibration",
    ),
    optional=("project_management.forecast_calibration",),
    compute=release_status,
    headlines={
        "late_releases": "count(*) FILTER (days_late > 0)",
    },
    settings=("forecast",),
)
