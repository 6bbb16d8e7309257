"""Cycle time of each accepted story, against the percentiles of its project."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

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
    spread,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import LABEL_HEIGHT, STORY_TYPES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Cycle time of accepted stories"
_MOST_STORIES = 2000
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
    AND last_accepted_at > $as_of - INTERVAL 365 DAY
ORDER BY last_accepted_at DESC, story_id
LIMIT $most
"""

_PERCENTILES = """
UNPIVOT (
    SELECT p50_hours AS "50 %", p70_hours AS "70 %", p85_hours AS "85 %", p95_hours AS "95 %"
    FROM project_management.cycle_time_percentiles
    WHERE project_id = $project AND window_days = '365' AND story_type = 'all'
)
ON COLUMNS(*)
INTO NAME share VALUE hours
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "project_management.cycle_time_percentiles", as_of)
    most = _MOST_STORIES // max(1, len(projects.names))
    stories = {
        project: rows(con, _STORIES, project=project, as_of=as_of, most=most)
        for project in projects.names
    }
    if not any(stories.values()):
        return empty(_TITLE, "No story with a known start was accepted in the last 365 days.")
    notes = [
        "Days from first start to last acceptance, each dot a story of the last 365 days. "
        "Lines: within this time so many percent of them were done."
    ]
    if any(len(found) == most for found in stories.values()):
        notes.append(f"At most the newest {most} stories of a project are drawn.")
    views = [
        _panel(name, stories[project], rows(con, _PERCENTILES, project=project))
        for project, name in projects.names.items()
        if stories[project]
    ]
    return titled(panels(views), _TITLE, *notes, *projects.notes)


def _panel(
    name: str, stories: list[dict[str, Any]], percentiles: list[dict[str, Any]]
) -> alt.LayerChart:
    import altair as alt

    dots = (
        alt.Chart(inline(stories))
        .mark_point(opacity=0.7)
        .encode(
            x=days("accepted_on", padding=5),
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
    lines = [row["hours"] / 24 for row in percentiles]
    longest = max([*lines, *(story["cycle_days"] for story in stories)])
    label_gap = longest * LABEL_HEIGHT / _HEIGHT
    base = alt.Chart(
        inline(
            [
                {"days": line, "label": label, "text": f"{row['share']}: {line:.1f} d"}
                for row, line, label in zip(
                    percentiles, lines, spread(lines, label_gap), strict=True
                )
            ]
        )
    )
    rules = base.mark_rule(strokeDash=[5, 3]).encode(y="days:Q")
    labels = base.mark_text(align="left", dx=4).encode(
        y="label:Q", x=alt.value("width"), text="text:N"
    )
    return panel(name, dots, rules, labels, height=_HEIGHT)


CYCLE_TIME = Chart(
    name="cycle_time",
    title=_TITLE,
    asset="project_management.cycle_time_percentiles",
    inputs=(
        "project_management.cycle_time_percentiles",
        "project_management.story_facts",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
