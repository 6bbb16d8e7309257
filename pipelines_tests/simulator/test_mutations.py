"""Writes to a world and what both APIs show of them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.model import World
from pipelines_tests.simulator.client import Client, ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds

LATER = "2026-03-20T12:30:00Z"


def story_world() -> World:
    label = worlds.label(201, name="api")
    return worlds.world(
        tracker=worlds.tracker_data(
            labels=[label],
            stories=[
                worlds.story(1, current_state="started", estimate=2, labels=[label]),
                worlds.story(2),
            ],
            comments=[worlds.comment(11, 1)],
            story_tasks=[worlds.story_task(21, 1)],
            story_transitions=[worlds.story_transition(1, "started", "2026-03-19T08:00:00Z")],
        )
    )


def last_activity(client: Client) -> dict[str, object]:
    row: dict[str, object] = client.project("/activity", {"limit": 1}).json()[0]
    return row


def test_a_state_change_leaves_activity_transition_and_version(serve: Serve) -> None:
    client = serve(story_world())
    world = client.server.world
    mutations.update_story(world, 1, LATER, current_state="accepted")
    story = client.project("/stories/1").json()
    assert story["accepted_at"] == story["updated_at"] == LATER
    activity = last_activity(client)
    assert (activity["guid"], activity["highlight"]) == ("101_2", "accepted")
    assert activity["changes"] == [
        {
            "kind": "story",
            "change_type": "update",
            "id": 1,
            "original_values": {
                "updated_at": worlds.CREATED,
                "accepted_at": None,
                "current_state": "started",
            },
            "new_values": {
                "updated_at": LATER,
                "accepted_at": LATER,
                "current_state": "accepted",
            },
            "name": "Story 1",
            "story_type": "feature",
        }
    ]
    transition = client.project("/story_transitions").json()[-1]
    assert (transition["state"], transition["project_version"]) == ("accepted", 2)
    assert client.project().headers["X-Tracker-Project-Version"] == "2"
    assert world.now == datetime(2026, 3, 20, 12, 30, tzinfo=timezone.utc)


def test_leaving_accepted_removes_the_date(serve: Serve) -> None:
    client = serve(story_world())
    mutations.update_story(client.server.world, 1, LATER, current_state="accepted")
    mutations.update_story(client.server.world, 1, LATER, current_state="rejected")
    assert "accepted_at" not in client.project("/stories/1").json()


def test_two_changes_in_one_second_share_their_updated_at(serve: Serve) -> None:
    client = serve(story_world())
    for estimate in (3, 5):
        mutations.update_story(client.server.world, 1, LATER, estimate=estimate)
    second = client.project("/activity", {"limit": 1}).json()[0]["changes"][0]
    assert second["new_values"] == {"estimate": 5}
    assert last_activity(client)["highlight"] == "estimated"


def test_owners_and_labels_follow_their_ids(serve: Serve) -> None:
    client = serve(story_world())
    mutations.update_story(client.server.world, 2, LATER, owner_ids=[501], label_ids=[201])
    story = client.project("/stories/2").json()
    assert (story["owned_by_id"], story["labels"][0]["name"]) == (501, "api")
    new_values = client.project("/activity").json()[0]["changes"][0]["new_values"]
    assert (new_values["label_ids"], new_values["labels"]) == ([201], ["api"])


def test_a_new_story(serve: Serve) -> None:
    client = serve(story_world())
    story = mutations.create_story(client.server.world, 101, LATER, name="New", label_ids=[201])
    assert story["id"] == 3
    assert ids(client.project("/stories", {"created_after": "2026-03-20T12:00:00Z"})) == [3]
    activity = client.project("/activity").json()[0]
    assert activity["kind"] == "story_create_activity"
    assert activity["changes"][0]["new_values"]["labels"] == ["api"]


def test_a_deleted_story_is_gone_everywhere(serve: Serve) -> None:
    client = serve(story_world())
    mutations.delete_story(client.server.world, 1, LATER)
    assert ids(client.project("/stories")) == [2]
    assert client.project("/stories/1").status_code == 404
    assert client.project("/stories/1/comments").status_code == 404
    assert client.project("/story_transitions").json() == []
    activity = client.project("/activity").json()[0]
    assert activity["kind"] == "story_delete_activity"
    assert activity["changes"] == [
        {
            "kind": "story",
            "change_type": "delete",
            "id": 1,
            "name": "Story 1",
            "story_type": "feature",
        }
    ]


def test_one_activity_can_delete_many(serve: Serve) -> None:
    client = serve(story_world())
    mutations.delete_stories(client.server.world, [1, 2], LATER)
    rows = client.project("/activity").json()
    assert len(rows) == 1
    assert [change["id"] for change in rows[0]["changes"]] == [1, 2]


def test_an_iteration_override(serve: Serve) -> None:
    client = serve(story_world())
    mutations.override_iteration(client.server.world, 101, 12, LATER, team_strength=0.5)
    mutations.override_iteration(client.server.world, 101, 12, LATER, length=2)
    override = client.project("/iteration_overrides/12").json()
    assert (override["length"], override["team_strength"]) == (2, 0.5)
    project = client.project("", {"fields": "iteration_override_numbers"}).json()
    assert project["iteration_override_numbers"] == [12]
    activity = client.project("/activity").json()[0]
    assert activity["changes"][0]["original_values"] == {"length": 1}


def test_comments_and_tasks_move_their_story_but_blockers_do_not(serve: Serve) -> None:
    client = serve(story_world())
    world = client.server.world
    mutations.add(world, "tracker.blockers", worlds.blocker(31, 1), LATER)
    assert client.project("/stories/1").json()["updated_at"] == worlds.CREATED
    mutations.add(world, "tracker.comments", worlds.comment(12, 1), LATER)
    assert client.project("/stories/1").json()["updated_at"] == LATER
    activity = client.project("/activity").json()[0]
    assert activity["kind"] == "comment_create_activity"
    assert [change["kind"] for change in activity["changes"]] == ["comment", "story"]
    mutations.update(world, "tracker.story_tasks", 21, LATER, {"complete": True})
    assert client.project("/stories/1/tasks").json()[0]["complete"] is True


def test_a_deleted_label_leaves_its_stories(serve: Serve) -> None:
    client = serve(story_world())
    mutations.remove(client.server.world, "tracker.labels", 201, LATER)
    story = client.project("/stories/1").json()
    assert (story["labels"], story["updated_at"]) == ([], LATER)
    assert client.project("/activity").json()[0]["kind"] == "label_delete_activity"


def changes(
    client: Client, document_type: str = "TIME_ENTRY"
) -> dict[str, list[dict[str, object]]]:
    params = {"type": document_type, "end": "2026-04-01T00:00:00Z"}
    return {
        kind: client.workspace(f"/entities/{kind}", params).json()
        for kind in ("created", "updated", "deleted")
    }


def test_an_entry_is_created_edited_and_deleted(serve: Serve) -> None:
    client = serve(worlds.world())
    world = client.server.world
    entry = mutations.create_entry(
        world,
        worlds.USER_ID,
        "2026-03-20T12:10:00Z",
        start="2026-03-02T08:00:00Z",
        end="2026-03-02T09:30:00Z",
    )
    assert client.entries().json()[0]["timeInterval"]["duration"] == "PT1H30M"
    mutations.update_entry(world, entry["id"], LATER, end="2026-03-02T10:00:00Z", billable=True)
    assert client.entries().json()[0]["timeInterval"]["duration"] == "PT2H"
    assert [row["billable"] for row in changes(client)["created"]] == [True]
    mutations.delete_entry(world, entry["id"], LATER)
    assert client.entries().json() == []
    assert changes(client) == {"created": [], "updated": [], "deleted": []}


def test_an_edit_keeps_the_state_it_had(serve: Serve) -> None:
    entry = worlds.time_entry(1, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    client = serve(worlds.world(clockify=worlds.clockify_data(time_entries=[entry])))
    world = client.server.world
    mutations.update_entry(world, entry["id"], LATER, description="first")
    mutations.update_entry(world, entry["id"], LATER, description="second")
    states = [line["document"]["description"] for line in world.clockify.changes]
    assert states == ["first", "second"]
    assert [row["description"] for row in changes(client)["updated"]] == ["second"]


def test_an_entry_can_move_to_another_day(serve: Serve) -> None:
    entry = worlds.time_entry(1, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    client = serve(worlds.world(clockify=worlds.clockify_data(time_entries=[entry])))
    assert len(client.entries({"end": "2026-03-03T00:00:00Z"}).json()) == 1
    moved = {"start": "2026-03-05T08:00:00Z", "end": "2026-03-05T09:00:00Z"}
    mutations.update_entry(client.server.world, entry["id"], LATER, **moved)
    assert client.entries({"end": "2026-03-03T00:00:00Z"}).json() == []
    assert client.entries({"start": "2026-03-05T00:00:00Z"}).json()[0]["id"] == entry["id"]


def test_other_lists_of_clockify(serve: Serve) -> None:
    client = serve(worlds.world(clockify=worlds.clockify_data(tags=[worlds.tag(1)])))
    world = client.server.world
    mutations.update(world, "clockify.tags", worlds.hex_id(1), LATER, {"name": "renamed"})
    mutations.add(world, "clockify.tags", worlds.tag(2), LATER)
    assert [tag["name"] for tag in client.workspace("/tags").json()] == ["renamed", "tag 2"]
    mutations.remove(world, "clockify.tags", worlds.hex_id(1), LATER)
    assert [tag["name"] for tag in client.workspace("/tags").json()] == ["tag 2"]
    found = changes(client, "TAGS")
    assert [row["id"] for row in found["created"]] == [worlds.hex_id(2)]
    assert [row["id"] for row in found["deleted"]] == [worlds.hex_id(1)]


def test_unknown_records_and_lists_are_errors() -> None:
    world = worlds.world()
    with pytest.raises(LookupError, match="no record with id 9"):
        mutations.update_story(world, 9, LATER, name="x")
    with pytest.raises(LookupError, match=r"no collection clockify\.moods"):
        mutations.add(world, "clockify.moods", {}, LATER)
