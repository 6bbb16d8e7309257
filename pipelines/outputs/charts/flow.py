"""Flow: how many stories have come how far (cumulative flow), and where open stories are (state snapshot)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, colours, day_tip, days, panel, rows, span
from pipelines.outputs.charts.theme import STATES

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_NO_DAY = "No project has a day with stories yet."
_DAYS = 90

# `planned` shares its place with `unstarted`, and `rejected` has none: see the definition of flow_daily.
_ORDER = ("unscheduled", "unstarted", "started", "finished", "delivered", "accepted")
_OPEN = ("unstarted", "planned", "started", "finished", "delivered", "rejected")

# A band of the cumulative flow reaches from the stories that went further up to those that came at least so far.
_CUMULATIVE = """
WITH
shown AS (
    SELECT date, state, cumulative_entered, list_position($order, state) AS place
    FROM project_management.flow_daily
    WHERE
        project_id = $project
        AND state IN (SELECT unnest($order))
        AND date > CAST($as_of AS DATE) - CAST($days AS INTEGER)
)
SELECT
    date,
    state,
    cumulative_entered AS reached,
    coalesce(
        lead(cumulative_entered) OVER (PARTITION BY date ORDER BY place),
        min(cumulative_entered) OVER ()
    ) AS further
FROM shown
ORDER BY date, place
"""

_SNAPSHOT = """
SELECT date, state, list_position($order, state) AS place, in_state, points_in_state, wip
FROM project_management.flow_daily
WHERE
    project_id = $project
    AND state IN (SELECT unnest($order))
    AND date > CAST($as_of AS DATE) - CAST($days AS INTEGER)
ORDER BY date, place
"""


def _cumulative(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    data = rows(con, _CUMULATIVE, project=project, as_of=as_of, days=_DAYS, order=list(_ORDER))
    bands = (
        alt.Chart(beside(data))
        .mark_area(opacity=0.85, clip=True)
        .encode(
            x=days("date", span(as_of, back=_DAYS, ahead=1)),
            y=alt.Y("reached:Q", title="stories", scale=alt.Scale(zero=False, nice=False)),
            y2="further:Q",
            color=alt.Color("state:N", scale=colours(_colours_of(_ORDER)), title=None),
            tooltip=[
                day_tip("date", "Day"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("reached:Q", title="Came at least so far"),
            ],
        )
    )
    return panel(name, bands, height=160)


def _snapshot(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    data = rows(con, _SNAPSHOT, project=project, as_of=as_of, days=_DAYS, order=list(_OPEN))
    stack = (
        alt.Chart(beside(data))
        .mark_area(opacity=0.85, interpolate="step-after", clip=True)
        .encode(
            x=days("date", span(as_of, back=_DAYS, ahead=1)),
            y=alt.Y("in_state:Q", title="stories", stack="zero"),
            color=alt.Color("state:N", scale=colours(_colours_of(_OPEN)), title=None),
            order=alt.Order("place:Q", sort="descending"),
            tooltip=[
                day_tip("date", "Day"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("in_state:Q", title="Stories"),
                alt.Tooltip("points_in_state:Q", title="Points"),
                alt.Tooltip("wip:Q", title="In progress, all states"),
            ],
        )
    )
    return panel(name, stack, height=110)


def _colours_of(states: tuple[str, ...]) -> Mapping[str, str]:
    return {state: STATES[state] for state in states}


CUMULATIVE_FLOW = project_chart(
    name="cumulative_flow",
    title="Cumulative flow",
    asset="project_management.flow_daily",
    draw=_cumulative,
    note=f"Stories that have entered a state or a later one; the last {_DAYS} days, without releases. "
    "The axis starts at the number already accepted.",
    nothing=_NO_DAY,
)

STATE_SNAPSHOT = project_chart(
    name="state_snapshot",
    title="Open stories by state, day by day",
    asset="project_management.flow_daily",
    draw=_snapshot,
    note=f"Stories at the end of each of the last {_DAYS} days; without icebox, accepted stories and releases.",
    nothing=_NO_DAY,
)
