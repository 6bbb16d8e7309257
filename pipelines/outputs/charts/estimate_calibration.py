"""Estimate calibration: what an estimate of so many points takes in hours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, labelled, panel, rows
from pipelines.outputs.charts.theme import BLUE, SKY

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MIDDLE, _MEDIAN = "middle 50 % of stories", "median"
_COLOURS = {_MIDDLE: SKY, _MEDIAN: BLUE}

_SQL = """
SELECT estimate, n, p25_hours, median_hours, p75_hours, 'n = ' || n AS stories
FROM effort.estimate_calibration
WHERE project_id = $project AND estimate IS NOT NULL
ORDER BY n DESC, estimate
LIMIT $most
"""
_MOST_ESTIMATES = 10


def _panel(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    data = rows(con, _SQL, project=project, most=_MOST_ESTIMATES)
    base = alt.Chart(beside(data)).encode(
        y=alt.Y("estimate:O", title="points", axis=alt.Axis(labelOverlap=False)),
        tooltip=[
            alt.Tooltip("estimate:Q", title="Points"),
            alt.Tooltip("n:Q", title="Stories"),
            alt.Tooltip("p25_hours:Q", format=".1f", title="First quartile, hours"),
            alt.Tooltip("median_hours:Q", format=".1f", title="Median, hours"),
            alt.Tooltip("p75_hours:Q", format=".1f", title="Third quartile, hours"),
        ],
    )
    hours = alt.X(
        "p25_hours:Q", title="hours", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=8)
    )
    halves = base.mark_bar(size=10, opacity=0.6, cornerRadius=5).encode(x=hours, x2="p75_hours:Q")
    medians = base.mark_point(size=90, opacity=1).encode(x="median_hours:Q")
    counts = base.mark_text(align="left", dx=4).encode(x=alt.value("width"), text="stories:N")
    return panel(
        name,
        labelled(halves, _MIDDLE, _COLOURS),
        labelled(medians, _MEDIAN, _COLOURS),
        counts,
        height=18 * max(2, len(data)),
    )


ESTIMATE_CALIBRATION = project_chart(
    name="estimate_calibration",
    title="Hours per estimate",
    asset="effort.estimate_calibration",
    draw=_panel,
    shared_x=True,
    note="Hours linked to accepted stories, by their estimate in points; n: number of stories.",
    nothing="No accepted story with an estimate has linked time yet.",
)
