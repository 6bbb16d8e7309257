"""Estimate calibration: what an estimate of so many points takes in hours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.charts.model import Chart
from pipelines.charts.parts import (
    empty,
    inline,
    labelled,
    panel,
    panels,
    rows,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import BLUE, SKY

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "What an estimate takes in hours"
_MIDDLE, _MEDIAN = "middle half of the stories", "median"
_COLOURS = {_MIDDLE: SKY, _MEDIAN: BLUE}

_SQL = """
SELECT estimate, n, p25_hours, median_hours, p75_hours, 'n = ' || n AS stories
FROM effort.estimate_calibration
WHERE project_id = $project AND estimate IS NOT NULL
ORDER BY n DESC, estimate
LIMIT $most
"""
_MOST_ESTIMATES = 10


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "effort.estimate_calibration", as_of)
    if not projects.names:
        return empty(_TITLE, "No accepted story with an estimate has linked time yet.")
    views = [_panel(con, project, name) for project, name in projects.names.items()]
    return titled(
        panels(views),
        _TITLE,
        "Hours linked to accepted stories, by their estimate in points; n: number of stories.",
        *projects.notes,
    )


def _panel(con: duckdb.DuckDBPyConnection, project: int, name: str) -> alt.LayerChart:
    import altair as alt

    data = rows(con, _SQL, project=project, most=_MOST_ESTIMATES)
    base = alt.Chart(inline(data)).encode(
        y=alt.Y("estimate:O", title="points"),
        tooltip=[
            alt.Tooltip("estimate:Q", title="Points"),
            alt.Tooltip("n:Q", title="Stories"),
            alt.Tooltip("p25_hours:Q", format=".1f", title="First quartile, hours"),
            alt.Tooltip("median_hours:Q", format=".1f", title="Median, hours"),
            alt.Tooltip("p75_hours:Q", format=".1f", title="Third quartile, hours"),
        ],
    )
    hours = alt.X("p25_hours:Q", title="hours", scale=alt.Scale(zero=True))
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


ESTIMATE_CALIBRATION = Chart(
    name="estimate_calibration",
    title=_TITLE,
    asset="effort.estimate_calibration",
    inputs=(
        "effort.estimate_calibration",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
