"""Throughput within its natural process limits, and the service level that was kept, week by week."""

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
_KINDS = {"usual": BLUE, "signal": VERMILION, "week that is not over": GREY}
_LEVELS = {"full week": BLUE, "week that is not over": GREY}

_WEEKS = """
SELECT
    week_start,
    accepted,
    mean,
    lower_limit,
    upper_limit,
    coalesce(replace(signal, '_', ' '), 'none') AS signal,
    CASE
        WHEN is_partial THEN 'week that is not over'
        WHEN signal IS NULL THEN 'usual'
        ELSE 'signal'
    END AS kind
FROM project_management.predictability_weekly
WHERE project_id = $project AND week_start >= $first
ORDER BY week_start
"""

_ATTAINED = """
SELECT
    week_start,
    sle_attained_pct AS attained,
    sle_stories AS stories,
    sle_hours / 24 AS sle_days,
    CASE WHEN is_partial THEN 'week that is not over' ELSE 'full week' END AS kind
FROM project_management.predictability_weekly
WHERE project_id = $project AND week_start >= $first AND sle_attained_pct IS NOT NULL
ORDER BY week_start
"""


def _limits(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=7)
    base = alt.Chart(beside(rows(con, _WEEKS, project=project, first=shown[0])))
    x = days("week_start", shown)
    # A line into a week that is not over would fall each Monday.
    over = base.transform_filter("datum.kind != 'week that is not over'")
    line = over.mark_line(color=BLUE, opacity=0.5).encode(
        x=x, y=alt.Y("accepted:Q", title="stories", axis=alt.Axis(format="d", tickMinStep=1))
    )
    dots = base.mark_point(size=55, opacity=1).encode(
        x=x,
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
            alt.Tooltip("signal:N", title="Signal"),
        ],
    )
    mean = base.mark_rule().encode(y="max(mean):Q")
    bounds = [
        base.mark_rule(strokeDash=[5, 3]).encode(y=f"max({limit}):Q")
        for limit in ("lower_limit", "upper_limit")
    ]
    return panel(name, mean, *bounds, line, dots, height=110)


def _levels(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=7)
    weeks = (
        alt.Chart(beside(rows(con, _ATTAINED, project=project, first=shown[0])))
        .mark_point(size=55, opacity=1)
        .encode(
            x=days("week_start", shown),
            y=alt.Y(
                "attained:Q",
                title="% kept",
                # So much above the whole that its marks are not cut.
                scale=alt.Scale(domain=[0, 110], nice=False),
                axis=alt.Axis(values=[0, 50, 100]),
            ),
            color=alt.Color("kind:N", scale=colours(_LEVELS), title=None),
            tooltip=[
                day_tip("week_start", "Week from"),
                alt.Tooltip("attained:Q", format=".0f", title="Within the level, %"),
                alt.Tooltip("stories:Q", title="Stories"),
                alt.Tooltip("sle_days:Q", format=".1f", title="Level, days"),
            ],
        )
    )
    target = alt.Chart(beside([{"target": 85}])).mark_rule(strokeDash=[5, 3]).encode(y="target:Q")
    return panel(name, target, weeks, height=90)


PREDICTABILITY = project_chart(
    name="predictability",
    title="Is throughput predictable?",
    asset="project_management.predictability_weekly",
    projects="SELECT project_id FROM project_management.predictability_weekly WHERE mean IS NOT NULL",
    draw=_limits,
    note="Stories accepted a week; line: mean, dashed: natural process limits. A signal (outside the limits, or the eighth "
    "week in a row on one side of the mean) has a reason worth asking for; all else is usual variation.",
    nothing="No project has 12 complete weeks yet.",
)

SERVICE_LEVEL = project_chart(
    name="service_level",
    title="Is the service level kept?",
    asset="project_management.predictability_weekly",
    projects="SELECT project_id FROM project_management.predictability_weekly WHERE sle_attained_pct IS NOT NULL",
    draw=_levels,
    note="Of the stories accepted in a week: how many percent took at most as long as 85 % of those of the 90 days before. "
    "Dashed: 85 %.",
    nothing="No week has accepted stories with known cycles, and 90 days with others before it.",
)
