"""Aging work in progress: how old each open story is, over the percentiles of finished ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.charts.model import Chart
from pipelines.charts.parts import (
    colours,
    empty,
    inline,
    panel,
    panels,
    rows,
    spread,
    titled,
    tracker_projects,
)
from pipelines.charts.theme import BLUE, GREEN, GREY, LABEL_HEIGHT, OCHRE, SKY, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_TITLE = "Age of the work in progress"
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
SELECT p50_hours / 24, p70_hours / 24, p85_hours / 24, p95_hours / 24
FROM project_management.cycle_time_percentiles
WHERE project_id = $project AND window_days = 'all' AND story_type = 'all' AND n > 0
"""

_UNKNOWN = """
SELECT count(*) FILTER (age_hours IS NULL), count(*)
FROM project_management.aging_wip
"""


def _build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
    projects = tracker_projects(con, "project_management.aging_wip", as_of)
    if not projects.names:
        return empty(_TITLE, "No story is in progress.")
    unknown, all_stories = con.execute(_UNKNOWN).fetchone() or (0, 0)
    notes = [
        "Days since the first start, each dot a story. Bands: the time within which so many percent of the "
        "project's finished stories were done."
    ]
    if unknown:
        notes.append(f"{unknown} of {all_stories} stories are missing: their start is not known.")
    stories = {
        project: rows(con, _STORIES, project=project, most=_MOST_STORIES)
        for project in projects.names
    }
    crowd = max((abs(story["place"]) for found in stories.values() for story in found), default=0.0)
    views = [
        _panel(
            name,
            stories[project],
            crowd,
            con.execute(_PERCENTILES, {"project": project}).fetchone(),
        )
        for project, name in projects.names.items()
    ]
    return titled(panels(views), _TITLE, *notes, *projects.notes)


def _panel(
    name: str,
    stories: list[dict[str, Any]],
    crowd: float,
    percentiles: tuple[float, ...] | None,
) -> alt.LayerChart:
    import altair as alt

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
        ],
    )
    labels = dots.mark_text(dy=-11, fontSize=10).encode(text="reference:N")
    layers = [marks, labels] if len(stories) <= 12 else [marks]
    return panel(name, *_bands(stories, percentiles), *layers, height=_HEIGHT)


def _bands(stories: list[dict[str, Any]], percentiles: tuple[float, ...] | None) -> list[alt.Chart]:
    import altair as alt

    if percentiles is None:
        return []
    top = 1.1 * max([*percentiles, *(story["age"] for story in stories)])
    edges = [0.0, *percentiles, top]
    labels = spread(edges[1:], top * LABEL_HEIGHT / _HEIGHT)
    bands = [
        {"band": band, "low": low, "high": high, "label": label, "text": f"{high:.1f} d"}
        for band, low, high, label in zip(_BANDS, edges[:-1], edges[1:], labels, strict=True)
    ]
    base = alt.Chart(inline(bands))
    areas = base.mark_rect(opacity=0.16).encode(
        y=alt.Y("low:Q", title="days"),
        y2="high:Q",
        fill=alt.Fill("band:N", scale=colours(_BANDS), title=None),
    )
    names = (
        base.transform_filter(f"datum.high < {top}")
        .mark_text(align="left", dx=4)
        .encode(y="label:Q", x=alt.value("width"), text="text:N")
    )
    return [areas, names]


AGING_WIP = Chart(
    name="aging_wip",
    title=_TITLE,
    asset="project_management.aging_wip",
    inputs=(
        "project_management.aging_wip",
        "project_management.cycle_time_percentiles",
        "project_management.story_facts",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
    ),
    build=_build,
)
