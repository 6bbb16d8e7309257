"""Story crosswalk: which stories went on in another system, and which story of the warehouse both ids mean.

Here: the lines of the crosswalk file as a table. Not here: the file (``pipelines.sources.pivotal_tracker.crosswalk``), what time entries name
(``story_references``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
One row per line of the crosswalk: a story of Tracker and what it goes on as in another system.

The crosswalk is the file that `PIPELINES_STORY_CROSSWALK` names: the story `story_id` goes on as `successor_id` in
`system`. Without the file the table is empty.

`known_story_id` is the story that both ids mean here: `story_id`, or, where only the successor is known and `system` is
`{TRACKER_V5}` (a host with Tracker's API), the successor. Time entries that name either are linked to it, so that

```sql
SELECT successor_id, sum(hours) FROM effort.time_story_links
JOIN effort.story_crosswalk ON known_story_id = time_story_links.story_id GROUP BY ALL
```

is the time spent on a story before and after the migration. Join `effort.story_effort` for its cost.
"""

_SQL = f"""
WITH lines AS (
    SELECT
        unnest(getvariable('crosswalk_story_ids')::BIGINT[]) AS story_id,
        unnest(getvariable('crosswalk_successor_ids')::VARCHAR[]) AS successor_id,
        unnest(getvariable('crosswalk_systems')::VARCHAR[]) AS system
)
SELECT
    lines.*,
    coalesce(original.story_id, successor.story_id) AS known_story_id
FROM lines
LEFT JOIN project_management.story_facts AS original
    ON original.story_id = lines.story_id
LEFT JOIN project_management.story_facts AS successor
    ON successor.story_id = if(system = '{TRACKER_V5}', try_cast(successor_id AS BIGINT), NULL)
"""


def story_crosswalk(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The lines of the crosswalk: one row per (story_id, system)."""
    return query(
        con,
        _SQL,
        crosswalk_story_ids=[line.story_id for line in run.crosswalk],
        crosswalk_successor_ids=[line.successor_id for line in run.crosswalk],
        crosswalk_systems=[line.system for line in run.crosswalk],
    )


STORY_CROSSWALK = MetricTable(
    schema="effort",
    name="story_crosswalk",
    grain=("story_id", "system"),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story."),
        Column("successor_id", "VARCHAR", "Its id in the other system."),
        Column("system", "VARCHAR", "The other system, as the file calls it."),
        Column(
            "known_story_id",
            "BIGINT",
            "The story of story_facts that both ids mean; NULL where neither is known.",
        ),
    ),
    inputs=("project_management.story_facts",),
    compute=story_crosswalk,
    headlines={
        "unknown_stories": "count(*) FILTER (known_story_id IS NULL)",
    },
    uses_crosswalk=True,
)
