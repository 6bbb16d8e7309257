"""Work in progress of each person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import beside, colours, panel, rows
from pipelines.outputs.charts.theme import BLUE, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MOST_PEOPLE = 12
_KINDS = {"in progress": BLUE, "blocked": VERMILION, "reviews waiting": SKY}

# People of one name are told apart by their ids.
_PEOPLE = """
WITH
shown AS (
    SELECT
        *,
        row_number() OVER (ORDER BY stories + reviews_waiting DESC, oldest_age_days DESC NULLS LAST, person_id) AS place,
        CASE
            WHEN person_id IS NULL THEN 'nobody'
            WHEN count(*) OVER (PARTITION BY name) > 1 OR name IS NULL THEN concat_ws(' ', name, '#' || person_id)
            ELSE name
        END AS person
    FROM project_management.work_in_progress
    WHERE project_id = $project
)
SELECT person, place, points, oldest_age_days, kind, count, position
FROM shown
CROSS JOIN LATERAL (VALUES
    ('in progress', stories - blocked, 1),
    ('blocked', blocked, 2),
    ('reviews waiting', reviews_waiting, 3)
) AS kinds (kind, count, position)
WHERE place <= $most AND count > 0
ORDER BY place, position
"""


def _panel(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    bars = rows(con, _PEOPLE, project=project, most=_MOST_PEOPLE)
    people = list(dict.fromkeys(bar["person"] for bar in bars))
    marks = (
        alt.Chart(beside(bars))
        .mark_bar()
        .encode(
            x=alt.X("count:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1)),
            y=alt.Y("person:N", sort=people, title=None),
            color=alt.Color("kind:N", scale=colours(_KINDS), title=None),
            order="position:Q",
            tooltip=[
                alt.Tooltip("person:N", title="Person"),
                alt.Tooltip("kind:N", title="Kind"),
                alt.Tooltip("count:Q", title="Number"),
                alt.Tooltip("points:Q", title="Points"),
                alt.Tooltip("oldest_age_days:Q", title="Oldest, days"),
            ],
        )
    )
    return panel(name, marks, height=10 + 17 * len(people))


WORK_IN_PROGRESS = project_chart(
    name="work_in_progress",
    title="Who has how much in progress",
    asset="project_management.work_in_progress",
    draw=_panel,
    shared_x=True,
    note="Stories in progress of each owner, and reviews that a person was asked for and has not decided. A story with several "
    f"owners counts for each of them. At most {_MOST_PEOPLE} people of a project.",
    nothing="No story is in progress, and no review is waited for.",
)
