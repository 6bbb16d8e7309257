"""Scopes: what epics and releases have in common as sets of stories.

Here: totals over the stories of a scope, the projection of its end, and the columns for both. Not here: which stories
belong to a scope (``epic_progress``, ``release_status``), its course over time (``burnup``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun
from pipelines.metrics.optional import if_readable
from pipelines.metrics.project_management import monte_carlo
from pipelines.metrics.project_management.forecast_backtest import FORECAST_CALIBRATION
from pipelines.metrics.project_management.forecast_history import project_histories
from pipelines.metrics.project_management.overtaking import PARTS, Past, past_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from pipelines.metrics.project_management.monte_carlo import Draws

MEASURES = """
**Stories** are those in scope, in any state, but releases and deleted stories; **points** as in `story_facts.points`.
`done_pct` = accepted points / points; where no story has points, or all points are accepted while a story is open,
accepted stories / stories (`done_basis` says which), so that it is below 100 while a story is open; NULL without stories.
`done_points_pct` and `done_stories_pct` give both. Example: features of 3 and 2 points are accepted, a bug without points
is open: 100 % of the points, 66.7 % of the stories, `done_pct` 66.7.
First and last activity: the first creation and the last known change of state among the stories.
"""

PROJECTION = """
**Scope grows** as in `forecast` with `scope = 'growing'`: the part of the growth that goes ahead is that of the project.
`projection_reason` says why there is no date: `nothing_open`, `no_throughput` (nothing was accepted in those weeks),
`no_end_in_sight` (within 260 weeks). How often the project's own dates of this kind, all open stories at 85 %, were
right: `past_p85_dates_kept` of `past_p85_dates` (`forecast_calibration`).
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
            100 * accepted_points / nullif(points, 0) AS done_points_pct,
            100.0 * accepted_stories / stories AS done_stories_pct,
            if(
                points > 0 AND (accepted_points < points OR accepted_stories = stories), 'points', 'stories'
            ) AS done_basis,
            if(done_basis = 'points', done_points_pct, done_stories_pct) AS done_pct
        FROM scope_sums
    )"""

# Joins what the project's own forecasts of this kind were worth; to be completed with what to read that from.
_PAST_DATES = """
    LEFT JOIN {calibration} AS calibration
        ON calibration.project_id = {project_id}
        AND calibration.question = 'when'
        AND calibration.scope = 'growing'
        AND calibration.percentile = 85"""


def past_dates(project_id: str, run: MetricRun) -> str:
    """SQL of a join of the columns ``n`` and ``hits``, which are NULL where nobody knows; ``project_id`` is SQL."""
    return _PAST_DATES.format(
        calibration=if_readable(FORECAST_CALIBRATION, run), project_id=project_id
    )


SCOPE_COLUMNS = (
    Column("stories", "BIGINT", "Stories in scope."),
    Column("accepted_stories", "BIGINT", "Those of them that are accepted."),
    Column("points", "DOUBLE", "Points of the stories in scope."),
    Column("accepted_points", "DOUBLE", "Points of the accepted ones."),
    Column("done_pct", "DOUBLE", "Accepted part of the scope, in percent."),
    Column("done_basis", "VARCHAR", "What done_pct is a part of: points or stories."),
    Column("done_points_pct", "DOUBLE", "Accepted part of the points, in percent."),
    Column("done_stories_pct", "DOUBLE", "Accepted part of the stories, in percent."),
    Column("first_activity_at", "TIMESTAMPTZ", "Creation of the oldest story in scope."),
    Column("last_activity_at", "TIMESTAMPTZ", "Last known change of state of a story in scope."),
    Column("deadline", "TIMESTAMPTZ", "Deadline."),
    Column("days_late", "BIGINT", "Local days after the deadline."),
)

PROJECTION_COLUMNS = (
    Column("projected_p50_date", "DATE", "Local day by which the rest is done in 50 % of futures."),
    Column("projected_p85_date", "DATE", "Local day by which the rest is done in 85 % of futures."),
    Column(
        "projection_reason",
        "VARCHAR",
        "Why there is no date at 85 %: nothing_open, no_throughput or no_end_in_sight.",
    ),
    Column("past_p85_dates", "BIGINT", "Dates at 85 % that the project's forecasts gave before."),
    Column("past_p85_dates_kept", "BIGINT", "Those of them that were kept."),
)


@dataclass(frozen=True)
class Pace:
    """How fast a scope comes nearer to its end: stories to go, and what was accepted and added in each past week.

    Where those are None, the scope goes at its project's pace.
    """

    scope_id: int
    project_id: int
    to_go: int
    accepted: Sequence[int] | None = None
    growth: Sequence[int] = ()


def define_projections(
    con: duckdb.DuckDBPyConnection, run: MetricRun, paces: Iterable[Pace]
) -> None:
    """Make the temporary table ``projections`` (scope_id, p50_weeks, p85_weeks, reason) from simulated futures.

    The connection has the words of ``calendar``.
    """
    settings = run.settings.forecast
    draws = monte_carlo.Draws(settings.trials, settings.seed)
    pasts = {
        history.project_id: past_of(history, history.now, settings.history_weeks, draws)
        for history in project_histories(con)
    }
    con.execute(
        "CREATE OR REPLACE TEMP TABLE projections"
        " (scope_id BIGINT, p50_weeks BIGINT, p85_weeks BIGINT, reason VARCHAR)"
    )
    for pace in paces:
        row = [pace.scope_id, *_projected(pace, pasts.get(pace.project_id), draws)]
        con.execute("INSERT INTO projections VALUES (?, ?, ?, ?)", row)


def _projected(
    pace: Pace, project: Past | None, draws: Draws
) -> tuple[int | None, int | None, str | None]:
    """Weeks at 50 % and 85 %, and why there are none."""
    import numpy

    if not pace.to_go:
        return None, None, "nothing_open"
    past = project
    if pace.accepted is not None:
        overtaking = project.overtaking if project else PARTS
        accepted, growth = (
            numpy.asarray(weekly, dtype=numpy.int64) for weekly in (pace.accepted, pace.growth)
        )
        past = Past(accepted, growth, overtaking)
    if past is None or not past.accepted.any():
        return None, None, "no_throughput"
    weeks = monte_carlo.weeks_until(past.steps("growing"), PARTS * pace.to_go, draws)
    outcomes = monte_carlo.Outcomes.of_weeks(weeks)
    p50, p85 = (outcomes.reached_by(percent) for percent in (50, 85))
    return p50, p85, None if p85 else "no_end_in_sight"
