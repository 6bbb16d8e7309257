"""Story blocks: what blocked each story, from when to when.

Not here: how much of a cycle was blocked (``story_facts``), which stories are blocked now (``aging_wip``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.story_waits import define_story_waits

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per blocker of a story, those that were removed included.

**From** its creation **to** the first of these: it was resolved or removed, its story was accepted (an accepted story is
not blocked any more) or deleted; `ended_by` says which. Until then `blocked_to` is NULL and `is_open`. The log of activity
dates it; where the log does not reach, a blocker was resolved at its `updated_at` at the latest, and removed when it was
last read. A blocker that was resolved and then opened again counts from the first time to the last; `hours` has only the
times in which it was open, `open_since` is when the present one began.

`hours` count up to `as_of` while it is open. They are NULL with `hours_reason = 'not_dated'` where the source does not say
when it began or ended: exports have blockers without dates.

Example: a blocker is made on Monday at 9:00, resolved on Monday at 15:00, opened again on Tuesday at 9:00 and resolved at
11:00: from Monday 9:00 to Tuesday 11:00, 8 hours.
"""

_SQL = """
WITH waits AS (
    SELECT
        part_id AS blocker_id,
        min(begins_at) AS begins_at,
        max(coalesce(ends_at, 'infinity')) AS ends_at,
        arg_max(ended_by, coalesce(ends_at, 'infinity')) AS ended_by,
        bool_and(is_dated) AS is_dated,
        bool_or(ends_at IS NULL) AS is_open,
        max(begins_at) FILTER (ends_at IS NULL) AS open_since,
        sum(hours_between(begins_at, coalesce(ends_at, as_of()))) FILTER (is_dated) AS hours
    FROM story_waits
    WHERE kind = 'blocker'
    GROUP BY ALL
),
stories AS (
    SELECT DISTINCT story_id, project_id
    FROM project_management.story_states
),
blockers AS (
    SELECT part_id AS blocker_id, * EXCLUDE (part_id)
    FROM story_parts
    WHERE kind = 'blocker'
)
SELECT
    blocker_id,
    story_id,
    coalesce(stories.project_id, blockers.project_id) AS project_id,
    nullif(coalesce(begins_at, created_at), '-infinity') AS blocked_from,
    nullif(coalesce(ends_at, created_at), 'infinity') AS blocked_to,
    if(coalesce(is_dated, true), coalesce(hours, 0), NULL) AS hours,
    if(coalesce(is_dated, true), NULL, 'not_dated') AS hours_reason,
    coalesce(is_open, false) AS is_open,
    nullif(open_since, '-infinity') AS open_since,
    if(is_open, NULL, coalesce(ended_by, 'resolved')) AS ended_by,
    NOT coalesce(is_open, false)
        AND (
            coalesce(ended_by, 'resolved') = 'resolved'
            OR (is_over AND coalesce(updated_at <= as_of(), true))
        ) AS is_resolved,
    description,
    person_id AS reported_by_id
FROM blockers
LEFT JOIN waits USING (blocker_id)
LEFT JOIN stories USING (story_id)
"""


def story_blocks(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Every known blocker with its time; grain blocker_id."""
    define_calendar(con, run)
    define_story_waits(con)
    return con.sql(_SQL)


STORY_BLOCKS = MetricTable(
    schema="project_management",
    name="story_blocks",
    grain=("blocker_id",),
    definition=_DEFINITION,
    columns=(
        Column("blocker_id", "BIGINT", "Tracker blocker."),
        Column("story_id", "BIGINT", "The story that it blocked."),
        Column("project_id", "BIGINT", "The project that the story is in now."),
        Column("blocked_from", "TIMESTAMPTZ", "When it began; NULL where the source does not say."),
        Column("blocked_to", "TIMESTAMPTZ", "When it ended; NULL while it is open or not dated."),
        Column("hours", "DOUBLE", "Elapsed hours in which it was open."),
        Column("hours_reason", "VARCHAR", "Why there are no hours: not_dated."),
        Column("is_open", "BOOLEAN", "Whether it blocks the story now."),
        Column("open_since", "TIMESTAMPTZ", "Since when it blocks the story now."),
        Column(
            "ended_by",
            "VARCHAR",
            "resolved, removed, or what ended the story: accepted or deleted; NULL while open.",
        ),
        Column("is_resolved", "BOOLEAN", "Whether somebody resolved it."),
        Column("description", "VARCHAR", "What blocks the story."),
        Column("reported_by_id", "BIGINT", "Tracker person who reported it."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.activity",
        "pivotal_tracker.blockers",
        "pivotal_tracker.blockers_deleted",
        "pivotal_tracker.reviews",
        "pivotal_tracker.reviews_deleted",
        "project_management.story_states",
    ),
    compute=story_blocks,
    headlines={
        "open_blockers": "count(*) FILTER (is_open)",
        "blocked_hours": "sum(hours)",
    },
)
