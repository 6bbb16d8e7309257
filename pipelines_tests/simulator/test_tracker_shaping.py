"""Tracker: ``fields``, ``envelope``, ``date_format`` and absent values."""

from __future__ import annotations

from pipelines.simulator.model import World
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def story_world(**values: object) -> World:
    return worlds.world(
        tracker=worlds.tracker_data(
            stories=[worlds.story(1, **values)],
            comments=[worlds.comment(11, 1), worlds.comment(12, None, epic_id=301)],
            story_tasks=[worlds.story_task(21, 1)],
            blockers=[worlds.blocker(31, 1)],
            reviews=[worlds.review(41, 1, reviewer_id=None)],
            story_transitions=[worlds.story_transition(1, "started", "2026-01-06T09:00:00Z")],
            epics=[worlds.epic(301)],
        )
    )


def test_nulls_are_left_out_but_empty_lists_stay(serve: Serve) -> None:
    """An unestimated bug without owners lacks estimate, accepted_at, description and owned_by_id."""
    story = serve(story_world()).project("/stories/1").json()
    assert story["labels"] == []
    assert story["owner_ids"] == []
    assert {"estimate", "accepted_at", "description", "owned_by_id"}.isdisjoint(story)
    assert None not in story.values()


def test_zero_is_a_value(serve: Serve) -> None:
    assert serve(story_world(estimate=0)).project("/stories/1").json()["estimate"] == 0


def test_only_asked_fields_come_back_and_always_the_id(serve: Serve) -> None:
    rows = serve(story_world()).project("/stories", {"fields": "name,story_type"}).json()
    assert rows == [{"id": 1, "name": "Story 1", "story_type": "feature"}]


def test_nested_resources_beside_the_default(serve: Serve) -> None:
    fields = ":default,comments,tasks,blockers,reviews,transitions"
    story = serve(story_world()).project("/stories", {"fields": fields}).json()[0]
    assert [c["id"] for c in story["comments"]] == [11]
    assert [t["description"] for t in story["tasks"]] == ["Task 21"]
    assert [b["resolved"] for b in story["blockers"]] == [False]
    assert "reviewer_id" not in story["reviews"][0]
    assert story["transitions"][0]["state"] == "started"
    assert story["kind"] == "story"


def test_nested_resources_are_not_default(serve: Serve) -> None:
    story = serve(story_world()).project("/stories/1").json()
    assert {"comments", "tasks", "blockers", "reviews", "transitions"}.isdisjoint(story)


def test_fields_nest_in_parentheses(serve: Serve) -> None:
    world = story_world(labels=[worlds.label(201, name="api")])
    fields = "name,labels(name),comments(text),tasks(:default)"
    story = serve(world).project("/stories/1", {"fields": fields}).json()
    assert story["labels"] == [{"id": 201, "name": "api"}]
    assert story["comments"] == [{"id": 11, "text": "Comment 11"}]
    assert story["tasks"][0]["complete"] is False


def test_ids_of_parts(serve: Serve) -> None:
    fields = "comment_ids,task_ids,label_ids,blocker_ids,review_ids"
    assert serve(story_world()).project("/stories/1", {"fields": fields}).json() == {
        "id": 1,
        "comment_ids": [11],
        "task_ids": [21],
        "label_ids": [],
        "blocker_ids": [31],
        "review_ids": [41],
    }


def test_owners_are_people(serve: Serve) -> None:
    client = serve(story_world(owner_ids=[worlds.PERSON_ID]))
    owners = client.project("/stories/1", {"fields": "owners(name)"}).json()["owners"]
    assert owners == [{"id": worlds.PERSON_ID, "name": "Person 501"}]
    assert client.project("/stories/1/owners").json()[0]["username"] == "person501"


def test_project_extras(serve: Serve) -> None:
    world = story_world()
    world.tracker.iteration_overrides.append(worlds.iteration_override(4, team_strength=0.5))
    fields = ":default,iteration_override_numbers,current_velocity,story_ids"
    project = serve(world).project("", {"fields": fields}).json()
    assert project["iteration_override_numbers"] == [4]
    assert project["current_velocity"] == 10
    assert project["story_ids"] == [1]
    assert project["kind"] == "project"


def test_label_counts(serve: Serve) -> None:
    label = worlds.label(201)
    world = story_world(labels=[label], estimate=3, current_state="started")
    world.tracker.labels.append(label)
    row = serve(world).project("/labels", {"fields": ":default,counts"}).json()[0]
    assert row["counts"]["number_of_stories_by_state"]["started"] == 1
    assert row["counts"]["sum_of_story_estimates_by_state"]["started"] == 3
    assert row["counts"]["number_of_zero_point_stories_by_state"]["started"] == 0


def test_envelope_wraps_data_and_pagination(serve: Serve) -> None:
    body = serve(story_world()).project("/stories", {"envelope": "true", "limit": 5}).json()
    assert [s["id"] for s in body["data"]] == [1]
    assert body["pagination"] == {"total": 1, "limit": 5, "offset": 0, "returned": 1}


def test_envelope_of_an_unpaginated_list_has_no_pagination(serve: Serve) -> None:
    assert serve(story_world()).tracker("/projects", {"envelope": "true"}).json().keys() == {"data"}


def test_millis(serve: Serve) -> None:
    """2026-01-05T09:00:00Z is 1,767,603,600 seconds after the epoch; a date stays a date."""
    client = serve(story_world())
    story = client.project("/stories/1", {"date_format": "millis"}).json()
    assert story["created_at"] == 1_767_603_600_000
    assert client.project("", {"date_format": "millis"}).json()["start_date"] == "2026-01-05"


def test_nulls_inside_the_values_of_an_activity_stay(serve: Serve) -> None:
    change = {
        "kind": "story",
        "change_type": "update",
        "id": 1,
        "original_values": {"estimate": None},
        "new_values": {"estimate": 2},
    }
    world = story_world()
    world.tracker.activity.append(worlds.activity(2, "2026-03-01T08:00:00Z", changes=[change]))
    row = serve(world).project("/activity").json()[0]
    assert row["changes"] == [change]
