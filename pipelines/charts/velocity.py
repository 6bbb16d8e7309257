"""Velocity and its volatility, iteration by iteration."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.charts.model import Chart
from pipelines.charts.parts import (
    day_tip,
    days,
    empty,
    inline,
    labelled,
    panel,
    panels,
    rows,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import GREY, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Velocity and its volatility"
_ITERATIONS = 26
_POINTS, _VELOCITY, _BAND = "accepted points", "velocity", "velocity ± volatility"
_COLOURS = {_POINTS: GREY, _VELOCITY: VERMILION, _BAND: SKY}

_SQL = """
SELECT
    number,
    start_date,
    start_date + CAST(7 * length_weeks AS INTEGER) AS finish_date,
    start_date + CAST(7 * length_weeks // 2 AS INTEGER) AS middle_date,
    metrics.is_done,
    points,
    velocity_exact,
    volatility_pct,
    CASE WHEN volatility_pct > 100 THEN 0 ELSE velocity_exact * (1 - volatility_pct / 100) END AS low,
    velocity_exact * (1 + volatility_pct / 100) AS high
FROM project_management.iteration_metrics AS metrics
JOIN project_management.iterations AS iterations USING (project_id, number)
WHERE project_id = $project
ORDER BY number DESC
LIMIT $most
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "project_management.iteration_metrics", as_of)
    if not projects.names:
        return empty(_TITLE, "No project has an iteration yet.")
    views = [_panel(con, project, name) for project, name in projects.names.items()]
    return titled(
        panels(views),
        _TITLE,
        f"Points per iteration; the last {_ITERATIONS} iterations, the current one so far (pale).",
        *projects.notes,
    )


def _panel(con: duckdb.DuckDBPyConnection, project: int, name: str) -> alt.LayerChart:
    import altair as alt

    data = inline(rows(con, _SQL, project=project, most=_ITERATIONS))
    tips = [
        alt.Tooltip("number:Q", title="Iteration"),
        day_tip("start_date", "Starts"),
        alt.Tooltip("points:Q", title="Accepted points"),
        alt.Tooltip("velocity_exact:Q", format=".2f", title="Velocity"),
        alt.Tooltip("volatility_pct:Q", format=".0f", title="Volatility, %"),
    ]
    base = alt.Chart(data)
    bars = base.mark_bar().encode(
        x=days("start_date"),
        x2="finish_date:T",
        y=alt.Y("points:Q", title="points"),
        y2=alt.datum(0),
        opacity=alt.condition("datum.is_done", alt.value(0.4), alt.value(0.2)),
        tooltip=tips,
    )
    band = (
        base.transform_filter("isValid(datum.low)")
        .mark_area(opacity=0.3)
        .encode(x=days("middle_date"), y="low:Q", y2="high:Q")
    )
    line = base.mark_line(point=True).encode(
        x=days("middle_date"), y="velocity_exact:Q", tooltip=tips
    )
    return panel(
        name,
        labelled(bars, _POINTS, _COLOURS),
        labelled(band, _BAND, _COLOURS),
        labelled(line, _VELOCITY, _COLOURS),
    )


VELOCITY = Chart(
    name="velocity",
    title=_TITLE,
    asset="project_management.iteration_metrics",
    inputs=(
        "project_management.iteration_metrics",
        "project_management.iterations",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
