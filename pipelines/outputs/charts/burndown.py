"""Burn-down of the newest iteration that was observed, and what became of the scope of those before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import (
    beside,
    colours,
    day_tip,
    days,
    labelled,
    panel,
    rows,
)
from pipelines.outputs.charts.theme import BLUE, GREEN, GREY, OCHRE, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_LINES = {"left to do": BLUE, "scope": OCHRE, "even pace": GREY}
_PARTS = {
    "planned, completed": GREEN,
    "added, completed": SKY,
    "not completed": GREY,
    "removed": VERMILION,
}
_MOST_ITERATIONS = 12
_OBSERVED = "SELECT project_id FROM project_management.iteration_scope WHERE scope_reason IS NULL"

# In points, where the iteration has any. A day is what was so at its end.
_DAYS = """
WITH newest AS (
    SELECT scope_id, number
    FROM project_management.iteration_scope
    SEMI JOIN (FROM project_management.burnup_daily WHERE scope_kind = 'iteration') USING (scope_id)
    WHERE project_id = $project
    ORDER BY number DESC
    LIMIT 1
),
days AS (
    SELECT *, max(scope_points) OVER () > 0 AS in_points
    FROM project_management.burnup_daily
    JOIN newest USING (scope_id)
    WHERE scope_kind = 'iteration'
)
SELECT
    number,
    date,
    CASE WHEN in_points THEN 'points' ELSE 'stories' END AS unit,
    CASE WHEN in_points THEN scope_points ELSE scope_stories END AS scope,
    CASE WHEN in_points THEN scope_points - accepted_points ELSE scope_stories - accepted_stories END AS remaining
FROM days
ORDER BY date
"""

_WINDOW = """
SELECT start_date, start_date + CAST(7 * length_weeks AS INTEGER) AS end_date
FROM project_management.iterations
WHERE project_id = $project AND number = $number
"""

_SCOPES = """
WITH shown AS (
    SELECT *, CAST(round(completed_of_planned_pct * planned_stories / 100) AS BIGINT) AS planned_completed
    FROM project_management.iteration_scope
    WHERE project_id = $project AND scope_reason IS NULL
    ORDER BY number DESC
    LIMIT $most
)
SELECT CAST(number AS VARCHAR) AS iteration, start_date, part, stories, place, carried_over
FROM shown
CROSS JOIN LATERAL (VALUES
    ('planned, completed', coalesce(planned_completed, 0), 1),
    ('added, completed', completed_stories - coalesce(planned_completed, 0), 2),
    ('not completed', scope_stories - completed_stories, 3),
    ('removed', -removed_stories, 4)
) AS parts (part, stories, place)
ORDER BY number, place
"""


def _burndown(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    course = rows(con, _DAYS, project=project)
    number, unit = course[0]["number"], course[0]["unit"]
    [window] = rows(con, _WINDOW, project=project, number=number)
    pace = [
        {"date": window["start_date"], "remaining": course[0]["scope"]},
        {"date": window["end_date"], "remaining": 0},
    ]
    x = days("date")
    base = alt.Chart(beside(course))
    tips = [
        day_tip("date", "Day"),
        alt.Tooltip("remaining:Q", title=f"Left, {unit}"),
        alt.Tooltip("scope:Q", title=f"Scope, {unit}"),
    ]
    left = base.mark_line(point=True).encode(x=x, y=alt.Y("remaining:Q", title=unit), tooltip=tips)
    scope = base.mark_line(interpolate="step-after").encode(x=x, y="scope:Q", tooltip=tips)
    even = alt.Chart(beside(pace)).mark_line(strokeDash=[5, 3]).encode(x=x, y="remaining:Q")
    return panel(
        f"{name}, iteration {number}",
        labelled(even, "even pace", _LINES),
        labelled(scope, "scope", _LINES),
        labelled(left, "left to do", _LINES),
        height=110,
    )


def _scopes(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    shown = rows(con, _SCOPES, project=project, most=_MOST_ITERATIONS)
    bars = (
        alt.Chart(beside(shown))
        .mark_bar()
        .encode(
            x=alt.X(
                "iteration:N",
                sort=list(dict.fromkeys(row["iteration"] for row in shown)),
                title="iteration",
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("stories:Q", title="stories"),
            color=alt.Color("part:N", scale=colours(_PARTS), title=None),
            order="place:Q",
            tooltip=[
                alt.Tooltip("iteration:N", title="Iteration"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("stories:Q", title="Stories"),
                alt.Tooltip("carried_over:Q", title="Carried over"),
            ],
        )
    )
    return panel(name, bars, height=110)


BURNDOWN = project_chart(
    name="burndown",
    title="Burn-down of the iteration",
    asset="project_management.iteration_scope",
    inputs=("project_management.burnup_daily", "project_management.iterations"),
    projects="""
        SELECT project_id
        FROM project_management.iteration_scope
        JOIN project_management.burnup_daily USING (scope_id)
        WHERE scope_kind = 'iteration'
    """,
    draw=_burndown,
    note="The newest iteration of which a sync saw the first day: what was left at the end of each day, and the scope, as the "
    "syncs showed it.",
    nothing="No iteration was observed from its first day on. Tracker does not keep what an iteration was to hold; sync "
    "at least daily.",
)

ITERATION_SCOPE = project_chart(
    name="iteration_scope",
    title="What became of the scope of iterations",
    asset="project_management.iteration_scope",
    projects=_OBSERVED,
    draw=_scopes,
    note=f"The last {_MOST_ITERATIONS} iterations that were observed. Below zero: planned or added, and taken out again.",
    nothing="No iteration was observed from its first day on.",
)
