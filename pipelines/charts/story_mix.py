"""Story mix: features, bugs and chores accepted in each iteration."""

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
    stacked,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import STORY_TYPES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Story mix of accepted stories"
_ITERATIONS = 26

_SQL = """
SELECT
    start_date,
    start_date + CAST(7 * length_weeks AS INTEGER) AS finish_date,
    number,
    story_type,
    list_position($types, story_type) AS place,
    accepted,
    created,
    share_pct
FROM project_management.story_mix AS mix
JOIN project_management.iterations AS iteration
    ON iteration.project_id = mix.project_id AND iteration.number = mix.iteration_number
WHERE mix.project_id = $project
QUALIFY dense_rank() OVER (ORDER BY number DESC) <= $most
ORDER BY number, place
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "project_management.story_mix", as_of)
    if not projects.names:
        return empty(_TITLE, "No project has an iteration yet.")
    views = [_panel(con, project, name) for project, name in projects.names.items()]
    return titled(
        panels(views),
        _TITLE,
        f"Stories accepted per iteration, the last {_ITERATIONS} iterations; the current one so far.",
        *projects.notes,
    )


def _panel(con: duckdb.DuckDBPyConnection, project: int, name: str) -> alt.LayerChart:
    import altair as alt

    bars = (
        alt.Chart(
            inline(rows(con, _SQL, project=project, most=_ITERATIONS, types=list(STORY_TYPES)))
        )
        .mark_bar()
        .encode(
            x=days("start_date"),
            x2="finish_date:T",
            y=alt.Y(
                "stack_from:Q",
                title="stories",
                axis=alt.Axis(format="d", tickMinStep=1),
            ),
            color=alt.Color("story_type:N", scale=colours(STORY_TYPES), title=None),
            tooltip=[
                alt.Tooltip("number:Q", title="Iteration"),
                day_tip("start_date", "Starts"),
                alt.Tooltip("story_type:N", title="Type"),
                alt.Tooltip("accepted:Q", title="Accepted"),
                alt.Tooltip("share_pct:Q", format=".0f", title="Share, %"),
                alt.Tooltip("created:Q", title="Created"),
            ],
        )
    )
    return panel(name, stacked(bars, "accepted", over="number", order="place"), height=110)


STORY_MIX = Chart(
    name="story_mix",
    title=_TITLE,
    asset="project_management.story_mix",
    inputs=(
        "project_management.story_mix",
        "project_management.iterations",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
