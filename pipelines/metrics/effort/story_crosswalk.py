"""Story crosswalk: which stories went on in another system, and which story of the warehouse both ids mean.

Here: the lines of the crosswalk file as a table. Not here: the file (``pipelines.sources.pivotal_tracker.crosswalk``), what time entries name
(``story_references``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.made_ids import FIRST_MADE_ID
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
One row per line of the crosswalk: a story of Tracker and what it goes on as in another system.

The crosswalk is the file that `PIPELINES_STORY_CROSSWALK` names: the story `story_id` goes on as `successor_id` in
`system`. Without the file the table is empty.

Where no column of a file tells Tracker's stories, but one their titles, a story is found by its title, in any case of letters,
where one story and one line have it (`matched_by` is `title`). That is a guess: stories are renamed. Stories found so are linked
like the others; they stay in Tracker's scope.

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
),
titles AS (
    SELECT
        unnest(getvariable('title_texts')::VARCHAR[]) AS title,
        unnest(getvariable('title_successor_ids')::VARCHAR[]) AS successor_id,
        unnest(getvariable('title_systems')::VARCHAR[]) AS system
),
told AS (
    SELECT lower(trim(title)) AS title, system, any_value(successor_id) AS successor_id
    FROM titles
    GROUP BY ALL
    HAVING count(DISTINCT successor_id) = 1
),
named AS (
    SELECT lower(trim(name)) AS title, any_value(story_id) AS story_id
    FROM project_management.story_facts
    -- A successor has the title of its story, and is not what the file's title means.
    WHERE (NOT is_deleted OR migrated_at IS NOT NULL)
        AND story_id < {FIRST_MADE_ID}
    GROUP BY ALL
    HAVING count(*) = 1
),
all_lines AS (
    SELECT story_id, successor_id, system, 'id' AS matched_by FROM lines
    UNION ALL
    SELECT story_id, successor_id, system, 'title' AS matched_by
    FROM told JOIN named USING (title)
)
SELECT
    lines.*,
    coalesce(original.story_id, successor.story_id) AS known_story_id
FROM all_lines AS lines
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
        title_texts=[line.title for line in run.titles],
        title_successor_ids=[line.successor_id for line in run.titles],
        title_systems=[line.system for line in run.titles],
    )


def _notes(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, str]:
    """How many of the lines that know titles alone found their story."""
    if not run.titles:
        return {}
    found = con.execute(
        "SELECT count(*) FROM effort.story_crosswalk WHERE matched_by = 'title'"
    ).fetchone()
    matched = found[0] if found else 0
    return {
        "matched_by_title": f"{matched:,} of {len(run.titles):,} lines of the crosswalk found their story by its title; a title "
        "that no story has, or more than one, finds none."
    }


STORY_CROSSWALK = MetricTable(
    schema="effort",
    name="story_crosswalk",
    grain=("story_id", "system"),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story."),
        Column("successor_id", "VARCHAR", "Its id in the other system."),
        Column("system", "VARCHAR", "The other system, as the file calls it."),
        Column("matched_by", "VARCHAR", "`id`, or `title` where the file knows no id of Tracker."),
        Column(
            "known_story_id",
            "BIGINT",
            "The story of story_facts that both ids mean; NULL where neither is known.",
        ),
    ),
    inputs=("project_management.story_facts",),
    compute=story_crosswalk,
    notes=_notes,
    headlines={
        "unknown_stories": "count(*) FILTER (known_story_id IS NULL)",
    },
    uses_crosswalk=True,
)
