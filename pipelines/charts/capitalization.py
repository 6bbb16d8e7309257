"""Capital and operating expenditure: the hours of each month by category."""

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
    rows,
    stacked,
    titled,
)
from pipelines.charts.theme import BLUE, GREY, OCHRE

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Capital and operating expenditure"
_MONTHS = 13
_CATEGORIES = {"capex": BLUE, "opex": OCHRE, "unclassified": GREY}

_SQL = """
WITH
months AS (
    SELECT month, category, sum(hours) AS hours
    FROM effort.capitalization_monthly
    WHERE month > date_trunc('month', CAST($as_of AS DATE)) - to_months(CAST($months AS INTEGER))
    GROUP BY ALL
)
SELECT
    month,
    last_day(month) AS month_end,
    category,
    list_position($categories, category) AS place,
    hours,
    100 * hours / sum(hours) OVER (PARTITION BY month) AS share_pct
FROM months
ORDER BY month, place
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    import altair as alt

    data = rows(con, _SQL, as_of=as_of, months=_MONTHS, categories=list(_CATEGORIES))
    if not data:
        return empty(_TITLE, f"Nobody tracked time in the last {_MONTHS} months.")
    notes = ["Hours of work a month; the current month so far."]
    if not any(row["category"] == "capex" for row in data):
        notes.append(
            "Nothing is capital expenditure: the settings [capitalization] name no label that these stories have."
        )
    bars = (
        alt.Chart(inline(data))
        .mark_bar()
        .encode(
            x=days("month"),
            x2="month_end:T",
            y=alt.Y("stack_from:Q", title="hours"),
            color=alt.Color("category:N", scale=colours(_CATEGORIES), title=None),
            tooltip=[
                day_tip("month", "Month from"),
                alt.Tooltip("category:N", title="Category"),
                alt.Tooltip("hours:Q", format=".1f", title="Hours"),
                alt.Tooltip("share_pct:Q", format=".1f", title="Share of the month, %"),
            ],
        )
    )
    view = panel(None, stacked(bars, "hours", over="month", order="place"), height=220)
    return titled(view, _TITLE, *notes)


CAPITALIZATION = Chart(
    name="capitalization",
    title=_TITLE,
    asset="effort.capitalization_monthly",
    inputs=("effort.capitalization_monthly",),
    build=_build,
)
