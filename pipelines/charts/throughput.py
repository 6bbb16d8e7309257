"""Throughput: stories accepted a week as a run chart, weeks without any included."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.charts.model import Chart
from pipelines.charts.parts import (
    colours,
    day_tip,
    days,
    empty,
    inline,
    panel,
    panels,
    rows,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Throughput: stories accepted a week"
_WEEKS = 26
_KINDS = {"week": BLUE, "week without any": VERMILION, "current week so far": GREY}

_SQL = """
SELECT
    week_start,
    sum(accepted) AS accepted,
    sum(created) AS created,
    CASE
        WHEN is_partial THEN 'current week so far'
        WHEN sum(accepted) = 0 THEN 'week without any'
        ELSE 'week'
    END AS kind,
    median(sum(accepted)) FILTER (NOT is_partial) OVER () AS median
FROM project_management.throughput_weekly
WHERE project_id = $project AND story_type != 'release'
GROUP BY week_start, is_partial
QUALIFY row_number() OVER (ORDER BY week_start DESC) <= $most
ORDER BY week_start
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "project_management.throughput_weekly", as_of)
    if not projects.names:
        return empty(_TITLE, "No project has a week with stories yet.")
    views = [_panel(con, project, name) for project, name in projects.names.items()]
    return titled(
        panels(views),
        _TITLE,
        f"All types but releases, the last {_WEEKS} weeks; dashed: median of the complete weeks.",
        *projects.notes,
    )


def _panel(con: duckdb.DuckDBPyConnection, project: int, name: str) -> alt.LayerChart:
    import altair as alt

    base = alt.Chart(inline(rows(con, _SQL, project=project, most=_WEEKS)))
    line = base.mark_line(color=BLUE, opacity=0.6).encode(
        x=days("week_start", padding=8),
        y=alt.Y("accepted:Q", title="stories", axis=alt.Axis(format="d", tickMinStep=1)),
    )
    dots = base.mark_point(size=55, opacity=1).encode(
        x=days("week_start", padding=8),
        y="accepted:Q",
        color=alt.Color("kind:N", scale=colours(_KINDS), title=None),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(domain=list(_KINDS), range=["circle", "diamond", "circle"]),
            title=None,
        ),
        tooltip=[
            day_tip("week_start", "Week from"),
            alt.Tooltip("accepted:Q", title="Accepted"),
            alt.Tooltip("created:Q", title="Created"),
        ],
    )
    median = base.mark_rule(strokeDash=[5, 3]).encode(y="max(median):Q")
    return panel(name, line, median, dots, height=110)


THROUGHPUT = Chart(
    name="throughput",
    title=_TITLE,
    asset="project_management.throughput_weekly",
    inputs=(
        "project_management.throughput_weekly",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
