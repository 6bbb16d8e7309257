"""Cycle time of each accepted story, against the percentiles of its project."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import (
    beside,
    colours,
    day_tip,
    days,
    panel,
    percentile_labels,
    rows,
    span,
)
from pipelines.outputs.charts.theme import LABEL_HEIGHT, STORY_TYPES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MOST_STORIES = 300
_HEIGHT = 170

_STORIES = """
SELECT
    story_id,
    name,
    story_type,
    CAST(last_accepted_at AS DATE) AS accepted_on,
    cycle_hours / 24 AS cycle_days
FROM project_management.story_facts
WHERE
    project_id = $project
    AND cycle_hours IS NOT NULL
    AND NOT is_deleted
    AND story_type != 'release'
    AND last_accepted_at > $as_of - INTERVAL 90 DAY
ORDER BY last_accepted_at DESC, story_id
LIMIT $most
"""

_PERCENTILES = """
UNPIVOT (
    SELECT p50_hours AS "50 %", p70_hours AS "70 %", p85_hours AS "85 %", p95_hours AS "95 %"
    FROM project_management.cycle_time_percentiles
    WHERE project_id = $project AND window_days = '90' AND story_type = 'all'
)
ON COLUMNS(*)
INTO NAME share VALUE hours
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    stories = rows(con, _STORIES, project=project, as_of=as_of, most=_MOST_STORIES)
    percentiles = {
        row["share"]: row["hours"] / 24 for row in rows(con, _PERCENTILES, project=project)
    }
    dots = (
        alt.Chart(beside(stories))
        .mark_point(opacity=0.7)
        .encode(
            x=days("accepted_on", span(as_of, back=90, ahead=1)),
            y=alt.Y("cycle_days:Q", title="days"),
            color=alt.Color("story_type:N", scale=colours(STORY_TYPES), title=None),
            tooltip=[
                alt.Tooltip("story_id:N", title="Story"),
                alt.Tooltip("name:N", title="Title"),
                day_tip("accepted_on", "Accepted"),
                alt.Tooltip("cycle_days:Q", format=".1f", title="Cycle, days"),
            ],
        )
    )
    longest = max([*percentiles.values(), *(story["cycle_days"] for story in stories)])
    labels = percentile_labels(percentiles, longest * LABEL_HEIGHT / _HEIGHT)
    rules = labels.mark_rule(strokeDash=[5, 3]).encode(y="days:Q")
    texts = labels.mark_text(align="left", dx=4).encode(
        y="label:Q", x=alt.value("width"), text="text:N"
    )
    return panel(name, dots, rules, texts, height=_HEIGHT)


CYCLE_TIME = project_chart(
    name="cycle_time",
    title="Cycle time of accepted stories",
    asset="project_management.cycle_time_percentiles",
    inputs=("project_management.story_facts",),
    projects="""
        SELECT project_id
        FROM project_management.cycle_time_percentiles
        WHERE window_days = '90' AND story_type = 'all' AND n > 0
    """,
    draw=_panel,
    note="Days from first start to last acceptance, each dot a story of the last 90 days, at most the newest "
    f"{_MOST_STORIES} of a project. Lines: the time within which 50, 70, 85 and 95 % of them were finished.",
    nothing="No story with a known start was accepted in the last 90 days.",
)
