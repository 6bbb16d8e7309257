"""Throughput: stories accepted a week as a run chart, weeks without any included."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, colours, day_tip, days, panel, rows, span
from pipelines.outputs.charts.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_DAYS = 182
_KINDS = {"week": BLUE, "no stories": VERMILION, "incomplete week": GREY}

# The current week is not over, and a project seldom begins with the first day of a week.
_SQL = """
WITH
weeks AS (
    SELECT
        week_start,
        sum(accepted) AS accepted,
        sum(created) AS created,
        bool_or(is_partial) OR week_start = min(week_start) OVER () AS may_lack_days
    FROM project_management.throughput_weekly
    WHERE project_id = $project AND story_type != 'release'
    GROUP BY week_start
)
SELECT
    week_start,
    accepted,
    created,
    CASE
        WHEN may_lack_days THEN 'incomplete week'
        WHEN accepted = 0 THEN 'no stories'
        ELSE 'week'
    END AS kind,
    median(accepted) FILTER (NOT may_lack_days) OVER () AS median
FROM weeks
WHERE week_start >= $first
ORDER BY week_start
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=7)
    base = alt.Chart(beside(rows(con, _SQL, project=project, first=shown[0])))
    # A line into a week that is not over would fall each Monday.
    full = base.transform_filter("datum.kind != 'incomplete week'")
    line = full.mark_line(color=BLUE, opacity=0.6).encode(
        x=days("week_start", shown),
        y=alt.Y("accepted:Q", title="stories", axis=alt.Axis(format="d", tickMinStep=1)),
    )
    dots = base.mark_point(size=55, opacity=1).encode(
        x=days("week_start", shown),
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


THROUGHPUT = project_chart(
    name="throughput",
    title="Throughput: stories accepted a week",
    asset="project_management.throughput_weekly",
    draw=_panel,
    note="All story types except releases, last 26 weeks; dashed: median of the full weeks. The current week and the first "
    "one of a project may be incomplete.",
    nothing="No project has a week with stories yet.",
)
