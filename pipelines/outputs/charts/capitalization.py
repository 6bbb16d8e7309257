"""Capital and operating expenditure: the hours of each month by category."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import day_tip, empty, panel, rows, stacked_bars, titled
from pipelines.outputs.charts.theme import BLUE, GREY, OCHRE

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
    last_day(month) >= CAST($as_of AS DATE) AS is_partial,
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
    notes = ["Hours of work a month; the current month so far (pale)."]
    if any(row["category"] == "unclassified" for row in data):
        notes.append(
            "Unclassified: time without a story, and stories that no rule of the settings [capitalization] fits."
        )
    if not any(row["category"] == "capex" for row in data):
        notes.append(
            "Nothing is capital expenditure: the settings [capitalization] name no label that these stories have."
        )
    bars = stacked_bars(
        data,
        "hours",
        first="month",
        last="month_end",
        colour="category",
        colours_of=_CATEGORIES,
        label="%b %y",
        y=alt.Y("stack_from:Q", title="hours"),
        tips=[
            day_tip("month", "Month from"),
            alt.Tooltip("category:N", title="Category"),
            alt.Tooltip("hours:Q", format=".1f", title="Hours"),
            alt.Tooltip("share_pct:Q", format=".1f", title="Share of the month, %"),
        ],
    )
    return titled(panel(None, bars, height=220), _TITLE, *notes)


CAPITALIZATION = Chart(
    name="capitalization",
    title=_TITLE,
    asset="effort.capitalization_monthly",
    inputs=("effort.capitalization_monthly",),
    build=_build,
)
