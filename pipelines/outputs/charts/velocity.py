"""Velocity and its volatility, iteration by iteration."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, day_tip, days, labelled, panel, rows, span
from pipelines.outputs.charts.theme import GREY, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_DAYS = 182
_POINTS, _VELOCITY, _BAND = "accepted points", "velocity", "± volatility"
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
WHERE project_id = $project AND finish_date > $first
ORDER BY number
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=7)
    data = beside(rows(con, _SQL, project=project, first=shown[0]))
    tips = [
        alt.Tooltip("number:Q", title="Iteration"),
        day_tip("start_date", "Starts"),
        alt.Tooltip("points:Q", title="Accepted points"),
        alt.Tooltip("velocity_exact:Q", format=".2f", title="Velocity"),
        alt.Tooltip("volatility_pct:Q", format=".0f", title="Volatility, %"),
    ]
    base = alt.Chart(data)
    bars = base.mark_bar(clip=True).encode(
        x=days("start_date", shown),
        x2="finish_date:T",
        y=alt.Y("points:Q", title="points", scale=alt.Scale(nice=4)),
        y2=alt.datum(0),
        opacity=alt.condition("datum.is_done", alt.value(0.4), alt.value(0.2)),
        tooltip=tips,
    )
    band = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.5, clip=True)
        .encode(x=days("middle_date", shown), y="low:Q", y2="high:Q")
    )
    line = base.mark_line(point=True).encode(
        x=days("middle_date", shown), y="velocity_exact:Q", tooltip=tips
    )
    return panel(
        name,
        labelled(bars, _POINTS, _COLOURS),
        labelled(band, _BAND, _COLOURS),
        labelled(line, _VELOCITY, _COLOURS),
    )


VELOCITY = project_chart(
    name="velocity",
    title="Velocity and its volatility",
    asset="project_management.iteration_metrics",
    inputs=("project_management.iterations",),
    draw=_panel,
    note="Points per iteration of the last 26 weeks, the current one so far (pale). Vertical lines: velocity plus and minus its volatility.",
    nothing="No project has an iteration yet.",
)
