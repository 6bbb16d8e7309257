"""Where the time of accepted stories went: the mean of each part of their cycle."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, colours, panel, rows
from pipelines.outputs.charts.theme import GREY, STATES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_PARTS = {
    **{state: STATES[state] for state in ("started", "finished", "delivered", "rejected")},
    "other": GREY,
}
_TYPES = ["all", "feature", "bug", "chore"]

_MEANS = f"""
SELECT
    story_type,
    measure,
    list_position({list(_PARTS)}, measure) AS place,
    n,
    total_hours / n / 24 AS days,
    share_of_cycle_pct
FROM project_management.time_in_state
WHERE project_id = $project AND window_days = '90' AND n > 0 AND measure IN {tuple(_PARTS)}
ORDER BY list_position({_TYPES}, story_type), place
"""

_WAITS = """
SELECT
    story_type,
    max(total_hours / n / 24) FILTER (measure = 'cycle') AS days,
    concat_ws(
        ', ',
        format('{:.0f} % started', max(flow_efficiency_pct)),
        format('{:.0f} % blocked', max(share_of_cycle_pct) FILTER (measure = 'blocked' AND n_above_zero > 0)),
        format('{:.0f} % in review', max(share_of_cycle_pct) FILTER (measure = 'review' AND n_above_zero > 0))
    ) AS text
FROM project_management.time_in_state
WHERE project_id = $project AND window_days = '90'
GROUP BY story_type
HAVING max(n) FILTER (measure = 'cycle') > 0
"""


def _panel(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    means = rows(con, _MEANS, project=project)
    waits = rows(con, _WAITS, project=project)
    longest = max((row["days"] for row in waits), default=1.0)
    types = alt.Y("story_type:N", sort=_TYPES, title=None)
    bars = (
        alt.Chart(beside(means))
        .mark_bar()
        .encode(
            # Room for the words behind the longest bar.
            x=alt.X("days:Q", title="days", scale=alt.Scale(domain=[0, 1.45 * longest])),
            y=types,
            color=alt.Color("measure:N", scale=colours(_PARTS), title=None),
            order="place:Q",
            tooltip=[
                alt.Tooltip("story_type:N", title="Type"),
                alt.Tooltip("measure:N", title="State"),
                alt.Tooltip("days:Q", format=".1f", title="Days a story"),
                alt.Tooltip("share_of_cycle_pct:Q", format=".0f", title="% of the cycle"),
                alt.Tooltip("n:Q", title="Stories"),
            ],
        )
    )
    texts = alt.Chart(beside(waits)).mark_text(align="left", dx=5)
    return panel(
        name,
        bars,
        texts.encode(x="days:Q", y=types, text="text:N"),
        height=10 + 22 * len(waits),
    )


TIME_IN_STATE = project_chart(
    name="time_in_state",
    title="Where the time of accepted stories went",
    asset="project_management.time_in_state",
    projects="""
        SELECT project_id
        FROM project_management.time_in_state
        WHERE window_days = '90' AND story_type = 'all' AND measure = 'cycle' AND n > 0
    """,
    draw=_panel,
    note="Mean days of a cycle in each state, stories accepted in the last 90 days; other: in the backlog again, or accepted and "
    "opened again. Started is work, all else is waiting; blocked and in review overlap with the states.",
    nothing="No story with a known start was accepted in the last 90 days.",
)
