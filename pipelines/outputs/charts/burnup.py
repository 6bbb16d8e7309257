"""Burn-up: scope and accepted stories, and the cone in which the forecast expects them to meet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, day_tip, days, labelled, panel, rows, span
from pipelines.outputs.charts.theme import BLUE, GREEN, OCHRE

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_DAYS = 90
_DAYS_AHEAD = 90
_SCOPE, _ACCEPTED, _CONE = "scope", "accepted", "forecast, 15 to 85 %"
_COLOURS = {_SCOPE: OCHRE, _ACCEPTED: GREEN, _CONE: BLUE}

_BURNUP = """
SELECT date, scope_stories, accepted_stories, unestimated
FROM project_management.burnup_daily
WHERE
    scope_kind = 'project'
    AND scope_id = $project
    AND date > CAST($as_of AS DATE) - CAST($days AS INTEGER)
ORDER BY date
"""

# What the distribution says as the table `forecast` reads it: the count reached or exceeded in p % of the trials.
# `forecast` itself has no percentile below 50, and a cone needs its upper edge. It ends where even the slow edge
# has reached the scope.
_CONE_SQL = """
WITH
today AS (
    SELECT date, scope_stories, accepted_stories
    FROM project_management.burnup_daily
    WHERE scope_kind = 'project' AND scope_id = $project
    ORDER BY date DESC
    LIMIT 1
),
reached AS (
    SELECT
        horizon,
        outcome,
        100 * sum(trials) OVER (PARTITION BY horizon ORDER BY outcome DESC)
            / sum(trials) OVER (PARTITION BY horizon) AS share_pct
    FROM project_management.forecast_distribution
    WHERE project_id = $project AND question = 'how_many' AND scope = 'growing'
),
horizons AS (
    SELECT
        horizon,
        coalesce(max(outcome) FILTER (share_pct >= 85), 0) AS slow,
        coalesce(max(outcome) FILTER (share_pct >= 50), 0) AS middle,
        coalesce(max(outcome) FILTER (share_pct >= 15), 0) AS fast
    FROM reached
    GROUP BY horizon
    UNION ALL
    SELECT 0, 0, 0, 0
)
SELECT
    date + CAST(7 * horizon AS INTEGER) AS date,
    scope_stories,
    least(scope_stories, accepted_stories + slow) AS slow,
    least(scope_stories, accepted_stories + middle) AS middle,
    least(scope_stories, accepted_stories + fast) AS fast
FROM horizons
CROSS JOIN today
WHERE EXISTS (FROM reached)
QUALIFY coalesce(lag(accepted_stories + slow < scope_stories) OVER (ORDER BY horizon), true)
ORDER BY horizon
"""

# A day beyond the axis is written at its end.
_FINISH = """
SELECT
    least(date, CAST($last AS DATE)) AS date,
    percentile || ' %: ' || strftime(forecast.date, '%-d %b %Y')
        || CASE WHEN forecast.date > CAST($last AS DATE) THEN ' →' ELSE '' END AS text
FROM project_management.forecast
WHERE project_id = $project AND question = 'when' AND scope = 'growing' AND percentile = 85 AND weeks IS NOT NULL
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=_DAYS_AHEAD)
    burnup = alt.Chart(beside(rows(con, _BURNUP, project=project, as_of=as_of, days=_DAYS)))
    cone = alt.Chart(beside(rows(con, _CONE_SQL, project=project)))
    finish = alt.Chart(beside(rows(con, _FINISH, project=project, last=shown[1])))
    tips = [
        day_tip("date", "Day"),
        alt.Tooltip("scope_stories:Q", title="Scope"),
        alt.Tooltip("accepted_stories:Q", title="Accepted"),
        alt.Tooltip("unestimated:Q", title="Without estimate"),
    ]
    stories = alt.Y("scope_stories:Q", title="stories", scale=alt.Scale(zero=False))
    scope = burnup.mark_line(clip=True, interpolate="step-after").encode(
        x=days("date", shown), y=stories, tooltip=tips
    )
    accepted = burnup.mark_line(clip=True, interpolate="step-after").encode(
        x=days("date", shown), y="accepted_stories:Q", tooltip=tips
    )
    area = cone.mark_area(opacity=0.3, clip=True).encode(
        x=days("date", shown),
        y="slow:Q",
        y2="fast:Q",
        tooltip=[
            day_tip("date", "Day"),
            alt.Tooltip("slow:Q", title="Reached in 85 %"),
            alt.Tooltip("middle:Q", title="Reached in 50 %"),
            alt.Tooltip("fast:Q", title="Reached in 15 %"),
        ],
    )
    middle = cone.mark_line(clip=True, strokeDash=[5, 3]).encode(
        x=days("date", shown), y="middle:Q"
    )
    ahead = cone.mark_line(clip=True, strokeDash=[2, 3], interpolate="step-after").encode(
        x=days("date", shown), y="scope_stories:Q"
    )
    mark = finish.mark_rule().encode(x=days("date", shown))
    text = finish.mark_text(align="right", baseline="bottom", dx=-4).encode(
        x=days("date", shown), y=alt.value("height"), text="text:N"
    )
    return panel(
        name,
        labelled(area, _CONE, _COLOURS),
        labelled(middle, _CONE, _COLOURS),
        labelled(ahead, _SCOPE, _COLOURS),
        labelled(scope, _SCOPE, _COLOURS),
        labelled(accepted, _ACCEPTED, _COLOURS),
        mark,
        text,
        height=170,
    )


BURNUP = project_chart(
    name="burnup",
    title="Burn-up with forecast",
    asset="project_management.burnup_daily",
    inputs=("project_management.forecast", "project_management.forecast_distribution"),
    projects="""
        SELECT scope_id AS project_id
        FROM project_management.burnup_daily
        WHERE scope_kind = 'project'
    """,
    draw=_panel,
    note=f"Stories in scope and accepted, last {_DAYS} days. Shaded: the middle 70 % of the forecasts at recent throughput; "
    "dashed: their median. Icebox and releases are excluded.",
    nothing="No project has a story in scope yet.",
)
