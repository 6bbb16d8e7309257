"""Aging work in progress: how old each open story is, over the percentiles of finished ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import colours, day_tip, inline, panel, percentile_labels, rows
from pipelines.outputs.charts.theme import BLUE, GREEN, GREY, OCHRE, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MOST_STORIES = 60
_HEIGHT = 170
_STATES = ("started", "finished", "delivered", "rejected")
_BLOCKED = {"going on": BLUE, "blocked": VERMILION}
_BANDS = {
    "up to 50 %": GREEN,
    "50 to 70 %": SKY,
    "70 to 85 %": OCHRE,
    "85 to 95 %": VERMILION,
    "over 95 %": GREY,
}

# Stories of one state stand side by side, oldest first.
_STORIES = """
SELECT
    story_id,
    '#' || story_id AS reference,
    name,
    aging.current_state AS state,
    age_hours / 24 AS age,
    percentile_vs_history,
    CASE WHEN blocked THEN 'blocked' ELSE 'going on' END AS blocked,
    CAST(blocked_since AS DATE) AS blocked_since,
    coalesce(array_to_string(owner_names, ', '), '') AS owners,
    row_number() OVER same_state - (count(*) OVER all_of_state + 1) / 2 AS place
FROM project_management.aging_wip AS aging
JOIN project_management.story_facts USING (story_id)
WHERE aging.project_id = $project AND age_hours IS NOT NULL
WINDOW
    same_state AS (PARTITION BY aging.current_state ORDER BY age_hours DESC, story_id),
    all_of_state AS (PARTITION BY aging.current_state)
ORDER BY age_hours DESC, story_id
LIMIT $most
"""

_PERCENTILES = """
SELECT p50_hours / 24 AS "50 %", p70_hours / 24 AS "70 %", p85_hours / 24 AS "85 %", p95_hours / 24 AS "95 %"
FROM project_management.cycle_time_percentiles
WHERE project_id = $project AND window_days = 'all' AND story_type = 'all' AND n > 0
"""

_UNKNOWN = """
SELECT count(*)
FROM project_management.aging_wip
WHERE project_id = $project AND age_hours IS NULL
"""


def _panel(
    con: duckdb.DuckDBPyConnection,
    project: int,
    name: str,
    as_of: datetime,  # noqa: ARG001
) -> alt.LayerChart:
    import altair as alt

    stories = rows(con, _STORIES, project=project, most=_MOST_STORIES)
    crowd = max((abs(story["place"]) for story in stories), default=0.0)
    [(unknown,)] = con.execute(_UNKNOWN, {"project": project}).fetchall()
    heading = f"{name} ({unknown} more, whose start is not known)" if unknown else name
    [percentiles] = rows(con, _PERCENTILES, project=project) or [{}]
    dots = alt.Chart(inline(stories)).encode(
        x=alt.X(
            "state:N",
            sort=list(_STATES),
            scale=alt.Scale(domain=list(_STATES)),
            axis=alt.Axis(labelAngle=0),
            title=None,
        ),
        xOffset=alt.XOffset("place:Q", scale=alt.Scale(domain=[-crowd - 0.5, crowd + 0.5])),
        y=alt.Y("age:Q", title="days"),
    )
    marks = dots.mark_point(size=80, opacity=1, stroke="white", strokeWidth=1).encode(
        color=alt.Color("blocked:N", scale=colours(_BLOCKED), title=None),
        shape=alt.Shape(
            "blocked:N",
            scale=alt.Scale(domain=list(_BLOCKED), range=["circle", "square"]),
            title=None,
        ),
        tooltip=[
            alt.Tooltip("reference:N", title="Story"),
            alt.Tooltip("name:N", title="Title"),
            alt.Tooltip("age:Q", format=".1f", title="Age, days"),
            alt.Tooltip("percentile_vs_history:Q", format=".0f", title="Older than, % of finished"),
            alt.Tooltip("owners:N", title="Owners"),
            day_tip("blocked_since", "Blocked since"),
        ],
    )
    labels = dots.mark_text(dy=-11, fontSize=10).encode(text="reference:N")
    layers = [marks, labels] if len(stories) <= 12 else [marks]
    return panel(heading, *_bands(stories, percentiles), *layers, height=_HEIGHT)


def _bands(stories: list[dict[str, Any]], percentiles: dict[str, float]) -> list[alt.Chart]:
    import altair as alt

    if not percentiles:
        return []
    top = 1.1 * max([*percentiles.values(), *(story["age"] for story in stories)])
    edges = [0.0, *percentiles.values(), top]
    bands = [
        {"band": band, "low": low, "high": high}
        for band, low, high in zip(_BANDS, edges[:-1], edges[1:], strict=True)
    ]
    areas = (
        alt.Chart(inline(bands))
        .mark_rect(opacity=0.16)
        .encode(
            y=alt.Y("low:Q", title="days"),
            y2="high:Q",
            fill=alt.Fill("band:N", scale=colours(_BANDS), title=None),
        )
    )
    labels = percentile_labels(percentiles, top, _HEIGHT)
    texts = labels.mark_text(align="left", dx=4).encode(
        y="label:Q", x=alt.value("width"), text="text:N"
    )
    return [areas, texts]


AGING_WIP = project_chart(
    name="aging_wip",
    title="Age of the work in progress",
    asset="project_management.aging_wip",
    inputs=("project_management.cycle_time_percentiles", "project_management.story_facts"),
    draw=_panel,
    note="Days since the first start, each dot a story. Bands: the time within which so many percent of the project's "
    "finished stories were done.",
    nothing="No story is in progress.",
)
