"""Hours tracked each week, by Clockify project."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import day_tip, empty, panel, rows, stacked_bars, titled
from pipelines.outputs.charts.theme import GREY, PALETTE

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Hours tracked a week, by project"
_WEEKS = 13
_OTHERS = "all others"

# Weeks are those of utilization_weekly, so that the configured first day of the week is said in one place.
_SQL = """
WITH
weeks AS (
    SELECT week_start, bool_or(is_partial) OR week_start = min(week_start) OVER () AS is_partial
    FROM time_tracking.utilization_weekly
    GROUP BY week_start
    ORDER BY week_start DESC
    LIMIT $weeks
),
names AS (
    SELECT project_id, any_value(project_name) AS name
    FROM time_tracking.project_finance
    GROUP BY project_id
),
hours AS (
    SELECT
        week_start,
        is_partial,
        CASE WHEN project_id IS NULL THEN 'no project' ELSE coalesce(name, project_id) END AS project,
        sum(tracked_hours) AS hours
    FROM time_tracking.time_daily
    JOIN weeks ON local_date >= week_start AND local_date < week_start + 7
    LEFT JOIN names USING (project_id)
    GROUP BY ALL
    HAVING hours > 0
),
places AS (
    SELECT project, row_number() OVER (ORDER BY sum(hours) DESC, project) AS place
    FROM hours
    GROUP BY project
)
SELECT
    week_start,
    week_start + 6 AS week_end,
    is_partial,
    CASE WHEN place > $most THEN $others ELSE project END AS project,
    least(place, $most + 1) AS place,
    sum(hours) AS hours
FROM hours
JOIN places USING (project)
GROUP BY ALL
ORDER BY week_start, place
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:  # noqa: ARG001
    import altair as alt

    data = rows(con, _SQL, weeks=_WEEKS, most=len(PALETTE), others=_OTHERS)
    if not data:
        return empty(_TITLE, f"Nobody tracked time in the last {_WEEKS} weeks.")
    names = {row["place"]: row["project"] for row in data}
    of = dict(zip((names[place] for place in sorted(names)), [*PALETTE, GREY], strict=False))
    bars = stacked_bars(
        data,
        "hours",
        first="week_start",
        last="week_end",
        colour="project",
        colours_of=of,
        # The ends of names tell the projects of a client apart.
        legend=alt.Legend(columns=2, labelLimit=220),
        y=alt.Y("stack_from:Q", title="hours"),
        tips=[
            day_tip("week_start", "Week from"),
            alt.Tooltip("project:N", title="Project"),
            alt.Tooltip("hours:Q", format=".1f", title="Hours"),
        ],
    )
    return titled(
        panel(None, bars, height=240),
        _TITLE,
        f"Work without breaks, leave and running timers; the last {_WEEKS} weeks. Pale: weeks that may lack days, the "
        f"current one and the first of the data. At most {len(PALETTE)} projects have their own colour.",
    )


HOURS_BY_PROJECT = Chart(
    name="hours_by_project",
    title=_TITLE,
    asset="time_tracking.time_daily",
    inputs=(
        "time_tracking.time_daily",
        "time_tracking.utilization_weekly",
        "time_tracking.project_finance",
    ),
    build=_build,
)
