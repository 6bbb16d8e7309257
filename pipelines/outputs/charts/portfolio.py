"""What all projects together delivered and took, month by month."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import beside, colours, empty, panel, panels, rows, titled
from pipelines.outputs.charts.theme import BLUE, GREEN, OCHRE

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "All projects, month by month"
_MONTHS = 18
_KINDS = {"stories": GREEN, "hours linked to stories": BLUE, "other hours": OCHRE}

_ROWS = f"""
WITH shown AS (
    SELECT *
    FROM project_management.portfolio_monthly
    ORDER BY month DESC
    LIMIT {_MONTHS}
)
SELECT strftime(month, '%b %y') AS label, month, kind, amount, is_partial, position
FROM shown
CROSS JOIN LATERAL (VALUES
    ('stories', CAST(accepted AS DOUBLE), 1),
    ('hours linked to stories', linked_hours, 2),
    ('other hours', greatest(0, hours - linked_hours), 3)
) AS kinds (kind, amount, position)
ORDER BY month, position
"""


def _build(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,  # noqa: ARG001
) -> alt.TopLevelMixin:
    shown = rows(con, _ROWS)
    if not shown:
        return empty(_TITLE, "No story was accepted, and no hour tracked yet.")
    stories = [row for row in shown if row["kind"] == "stories"]
    hours = [row for row in shown if row["kind"] != "stories"]
    return titled(
        panels([_bars("Accepted stories", stories), _bars("Hours of work", hours)]),
        _TITLE,
        "Sums over all projects of what may be added. The current month is pale.",
    )


def _bars(name: str, shown: list[dict[str, object]]) -> alt.LayerChart:
    import altair as alt

    months = list(dict.fromkeys(str(row["label"]) for row in shown))
    marks = (
        alt.Chart(beside(shown))
        .mark_bar()
        .encode(
            x=alt.X("label:N", sort=months, title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("amount:Q", title=None),
            color=alt.Color("kind:N", scale=colours(_KINDS), title=None),
            opacity=alt.condition("datum.is_partial", alt.value(0.5), alt.value(1)),
            order="position:Q",
            tooltip=[
                alt.Tooltip("label:N", title="Month"),
                alt.Tooltip("kind:N", title="Kind"),
                alt.Tooltip("amount:Q", format=",.0f", title="Number"),
            ],
        )
    )
    return panel(name, marks, height=100)


PORTFOLIO = Chart(
    name="portfolio",
    title=_TITLE,
    asset="project_management.portfolio_monthly",
    inputs=("project_management.portfolio_monthly",),
    build=_build,
)
