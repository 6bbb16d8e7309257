"""What blocked stories, from when to when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.by_project import project_chart
from pipelines.outputs.charts.parts import (
    above_marks,
    beside,
    colours,
    day_tip,
    days,
    panel,
    rows,
    span,
)
from pipelines.outputs.charts.theme import GREY, LABEL_ABOVE, LABELLED_ROW, VERMILION

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_DAYS = 90
_MOST_STORIES = 10
_KINDS = {"blocked now": VERMILION, "was blocked": GREY}

_SHOWN = """
SELECT *
FROM project_management.story_blocks
WHERE hours IS NOT NULL AND coalesce(blocked_to, $as_of) > $as_of - INTERVAL 90 DAY
"""

# Stories that are blocked now come first, then those that were blocked longest.
_BLOCKS = f"""
WITH
blocks AS ({_SHOWN}),
stories AS (
    SELECT story_id, row_number() OVER (ORDER BY max(is_open) DESC, sum(hours) DESC, story_id) AS place
    FROM blocks
    WHERE project_id = $project
    GROUP BY story_id
)
SELECT
    coalesce(name || ' ', '') || '#' || story_id AS story,
    description,
    CAST(greatest(blocked_from, $as_of - INTERVAL 90 DAY) AS TIMESTAMP) AS shown_from,
    CAST(coalesce(blocked_to, $as_of) AS TIMESTAMP) AS shown_to,
    blocked_from,
    hours / 24 AS days,
    CASE WHEN is_open THEN 'blocked now' ELSE 'was blocked' END AS kind,
    place
FROM blocks
JOIN stories USING (story_id)
LEFT JOIN project_management.story_facts USING (story_id)
WHERE place <= $most
ORDER BY place, blocked_from, blocker_id
"""


def _panel(
    con: duckdb.DuckDBPyConnection, project: int, name: str, as_of: datetime
) -> alt.LayerChart:
    import altair as alt

    blocks = rows(con, _BLOCKS, project=project, as_of=as_of, most=_MOST_STORIES)
    stories = {block["place"]: block["story"] for block in blocks}
    row = alt.Y("place:O", title=None, axis=None, scale=alt.Scale(padding=0.7))
    bars = (
        alt.Chart(beside(blocks))
        .mark_rule(strokeWidth=7, strokeCap="round")
        .encode(
            x=days("shown_from", span(as_of, back=_DAYS, ahead=1)),
            x2="shown_to:T",
            y=row,
            color=alt.Color("kind:N", scale=colours(_KINDS), title=None),
            tooltip=[
                alt.Tooltip("story:N", title="Story"),
                alt.Tooltip("description:N", title="What blocks it"),
                day_tip("blocked_from", "Since"),
                alt.Tooltip("days:Q", format=".1f", title="Days"),
            ],
        )
    )
    titles = [{"place": place, "story": story} for place, story in stories.items()]
    return panel(
        name,
        bars,
        above_marks(alt.Chart(beside(titles)).encode(y=row), "story"),
        height=LABELLED_ROW * len(stories) + LABEL_ABOVE,
    )


STORY_BLOCKS = project_chart(
    name="story_blocks",
    title="Blocked stories",
    asset="project_management.story_blocks",
    inputs=("project_management.story_facts",),
    projects=f"SELECT project_id FROM ({_SHOWN})",
    draw=_panel,
    note=f"Each bar a blocker, from when it was made until it was resolved, the last {_DAYS} days; of a project at most "
    f"{_MOST_STORIES} stories, those that are blocked now before those that were.",
    nothing="No story was blocked in the last 90 days, as far as blockers have dates.",
)
