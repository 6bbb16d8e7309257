"""Stories that activity says were deleted leave their table, with what belongs to them, and are kept in history."""

from __future__ import annotations

from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.deleted_stories import remove_deleted_stories
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.support.tables import insert, raw_warehouse

TRACKER = CONNECTORS["pivotal_tracker"]


def _deletion(story_id: int, occurred_at: str) -> dict[str, object]:
    change = {"kind": "story", "change_type": "delete", "id": story_id}
    label = {"kind": "label", "change_type": "delete", "id": 2}
    return {"guid": f"7_{story_id}", "occurred_at": occurred_at, "changes": [change, label]}


def test_a_deleted_story_goes_with_what_belongs_to_it() -> None:
    """Story 1 was deleted after its last update; story 2 was not deleted, though a label 2 was."""
    connection = raw_warehouse()
    ensure_state_tables(connection)
    for story_id in (1, 2):
        insert(
            connection,
            "pivotal_tracker.stories",
            [{"id": story_id, "updated_at": "2026-03-01T10:00:00Z"}],
        )
        insert(connection, "pivotal_tracker.comments", [{"id": story_id, "story_id": story_id}])
        insert(connection, "pivotal_tracker.story_transitions", [{"story_id": story_id}])
    insert(connection, "pivotal_tracker.activity", [_deletion(1, "2026-03-01T10:00:00Z")])

    assert remove_deleted_stories(connection, TRACKER) == 1
    assert remove_deleted_stories(connection, TRACKER) == 0
    for table, column in (("stories", "id"), ("comments", "story_id")):
        kept = f"SELECT {column} FROM pivotal_tracker.{table}"
        gone = f"SELECT {column} FROM pivotal_tracker.{table}_deleted"
        assert connection.execute(kept).fetchall() == [(2,)]
        assert connection.execute(gone).fetchall() == [(1,)]
    assert connection.execute(
        "SELECT story_id FROM pivotal_tracker.story_transitions"
    ).fetchall() == [(2,)]


def test_a_story_updated_after_its_deletion_stays() -> None:
    connection = raw_warehouse()
    ensure_state_tables(connection)
    insert(
        connection,
        "pivotal_tracker.stories",
        [{"id": 1, "updated_at": "2026-03-02T10:00:00Z"}],
    )
    insert(connection, "pivotal_tracker.activity", [_deletion(1, "2026-03-01T10:00:00Z")])
    assert remove_deleted_stories(connection, TRACKER) == 0
