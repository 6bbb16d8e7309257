"""Data quality: what looks wrong with time entries, and how much of it is recent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import beside, colours, empty, rows, titled
from pipelines.outputs.charts.theme import GREY, OCHRE, VERMILION, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Time entries to review"
_RECENT_DAYS = 28
_SEVERITIES = {"error": VERMILION, "warning": OCHRE, "info": GREY}

_SQL = """
SELECT
    replace(finding, '_', ' ') AS finding,
    severity,
    count(*) AS entries,
    count(*) FILTER (local_date > CAST($as_of AS DATE) - CAST($days AS INTEGER)) AS recent,
    format('{:,} ({:,} recent)', entries, recent) AS text
FROM time_tracking.time_quality
LEFT JOIN time_tracking.time_entry_facts USING (entry_id)
GROUP BY ALL
ORDER BY entries DESC, finding
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    import altair as alt

    data = rows(con, _SQL, as_of=as_of, days=_RECENT_DAYS)
    if not data:
        return empty(
            _TITLE, "No finding: nothing looks wrong with the time entries that were read."
        )
    room_for_numbers = 1.25 * max(row["entries"] for row in data)
    base = alt.Chart(beside(data)).encode(
        y=alt.Y("finding:N", sort=None, title=None),
        x=alt.X(
            "entries:Q",
            title="time entries",
            scale=alt.Scale(domainMax=room_for_numbers),
            axis=alt.Axis(tickCount=6),
        ),
    )
    bars = base.mark_bar().encode(
        color=alt.Color("severity:N", scale=colours(_SEVERITIES), title=None),
        tooltip=[
            alt.Tooltip("finding:N", title="Finding"),
            alt.Tooltip("severity:N", title="Severity"),
            alt.Tooltip("entries:Q", title="Entries"),
            alt.Tooltip("recent:Q", title=f"In the last {_RECENT_DAYS} days"),
        ],
    )
    numbers = base.mark_text(align="left", dx=4).encode(text="text:N")
    return titled(
        alt.layer(bars, numbers).properties(width=WIDTH, height=26 * len(data)),
        _TITLE,
        f"Findings of all time, one entry can have several; recent: the last {_RECENT_DAYS} days.",
    )


TIME_QUALITY = Chart(
    name="time_quality",
    title=_TITLE,
    asset="time_tracking.time_quality",
    inputs=("time_tracking.time_quality", "time_tracking.time_entry_facts"),
    build=_build,
)
