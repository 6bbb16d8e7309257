"""Scopes: what epics and releases have in common as sets of stories.

Here: totals over the stories of a scope, the projection of its end, and the columns for both. Not here: which stories
belong to a scope (``epic_progress``, ``release_status``), its course over time (``burnup``).
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

# A part of a WITH clause: needs scope_stories (scope_id and the columns of story_facts), gives scope_totals.
SCOPE_TOTALS = """
    last_moves AS (
        SELECT story_id, max(entered_at) FILTER (NOT is_assumed) AS last_moved_at
        FROM project_management.story_states
        GROUP BY ALL
    ),
    scope_sums AS (
        SELECT
            scope_id,
            count(*) AS stories,
            count(*) FILTER (current_state = 'accepted') AS accepted_stories,
            sum(points) AS points,
            coalesce(sum(points) FILTER (current_state = 'accepted'), 0) AS accepted_points,
            min(created_at) AS first_activity_at,
            greatest(max(created_at), max(last_moved_at)) AS last_activity_at
        FROM scope_stories
        LEFT JOIN last_moves USING (story_id)
        WHERE story_type <> 'release'
            AND NOT is_deleted
        GROUP BY ALL
    ),
    scope_totals AS (
        SELECT
            *,
            if(points > 0, 'points', 'stories') AS done_basis,
            if(points > 0, 100 * accepted_points / points, 100.0 * accepted_stories / stories) AS done_pct
        FROM scope_sums
    )"""

SCOPE_COLUMNS = (
    Column("stories", "BIGINT", "Stories in scope."),
    Column("accepted_stories", "BIGINT", "Those of them that are accepted."),
    Column("points", "DOUBLE", "Points of the stories in scope."),
    Column("accepted_points", "DOUBLE", "Points of the accepted ones."),
    Column("done_pct", "DOUBLE", "Accepted part of the scope, in percent."),
    Column("done_basis", "VARCHAR", "What done_pct is a part of: points or stories."),
    Column("first_activity_at", "TIMESTAMPTZ", "Creation of the oldest story in scope."),
    Column("last_activity_at", "TIMESTAMPTZ", "Last known change of state of a story in scope."),
    Column("deadline", "TIMESTAMPTZ", "Deadline."),
    Column("days_late", "BIGINT", "Local days after the deadline."),
    Column(
        "projected_p50_date", "DATE", "Local day by which the rest is accepted in 50 % of futures."
    ),
    Column(
        "projected_p85_date", "DATE", "Local day by which the rest is accepted in 85 % of futures."
    ),
)


def define_projections(
    con: duckdb.DuckDBPyConnection, run: MetricRun, paces: Iterable[tuple[int, int, list[int]]]
) -> None:
    """Make the temporary table ``projections`` (scope_id, p50_weeks, p85_weeks) from simulated futures.

    ``paces``: scope id, number of stories to go, stories accepted in each past week to draw from. A scope with
    nothing to go or nothing accepted in those weeks has no projection.
    """
    settings = run.settings.forecast
    con.execute(
        "CREATE OR REPLACE TEMP TABLE projections (scope_id BIGINT, p50_weeks BIGINT, p85_weeks BIGINT)"
    )
    for scope_id, to_go, weekly in paces:
        if to_go and any(weekly):
            random = monte_carlo.generator(settings.seed, scope_id, to_go)
            weeks = monte_carlo.weeks_until(weekly, to_go, settings.trials, random)
            p50, p85 = (monte_carlo.nearest_rank(weeks, percent) for percent in (50, 85))
            con.execute("INSERT INTO projections VALUES (?, ?, ?)", [scope_id, p50, p85])
