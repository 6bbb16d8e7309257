"""The Monte Carlo forecast: in how many weeks the simulated futures finish what is open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, colours, panel, rows
from pipelines.outputs.charts.theme import BLUE, OCHRE, SKY

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MOST_BARS = 60
_LIKELY = {"first 50 %": BLUE, "up to 85 %": SKY, "the slowest 15 %": OCHRE}

# The last half percent of the futures can be far out; it would squeeze all others.
_DISTRIBUTION = """
WITH
outcomes AS (
    SELECT
        outcome,
        share_pct,
        sum(share_pct) OVER (ORDER BY outcome) AS finished_pct,
        greatest(1, ceil(max(outcome) OVER () / $most)) AS width
    FROM project_management.forecast_distribution
    WHERE project_id = $project AND question = 'when' AND scope = 'growing'
    QUALIFY finished_pct - share_pct < 99.5
)
SELECT
    min(outcome) - 0.45 AS first_week,
    max(outcome) + 0.45 AS last_week,
    max(outcome) AS weeks,
    sum(share_pct) AS share_pct,
    max(finished_pct) AS finished_pct,
    CASE
        WHEN max(finished_pct) - sum(share_pct) < 50 THEN 'first 50 %'
        WHEN max(finished_pct) - sum(share_pct) < 85 THEN 'up to 85 %'
        ELSE 'the slowest 15 %'
    END AS likely
FROM outcomes
GROUP BY CAST(outcome // width AS BIGINT)
ORDER BY first_week
"""

_FINISH = """
SELECT weeks, percentile || ' %: ' || strftime(date, '%-d %b %Y') AS text
FROM project_management.forecast
WHERE project_id = $project AND question = 'when' AND scope = 'growing' AND percentile = 85 AND weeks IS NOT NULL
"""

_OPEN = """
SELECT
    any_value(horizon),
    any_value(history_weeks),
    any_value(hits),
    any_value(n)
FROM project_management.forecast
LEFT JOIN project_management.forecast_calibration USING (project_id, question, scope, percentile)
WHERE project_id = $project AND question = 'when' AND scope = 'growing' AND percentile = 85
"""


def _panel(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    outcomes = rows(con, _DISTRIBUTION, project=project, most=_MOST_BARS)
    room_for_dates = 1.2 * max(outcome["share_pct"] for outcome in outcomes)
    bars = (
        alt.Chart(beside(outcomes))
        .mark_bar()
        .encode(
            x=alt.X(
                "first_week:Q",
                title="weeks from now",
                scale=alt.Scale(zero=False, nice=False),
                axis=alt.Axis(format="d", tickMinStep=1),
            ),
            x2="last_week:Q",
            y=alt.Y(
                "share_pct:Q",
                title="% chance",
                scale=alt.Scale(domainMax=room_for_dates, nice=False),
            ),
            y2=alt.datum(0),
            color=alt.Color("likely:N", scale=colours(_LIKELY), title=None),
            tooltip=[
                alt.Tooltip("weeks:Q", title="Weeks"),
                alt.Tooltip("share_pct:Q", format=".1f", title="Futures, %"),
                alt.Tooltip("finished_pct:Q", format=".1f", title="Done by then, %"),
            ],
        )
    )
    finish = alt.Chart(beside(rows(con, _FINISH, project=project)))
    rules = finish.mark_rule(strokeDash=[5, 3]).encode(x="weeks:Q")
    texts = finish.mark_text(align="left", baseline="top", dx=4).encode(
        x="weeks:Q", y=alt.value(0), text="text:N"
    )
    [(stories, weeks, kept, dates)] = con.execute(_OPEN, {"project": project}).fetchall()
    past = f"; {kept} of {dates} earlier dates were kept" if dates else ""
    note = f"{stories} open stories, from {weeks} weeks{past}"
    return panel(name, rules, bars, texts, note=note)


FORECAST = project_chart(
    name="forecast",
    title="When the open stories are done: simulated futures",
    asset="project_management.forecast_distribution",
    inputs=("project_management.forecast", "project_management.forecast_calibration"),
    projects="""
        SELECT project_id
        FROM project_management.forecast_distribution
        WHERE question = 'when' AND scope = 'growing'
    """,
    draw=_panel,
    note="Chance of finishing in each week, if stories are accepted and added as before.",
    nothing="No forecast: it needs open stories, and stories accepted in the weeks before, more than were added (see the definition).",
)
