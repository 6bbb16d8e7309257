"""Budget burn: how much of each project's current budget is used, and where the run rate leads."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import beside, colours, empty, rows, titled
from pipelines.outputs.charts.theme import BLUE, GREY, OCHRE, VERMILION, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Budgets of the current cycle"
#: Of budgets that are in order so many are shown; of those that are not, all.
_MOST_IN_ORDER = 8
_ROW_HEIGHT = 44
_STATES = {"in order": BLUE, "likely overspent": OCHRE, "overspent": VERMILION}

_BUDGETS = """
WITH
budgets AS (
    SELECT
        *,
        coalesce(project_name, project_id) AS name,
        coalesce(forecast_pct, used_pct) AS expected_pct,
        CASE
            WHEN used_pct > 100 THEN 'overspent'
            WHEN coalesce(forecast_pct, used_pct) > 100 THEN 'likely overspent'
            ELSE 'in order'
        END AS state
    FROM time_tracking.project_budget
    QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
)
SELECT
    name || CASE WHEN count(*) OVER (PARTITION BY name) > 1 THEN ' …' || right(project_id, 4) ELSE '' END AS project,
    used_pct,
    expected_pct,
    state,
    format('{}: {:.0f} %', project, used_pct)
        || coalesce(
            format(', {:,.0f} of {:,.0f} {}', used, estimate, CASE basis WHEN 'time' THEN 'h' ELSE currency END), ''
        ) AS label,
    coalesce('since ' || strftime(cycle_start, '%-d %b %Y'), '')
        || CASE
            WHEN state != 'overspent' AND exhaustion_date IS NOT NULL
            THEN '; all used on ' || strftime(exhaustion_date, '%-d %b %Y')
            ELSE ''
        END AS cycle,
    row_number() OVER (ORDER BY greatest(expected_pct, used_pct) DESC, name, project_id) AS place,
    count(*) OVER () AS projects
FROM budgets
WHERE expected_pct IS NOT NULL
QUALIFY state != 'in order' OR row_number() OVER (PARTITION BY state ORDER BY expected_pct DESC, project_id) <= $most
ORDER BY place
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:  # noqa: ARG001
    import altair as alt

    data = rows(con, _BUDGETS, most=_MOST_IN_ORDER)
    if not data:
        return empty(_TITLE, "No project has an estimate with a current cycle in Clockify.")
    notes = [
        "Percentage of the budget used (bar), and at the end of the cycle if the run rate stays as it is (tick). The worst "
        "comes first; the line is the whole budget."
    ]
    if len(data) < data[0]["projects"]:
        notes.append(
            f"{len(data)} of {data[0]['projects']} budgets: all that are overspent or likely to be, "
            f"and the {_MOST_IN_ORDER} others with the most used."
        )
    base = alt.Chart(beside(data)).encode(
        y=alt.Y(
            "place:O", title=None, axis=None, scale=alt.Scale(paddingInner=0.6, paddingOuter=0.8)
        ),
        tooltip=[
            alt.Tooltip("project:N", title="Project"),
            alt.Tooltip("used_pct:Q", format=".0f", title="Used, %"),
            alt.Tooltip("expected_pct:Q", format=".0f", title="At this rate, %"),
            alt.Tooltip("label:N", title="Used"),
            alt.Tooltip("cycle:N", title="Cycle"),
        ],
    )
    share = alt.Axis(tickCount=5, orient="bottom")
    bars = base.mark_bar().encode(
        x=alt.X("used_pct:Q", title="% of the budget", axis=share, scale=alt.Scale(domainMin=0)),
        color=alt.Color("state:N", scale=colours(_STATES), title=None),
    )
    ticks = base.mark_tick(thickness=3, size=18, color=GREY).encode(x="expected_pct:Q")
    names = base.mark_text(align="left", baseline="bottom", dy=-10, limit=WIDTH).encode(
        x=alt.value(0), text="label:N"
    )
    limit = alt.Chart(beside([{"limit": 100}])).mark_rule(strokeDash=[5, 3]).encode(x="limit:Q")
    return titled(
        alt.layer(limit, bars, ticks, names).properties(
            width=WIDTH, height=_ROW_HEIGHT * len(data)
        ),
        _TITLE,
        *notes,
    )


PROJECT_BUDGET = Chart(
    name="project_budget",
    title=_TITLE,
    asset="time_tracking.project_budget",
    inputs=("time_tracking.project_budget",),
    build=_build,
)
