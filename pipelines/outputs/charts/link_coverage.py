"""Link coverage: how much of the tracked time names a story."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import day_tip, empty, panel, rows, stacked_bars, titled
from pipelines.outputs.charts.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Tracked time that is linked to stories"
_WEEKS = 26
_KINDS = {"linked": BLUE, "names an unknown story": VERMILION, "names no story": GREY}

_SQL = """
WITH
weeks AS (
    SELECT
        week_start,
        sum(tracked_hours) AS tracked_hours,
        sum(linked_hours) AS "linked",
        sum(unmatched_reference_hours) AS "names an unknown story",
        sum(unlinked_hours) - sum(unmatched_reference_hours) AS "names no story"
    FROM effort.link_coverage
    GROUP BY week_start
    HAVING sum(tracked_hours) > 0
    ORDER BY week_start DESC
    LIMIT $weeks
)
SELECT
    week_start,
    week_start + 6 AS week_end,
    kind,
    list_position($kinds, kind) AS place,
    week_end >= CAST($as_of AS DATE) AS is_partial,
    hours,
    100 * hours / tracked_hours AS share_pct
FROM (UNPIVOT weeks ON "linked", "names an unknown story", "names no story" INTO NAME kind VALUE hours)
ORDER BY week_start, place
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    import altair as alt

    data = rows(con, _SQL, as_of=as_of, weeks=_WEEKS, kinds=list(_KINDS))
    if not data:
        return empty(_TITLE, "No week has tracked time yet.")
    bars = stacked_bars(
        data,
        "share_pct",
        first="week_start",
        last="week_end",
        colour="kind",
        colours_of=_KINDS,
        y=alt.Y("stack_from:Q", title="% of tracked hours", scale=alt.Scale(domain=[0, 100])),
        tips=[
            day_tip("week_start", "Week from"),
            alt.Tooltip("kind:N", title="Time that"),
            alt.Tooltip("hours:Q", format=".1f", title="Hours"),
            alt.Tooltip("share_pct:Q", format=".1f", title="Share, %"),
        ],
    )
    return titled(
        panel(None, bars, height=220),
        _TITLE,
        f"Share of each week's tracked hours, the last {_WEEKS} weeks with tracked time, the current one so far (pale).",
    )


LINK_COVERAGE = Chart(
    name="link_coverage",
    title=_TITLE,
    asset="effort.link_coverage",
    inputs=("effort.link_coverage",),
    build=_build,
)
