"""Utilization of each person, week by week, as a heat map."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import beside, empty, rows, titled
from pipelines.outputs.charts.theme import CELL_TEXT, HIGH, LOW, MIDDLE, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Utilization by person and week"
_WEEKS = 13
_MOST_PEOPLE = 25

# People may share a name, and some have none: the end of the id keeps them apart.
_SQL = """
WITH
recent AS (
    SELECT *, week_start = min(week_start) OVER () AS is_first
    FROM time_tracking.utilization_weekly
    QUALIFY dense_rank() OVER (ORDER BY week_start DESC) <= $weeks
),
people AS (
    SELECT
        user_id,
        max(user_name) AS name,
        count(*) OVER (PARTITION BY max(user_name)) > 1 OR max(user_name) IS NULL AS is_ambiguous,
        row_number() OVER (ORDER BY sum(tracked_hours) DESC, user_id) AS place,
        count(*) OVER () AS people
    FROM recent
    GROUP BY user_id
)
SELECT
    coalesce(name, 'Former member') || CASE WHEN is_ambiguous THEN ' …' || right(user_id, 4) ELSE '' END AS person,
    week_start,
    strftime(week_start, '%-d %b') || CASE WHEN is_partial OR is_first THEN ' *' ELSE '' END AS week,
    people,
    tracked_hours,
    capacity_hours,
    leave_hours,
    net_capacity_hours,
    net_utilization_pct
FROM recent
JOIN people USING (user_id)
WHERE place <= $most
ORDER BY person, week_start
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:  # noqa: ARG001
    import altair as alt

    data = rows(con, _SQL, weeks=_WEEKS, most=_MOST_PEOPLE)
    if not data:
        return empty(_TITLE, "No person has a week with capacity or tracked time yet.")
    people = data[0]["people"]
    notes = [
        "Tracked hours as a percentage of the week's capacity, net of leave; * a week that may lack days: the current one, or the "
        "first of the data. "
        "Empty: no capacity, for example a week of leave."
    ]
    if people > _MOST_PEOPLE:
        notes.append(f"{_MOST_PEOPLE} of {people} people: those with the most tracked hours.")
    base = alt.Chart(beside(data)).encode(
        x=alt.X(
            "week:O", sort=alt.SortField("week_start"), title=None, axis=alt.Axis(labelAngle=0)
        ),
        y=alt.Y("person:N", title=None),
    )
    known = base.transform_filter("isValid(datum.net_utilization_pct)")
    cells = known.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            "net_utilization_pct:Q",
            scale=alt.Scale(
                domain=[50, 100, 150], range=[LOW, MIDDLE, HIGH], clamp=True, interpolate="lab"
            ),
            legend=alt.Legend(title="% of capacity", titleOrient="left", gradientLength=180),
        ),
        tooltip=[
            alt.Tooltip("person:N", title="Person"),
            alt.Tooltip("week:N", title="Week from"),
            alt.Tooltip("tracked_hours:Q", format=".1f", title="Tracked, hours"),
            alt.Tooltip("capacity_hours:Q", format=".1f", title="Capacity, hours"),
            alt.Tooltip("leave_hours:Q", format=".1f", title="Leave, hours"),
            alt.Tooltip("net_utilization_pct:Q", format=".1f", title="Utilization, %"),
        ],
    )
    numbers = known.mark_text(color=CELL_TEXT).encode(
        text=alt.Text("net_utilization_pct:Q", format=".0f")
    )
    size = {"width": WIDTH, "height": 24 * len({row["person"] for row in data})}
    return titled(alt.layer(cells, numbers).properties(**size), _TITLE, *notes)


UTILIZATION = Chart(
    name="utilization",
    title=_TITLE,
    asset="time_tracking.utilization_weekly",
    inputs=("time_tracking.utilization_weekly",),
    build=_build,
)
