"""Story mix: features, bugs and chores accepted in each iteration."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import day_tip, panel, rows, span, stacked_bars
from pipelines.outputs.charts.theme import STORY_TYPES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_DAYS = 182

_SQL = """
SELECT
    start_date,
    start_date + CAST(7 * length_weeks AS INTEGER) AS finish_date,
    number,
    story_type,
    list_position($types, story_type) AS place,
    NOT is_done AS is_partial,
    accepted,
    created,
    share_pct
FROM project_management.story_mix AS mix
JOIN project_management.iterations AS iteration
    ON iteration.project_id = mix.project_id AND iteration.number = mix.iteration_number
WHERE mix.project_id = $project AND finish_date > $first
ORDER BY number, place
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    shown = span(as_of, back=_DAYS, ahead=7)
    bars = stacked_bars(
        rows(con, _SQL, project=project, first=shown[0], types=list(STORY_TYPES)),
        "accepted",
        first="start_date",
        last="finish_date",
        shown=shown,
        colour="story_type",
        colours_of=STORY_TYPES,
        y=alt.Y("stack_from:Q", title="stories", axis=alt.Axis(format="d", tickMinStep=1)),
        tips=[
            alt.Tooltip("number:Q", title="Iteration"),
            day_tip("start_date", "Starts"),
            alt.Tooltip("story_type:N", title="Type"),
            alt.Tooltip("accepted:Q", title="Accepted"),
            alt.Tooltip("share_pct:Q", format=".0f", title="Share, %"),
            alt.Tooltip("created:Q", title="Created"),
        ],
    )
    return panel(name, bars, height=110)


STORY_MIX = project_chart(
    name="story_mix",
    title="Story mix of accepted stories",
    asset="project_management.story_mix",
    inputs=("project_management.iterations",),
    draw=_panel,
    note="Stories accepted per iteration, the last 26 weeks; the current one so far (pale).",
    nothing="No project has an iteration yet.",
)
