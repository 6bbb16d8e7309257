"""Budget burn: how much of each project's current budget is used, and where the run rate leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import (
    day_tip,
    days,
    empty,
    inline,
    labelled,
    panel,
    panels,
    rows,
    titled,
)
from pipelines.outputs.charts.theme import BLUE, OCHRE

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Budget burn of the current cycle"
_MOST_PROJECTS = 6
_MOST_DAYS = 120
_USED, _FORECAST = "used", "at this rate"
_COLOURS = {_USED: BLUE, _FORECAST: OCHRE}

_BUDGETS = """
SELECT
    project_id,
    coalesce(project_name, project_id) AS name,
    basis,
    currency,
    estimate,
    used,
    used_pct,
    cycle_start,
    coalesce(cycle_end, CAST($as_of AS DATE)) AS cycle_end,
    least(cycle_start + CAST(elapsed_days AS INTEGER), coalesce(cycle_end, CAST($as_of AS DATE))) AS today,
    coalesce(forecast_pct, used_pct) AS forecast_pct,
    exhaustion_date,
    cycle_end IS NOT NULL AS cycle_end_known,
    count(*) OVER () AS projects
FROM time_tracking.project_budget
WHERE
    estimate IS NOT NULL
    AND used IS NOT NULL
QUALIFY
    cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
    AND coalesce(cycle_end >= CAST($as_of AS DATE) - 1, true)
ORDER BY cycle_end_known DESC, forecast_pct DESC, project_id
"""

# The table knows what is used by now; the course up to here is that of the tracked hours, which a budget in money
# or without non-billable time follows closely but not exactly.
_COURSE = """
WITH
daily AS (
    SELECT CAST(day AS DATE) AS date, coalesce(sum(tracked_hours), 0) AS hours
    FROM generate_series(CAST($first AS DATE), CAST($today AS DATE), INTERVAL 1 DAY) AS days (day)
    LEFT JOIN time_tracking.time_daily ON local_date = CAST(day AS DATE) AND project_id = $project
    GROUP BY ALL
)
SELECT
    date,
    $used_pct * sum(hours) OVER (ORDER BY date) / nullif(sum(hours) OVER (), 0) AS used_pct
FROM daily
QUALIFY (date - CAST($first AS DATE)) % $step = 0 OR date = CAST($today AS DATE)
ORDER BY date
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    budgets = rows(con, _BUDGETS, as_of=as_of)
    if not budgets:
        return empty(_TITLE, "No project has an estimate with a current cycle in Clockify.")
    notes = [
        "Percent of the estimate; the course of the days is that of the tracked hours. "
        "Dashed: the run rate so far, up to the end of the cycle."
    ]
    if len(budgets) > _MOST_PROJECTS:
        notes.append(
            f"{_MOST_PROJECTS} of {len(budgets)} projects: first those whose cycle ends, then by forecast."
        )
    views = [_panel(con, budget) for budget in budgets[:_MOST_PROJECTS]]
    return titled(panels(views), _TITLE, *notes)


def _panel(con: duckdb.DuckDBPyConnection, budget: dict[str, Any]) -> alt.LayerChart:
    import altair as alt

    length = date.fromisoformat(budget["today"]) - date.fromisoformat(budget["cycle_start"])
    course = rows(
        con,
        _COURSE,
        project=budget["project_id"],
        first=budget["cycle_start"],
        today=budget["today"],
        used_pct=budget["used_pct"],
        step=length.days // _MOST_DAYS + 1,
    )
    ahead = [
        {"date": budget["today"], "used_pct": budget["used_pct"]},
        {"date": budget["cycle_end"], "used_pct": budget["forecast_pct"]},
    ]
    tips = [day_tip("date", "Day"), alt.Tooltip("used_pct:Q", format=".0f", title="Used, %")]
    used = (
        alt.Chart(inline(course))
        .mark_line(interpolate="step-after")
        .encode(
            x=days("date"),
            y=alt.Y("used_pct:Q", title="% of estimate", axis=alt.Axis(tickCount=3)),
            tooltip=tips,
        )
    )
    forecast = (
        alt.Chart(inline(ahead))
        .mark_line(strokeDash=[5, 3])
        .encode(x=days("date"), y="used_pct:Q", tooltip=tips)
    )
    limit = alt.Chart(inline([{"limit": 100}])).mark_rule().encode(y="limit:Q")
    return panel(
        _heading(budget),
        limit,
        labelled(used, _USED, _COLOURS),
        labelled(forecast, _FORECAST, _COLOURS),
        height=90,
    )


def _heading(budget: dict[str, Any]) -> str:
    unit = "h" if budget["basis"] == "time" else budget["currency"]
    text = f"{budget['name']}: {budget['used']:,.0f} of {budget['estimate']:,.0f} {unit}"
    if budget["used"] > budget["estimate"]:
        return f"{text}, overspent"
    if budget["exhaustion_date"]:
        return f"{text}, at this rate all used on {budget['exhaustion_date']}"
    return text


PROJECT_BUDGET = Chart(
    name="project_budget",
    title=_TITLE,
    asset="time_tracking.project_budget",
    inputs=("time_tracking.project_budget", "time_tracking.time_daily"),
    build=_build,
)
