"""Aging work in progress: how old each open story is, over the percentiles of finished ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import (
    above_marks,
    beside,
    colours,
    day_tip,
    panel,
    percentile_labels,
    rows,
)
from pipelines.outputs.charts.theme import LABEL_ABOVE, LABEL_WIDTH, LABELLED_ROW, STATES, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_MOST_STORIES = 8
_STATES = ("started", "finished", "delivered", "rejected")
_SHAPES = {"in progress": "circle", "blocked": "cross"}

_STORIES = """
SELECT
    story_id,
    coalesce(name || ' ', '') || '#' || story_id AS story,
    aging.current_state AS state,
    age_hours / 24 AS age,
    percentile_vs_history,
    CASE WHEN blocked THEN 'blocked' ELSE 'in progress' END AS progress,
    CAST(blocked_since AS DATE) AS blocked_since,
    coalesce(array_to_string(owner_names, ', '), '') AS owners,
    row_number() OVER (ORDER BY age_hours DESC, story_id) AS place,
    count(*) OVER () AS stories
FROM project_management.aging_wip AS aging
JOIN project_management.story_facts USING (story_id)
WHERE aging.project_id = $project AND age_hours IS NOT NULL
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
    [(unknown,)] = con.execute(_UNKNOWN, {"project": project}).fetchall()
    [percentiles] = rows(con, _PERCENTILES, project=project) or [{}]
    dots = alt.Chart(beside(stories)).encode(
        x=alt.X("age:Q", title="days", scale=alt.Scale(domainMin=0)),
        y=alt.Y("place:O", title=None, axis=None, scale=alt.Scale(padding=0.7)),
        tooltip=[
            alt.Tooltip("story:N", title="Story"),
            alt.Tooltip("state:N", title="State"),
            alt.Tooltip("age:Q", format=".1f", title="Age, days"),
            alt.Tooltip("percentile_vs_history:Q", format=".0f", title="Older than, % of finished"),
            alt.Tooltip("progress:N", title="Progress"),
            alt.Tooltip("owners:N", title="Owners"),
            day_tip("blocked_since", "Blocked since"),
        ],
    )
    marks = dots.mark_point(size=90, opacity=1).encode(
        color=alt.Color(
            "state:N",
            scale=colours({state: STATES[state] for state in _STATES}),
            legend=alt.Legend(columns=2),
            title=None,
        ),
        shape=alt.Shape(
            "progress:N",
            scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())),
            legend=alt.Legend(columns=1),
            title=None,
        ),
    )
    longest = max([*percentiles.values(), *(story["age"] for story in stories)], default=0)
    return panel(
        name,
        *_rules(percentiles, longest),
        marks,
        above_marks(dots, "story"),
        height=LABELLED_ROW * len(stories) + LABEL_ABOVE,
        note=_note(stories[0]["stories"] if stories else 0, unknown),
    )


def _note(stories: int, unknown: int) -> str:
    """What is not drawn."""
    notes = []
    if stories > _MOST_STORIES:
        notes.append(f"the {_MOST_STORIES} oldest of {stories}")
    if unknown:
        notes.append(f"{unknown} more, whose start is not known")
    return "; ".join(notes)


def _rules(percentiles: dict[str, float], longest: float) -> list[alt.Chart]:
    """A line across the panel at the time that so many percent of the finished stories took; ``longest`` is drawn at its end."""
    import altair as alt

    if not percentiles:
        return []
    labels = percentile_labels(percentiles, longest * LABEL_WIDTH / WIDTH)
    rules = labels.mark_rule(strokeDash=[5, 3], opacity=0.6).encode(x=alt.X("days:Q", title="days"))
    texts = labels.mark_text(align="center", baseline="bottom", dy=-2).encode(
        x="label:Q", y=alt.value(0), text="share:N"
    )
    return [rules, texts]


AGING_WIP = project_chart(
    name="aging_wip",
    title="Age of the work in progress",
    asset="project_management.aging_wip",
    inputs=("project_management.cycle_time_percentiles", "project_management.story_facts"),
    draw=_panel,
    note="Days since the first start, oldest first; a cross is a blocked story. Lines: how long 50, 70, 85 and 95 % of the "
    "project's finished stories took (all time).",
    nothing="No story is in progress.",
)
