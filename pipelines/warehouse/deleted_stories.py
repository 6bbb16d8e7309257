"""Removes the stories that Tracker's activity says were deleted, with what belongs to them.

A story list read since a cursor never shows a deletion; the activity does, for as long as Tracker keeps it. What it
misses, the next whole read of the stories finds by comparing ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import Connector
from pipelines.warehouse.connection import transaction
from pipelines.warehouse.history import move_to_deleted
from pipelines.warehouse.stream_versions import renew_version

if TYPE_CHECKING:
    import duckdb

#: Streams that lose their rows with a story, and the column that holds the story's id; the stories come last.
_BELONGS_TO_STORY = {
    "comments": "story_id",
    "story_tasks": "story_id",
    "blockers": "story_id",
    "reviews": "story_id",
    "story_transitions": "story_id",
    "stories": "id",
}

# Ids are not used again, so a story that is newer than its deletion is one that the activity got wrong: it stays.
_DELETED_STORIES = """
CREATE OR REPLACE TEMP TABLE deleted_stories AS
WITH changes AS (
    SELECT occurred_at, unnest(from_json(changes, '["JSON"]')) AS change
    FROM pivotal_tracker.activity
    WHERE contains(CAST(changes AS VARCHAR), 'delete')
),
deletions AS (
    SELECT CAST(change ->> 'id' AS BIGINT) AS story_id, max(occurred_at) AS deleted_at
    FROM changes
    WHERE (change ->> 'kind') = 'story' AND (change ->> 'change_type') = 'delete'
    GROUP BY ALL
)
SELECT story_id
FROM deletions
LEFT JOIN pivotal_tracker.stories AS s ON s.id = story_id
WHERE s.updated_at IS NULL OR s.updated_at <= deleted_at
"""


def remove_deleted_stories(connection: duckdb.DuckDBPyConnection, tracker: Connector) -> int:
    """Move deleted stories and what belongs to them to the deleted histories; returns how many stories that were."""
    stories = 0
    with transaction(connection):
        connection.execute(_DELETED_STORIES)
        for stream, column in _BELONGS_TO_STORY.items():
            condition = f"t.{column} IN (SELECT story_id FROM temp.deleted_stories)"
            props = tracker.stream(stream)
            stories = move_to_deleted(connection, props, condition)
            if stories:
                renew_version(connection, props)
        connection.execute("DROP TABLE temp.deleted_stories")
    return stories
