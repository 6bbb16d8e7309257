"""Scope progress: what epics and releases have in common as sets of stories.

Here: totals over the stories of a scope, the projection of its end, and the columns of both tables. Not here: which
stories belong to a scope (``epic_progress``, ``release_status``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun
from pipelines.metrics.project_management import monte_carlo

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

MEASURES = """
**Stories** are those in scope, in any state, but releases and deleted stories; **points** as in `story_facts.points`.
`done_pct` = accepted points / points; where no story has points, accepted stories / stories (`done_basis` says which);
NULL without stories. First and last activity: the first creation and the last known change of state among the stories.
"""

# Needs scope_stories (scope_id and the columns of story_facts); gives scope_totals.
SCOPE_TOTALS = """
    last_moves AS (
        SELECT story_id, max(entered_at) FILTER (NOT is_assumed) AS last_moved_at
        FROM project_management.story_states
        GROUP BY ALL
    ),
    scope_totals AS (
        SELECT
            scope_id,
            count(*) AS stories,
            count(*) FILTER (current_state = 'accepted') AS accepted_stories,
            sum(points) AS points,
            coalesce(sum(points) FILTER (current_state = 'accepted'), 0) AS accepted_points,
            if(sum(points) > 0, 'points', 'stories') AS done_basis,
            min(created_at) AS first_activity_at,
            greatest(max(created_at), max(last_moved_at)) AS last_activity_at
        FROM scope_stories
        LEFT JOIN last_moves USING (story_id)
        WHERE story_type <> 'release'
            AND NOT is_deleted
        GROUP BY ALL
    )"""

_PROJECTED = """
SELECT
    * EXCLUDE (done_basis, deadline, days_late, is_on_time, p50_weeks, p85_weeks, zone),
    CASE
        WHEN done_basis = 'points' THEN 100 * accepted_points / points
        WHEN done_basis = 'stories' THEN 100.0 * accepted_stories / stories
    END AS done_pct,
    done_basis,
    deadline,
    days_late,
    is_on_time,
    if(p50_weeks < 360000, local_date(as_of(), zone) + (7 * p50_weeks)::INTEGER, NULL) AS projected_p50_date,
    if(p85_weeks < 360000, local_date(as_of(), zone) + (7 * p85_weeks)::INTEGER, NULL) AS projected_p85_date
FROM scope_progress
"""


def with_projection(
    con: duckdb.DuckDBPyConnection,
    run: MetricRun,
    scopes: duckdb.DuckDBPyRelation,
    paces: Iterable[tuple[int, int, list[int]]],
) -> duckdb.DuckDBPyRelation:
    """``scopes`` with the days by which the rest of each is done in 50 % and 85 % of simulated futures.

    ``paces``: scope id, stories to go, and the past weeks to draw from; scopes without any of them get NULL.
    """
