"""Tracker's streams against the server's own records."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pipelines.simulator.model import World
from pipelines.simulator.mutations import add, create_story, remove, update_story
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.reading import Reading, read

Config = dict[str, Any]
ALL = [stream.name for stream in CONNECTORS["pivotal_tracker"].streams]
PARTS = ["comments", "story_tasks", "blockers", "reviews"]
LATER = "2026-03-21T10:00:00Z"


def _keys(records: list[dict[str, Any]], *names: str) -> Counter[Any]:
    return Counter(tuple(record[name] for name in names) for record in records)


def _children(reading: Reading, stream: str) -> list[dict[str, Any]]:
    return [record for record in reading.records[stream] if record["id"] is not None]


def test_every_stream_equals_the_server(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    data = world.tracker
    server.change_behaviour(activity_retention_days=None)
    reading = read("pivotal_tracker", tracker, ALL)
    assert not reading.errors
    assert not reading.notes
    for stream, records in {
        "projects": data.projects,
        "stories": data.stories,
        "project_memberships": data.memberships,
        "labels": data.labels,
        "epics": data.epics,
        "releases": [story for story in data.stories if story["story_type"] == "release"],
    }.items():
        assert _keys(reading.records[stream], "id") == _keys(records, "id"), stream
    for stream in PARTS:
        of_stories = [row for row in getattr(data, stream) if row.get("story_id")]
        assert _keys(_children(reading, stream), "id", "story_id") == _keys(
            of_stories, "id", "story_id"
        ), stream
    assert _keys(reading.records["activity"], "guid") == _keys(data.activity, "guid")
    version = ("project_id", "story_id", "project_version")
    assert _keys(reading.records["story_transitions"], *version) == _keys(
        data.story_transitions, *version
    )
    override = ("project_id", "number", "length", "team_strength")
    assert _keys(reading.records["iteration_overrides"], *override) == _keys(
        data.iteration_overrides, *override
    )
    iterations = reading.records["iterations"]
    assert max(_keys(iterations, "project_id", "number").values()) == 1
    planned = {story_id for iteration in iterations for story_id in iteration["story_ids"]}
    assert planned <= {story["id"] for story in data.stories}
    assert planned


def test_all_that_comes_is_declared(tracker: Config) -> None:
    reading = read("pivotal_tracker", tracker, ALL)
    for stream in CONNECTORS["pivotal_tracker"].streams:
        for record in reading.records[stream.name]:
            assert set(record) <= set(stream.column_names), stream.name
    assert all(record["project_id"] for record in reading.records["activity"])


@pytest.mark.parametrize("rows", [0, 51, 1000, 5001])
def test_lists_of_every_length(
    rows: int, world: World, server: SimulatorServer, tracker: Config
) -> None:
    project = world.tracker.projects[0]["id"]
    first = world.tracker.activity[0]
    label = world.tracker.labels[0]
    world.tracker.activity = [
        {**first, "guid": f"{project}_{i}", "project_version": i, "project": {"id": project}}
        for i in range(rows)
    ]
    world.tracker.labels = [{**label, "project_id": project, "id": i} for i in range(rows)]
    server.change_behaviour(activity_retention_days=None)
    del world.tracker.projects[1:]
    reading = read("pivotal_tracker", tracker, ["activity", "labels"])
    assert Counter(r["guid"] for r in reading.records["activity"]) == Counter(
        f"{project}_{i}" for i in range(rows)
    )
    assert sorted(reading.ids("labels")) == list(range(rows))
    assert server.requests.count("/activity$") == max(1, -(-rows // 500))
    assert server.requests.count("/labels$") == 1


def test_a_server_with_small_pages_loses_nothing(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    server.change_behaviour(tracker_page_max=7)
    reading = read("pivotal_tracker", tracker, ["stories", "iterations", "story_transitions"])
    assert _keys(reading.records["stories"], "id") == _keys(world.tracker.stories, "id")
    assert len(reading.records["story_transitions"]) == len(world.tracker.story_transitions)


def test_stories_with_all_their_parts_cost_one_series_of_requests(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    read("pivotal_tracker", {**tracker, "num_workers": 16}, ["stories", *PARTS])
    assert server.requests.count("/projects$") == 1
    assert server.requests.count("/stories$") == len(world.tracker.projects)
    assert server.requests.total == 1 + len(world.tracker.projects)


def test_projects_known_in_their_version_are_not_read_again(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    known = read("pivotal_tracker", tracker, ["projects"]).records["projects"]
    versions = {str(p["id"]): f"{p['version']}|{p['current_iteration_number']}" for p in known}
    config = {**tracker, "known_versions": versions}
    streams = CONNECTORS["pivotal_tracker"].streams
    versioned = [s.name for s in streams if s.scope and s.scope.version]
    server.requests.clear()
    reading = read("pivotal_tracker", config, ["projects", *versioned])
    assert set(reading.records) == {"projects"}
    assert server.requests.total == 1

    story = world.tracker.stories[0]
    update_story(world, story["id"], LATER, name="renamed")
    reading = read("pivotal_tracker", config, ["projects", *versioned])
    assert len(reading.records["projects"]) == len(known)
    for stream in versioned:
        assert {r["project_id"] for r in reading.records[stream]} == {story["project_id"]}, stream


def test_a_version_that_is_not_known_is_read(tracker: Config) -> None:
    reading = read("pivotal_tracker", {**tracker, "known_versions": {"1": "1|1"}}, ["labels"])
    assert reading.records["labels"]


@pytest.mark.parametrize("inclusive", [False, True])
def test_the_window_of_activity_is_exact(
    inclusive: bool, world: World, server: SimulatorServer, tracker: Config
) -> None:
    """Activity at each second around the bounds of [00:00:10, 00:00:20)."""
    project = world.tracker.projects[0]["id"]
    first = world.tracker.activity[0]
    world.tracker.activity = [
        {**first, "guid": f"{project}_{s}", "project": {"id": project}, "occurred_at": f"2026-03-10T00:00:{s:02d}Z"}
        for s in range(60)
    ]  # fmt: skip
    server.change_behaviour(date_bounds_inclusive=inclusive)
    window = {"start_date": "2026-03-10T00:00:10Z", "end_date": "2026-03-10T00:00:20Z"}
    reading = read("pivotal_tracker", {**tracker, **window}, ["activity"])
    seconds = sorted(int(r["guid"].partition("_")[2]) for r in reading.records["activity"])
    assert seconds == list(range(10, 20))


@pytest.mark.parametrize("inclusive", [False, True])
def test_with_state_only_what_changed_is_read(
    inclusive: bool, world: World, server: SimulatorServer, tracker: Config
) -> None:
    server.change_behaviour(date_bounds_inclusive=inclusive)
    streams = ["stories", "story_transitions", *PARTS]
    first = read("pivotal_tracker", tracker, streams)
    story = next(s for s in world.tracker.stories if s["story_type"] == "feature")
    project = story["project_id"]
    server.requests.clear()
    update_story(world, story["id"], LATER, name="renamed")
    update_story(world, story["id"], LATER, current_state="started")
    update_story(world, story["id"], LATER, current_state="finished")
    second = read("pivotal_tracker", tracker, streams, first.states)
    assert story["id"] in second.ids("stories")
    assert len(second.records["stories"]) <= 4
    changed = [t["state"] for t in second.records["story_transitions"] if t["occurred_at"] == LATER]
    assert changed[-2:] == ["started", "finished"]
    assert server.requests.total == 1 + 2 * len(world.tracker.projects)
    for stream in streams[:1]:
        cursors = {
            state["partition"]["project_id"]: state["cursor"]["updated_at"]
            for state in second.states[stream]["states"]
        }
        assert cursors[project] == LATER

    # The same second once more, now with a change that came after the read.
    update_story(world, story["id"], LATER, name="renamed again")
    third = read("pivotal_tracker", tracker, streams, second.states)
    assert [s["name"] for s in third.records["stories"] if s["id"] == story["id"]] == [
        "renamed again"
    ]


def test_state_without_new_records_stays_where_it_was(tracker: Config) -> None:
    first = read("pivotal_tracker", tracker, ["stories", "comments"])
    states = first.states
    for _ in range(3):
        again = read("pivotal_tracker", tracker, ["stories", "comments"], states)
        assert again.records["stories"]
        assert _cursors(again.states["stories"]) == _cursors(first.states["stories"])
        assert _cursors(again.states["comments"]) == _cursors(first.states["comments"])
        states = again.states


def _cursors(state: Any) -> dict[int, list[str]]:
    return {s["partition"]["project_id"]: list(s["cursor"].values()) for s in state["states"]}


def test_an_empty_project_keeps_reading_everything_until_it_has_stories(
    world: World, tracker: Config
) -> None:
    project = world.tracker.projects[0]["id"]
    kept = [s for s in world.tracker.stories if s["project_id"] != project]
    mine = [s for s in world.tracker.stories if s["project_id"] == project]
    world.tracker.stories = kept
    first = read("pivotal_tracker", tracker, ["stories"])
    world.tracker.stories = kept + mine
    second = read("pivotal_tracker", tracker, ["stories"], first.states)
    assert {s["id"] for s in mine} <= set(second.ids("stories"))


def test_a_project_joined_later_is_read_completely(world: World, tracker: Config) -> None:
    """The CDK would start it at the newest state of the other projects."""
    joined = world.tracker.projects.pop()
    first = read("pivotal_tracker", tracker, ["stories", "story_transitions", "comments"])
    world.tracker.projects.append(joined)
    second = read(
        "pivotal_tracker", tracker, ["stories", "story_transitions", "comments"], first.states
    )
    theirs = {s["id"] for s in world.tracker.stories if s["project_id"] == joined["id"]}
    assert theirs <= set(second.ids("stories"))
    transitions = [
        t for t in second.records["story_transitions"] if t["project_id"] == joined["id"]
    ]
    assert len(transitions) == sum(
        t["project_id"] == joined["id"] for t in world.tracker.story_transitions
    )


def test_parts_that_are_gone_can_be_told(world: World, tracker: Config) -> None:
    """A story whose last comment was deleted comes as a record without id."""
    comments = Counter(c["story_id"] for c in world.tracker.comments if c.get("story_id"))
    story_id, _ = comments.most_common()[-1]
    first = read("pivotal_tracker", tracker, ["comments"])
    for comment in [c for c in world.tracker.comments if c.get("story_id") == story_id]:
        remove(world, "tracker.comments", comment["id"], at=LATER)
    update_story(world, story_id, LATER, name="its updated_at moves")
    second = read("pivotal_tracker", tracker, ["comments"], first.states)
    of_story = [r for r in second.records["comments"] if r["story_id"] == story_id]
    assert [r["id"] for r in of_story] == [None]
    assert all(r["project_id"] for r in second.records["comments"])


def test_parts_of_a_new_story(world: World, tracker: Config) -> None:
    first = read("pivotal_tracker", tracker, ["comments", "story_tasks"])
    project = world.tracker.projects[0]["id"]
    story = create_story(world, project, LATER, name="new")
    comment = {**world.tracker.comments[0], "id": 77, "story_id": story["id"], "text": "first!"}
    add(world, "tracker.comments", comment, at=LATER)
    second = read("pivotal_tracker", tracker, ["comments", "story_tasks"], first.states)
    assert 77 in second.ids("comments")
    assert [r["id"] for r in second.records["story_tasks"] if r["story_id"] == story["id"]] == [
        None
    ]


def test_a_look_alike_gives_what_it_has(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    server.change_behaviour(look_alike=True)
    reading = read("pivotal_tracker", tracker, ALL)
    assert not reading.errors
    assert _keys(reading.records["stories"], "id") == _keys(world.tracker.stories, "id")
    names = {story["id"]: story["name"] for story in world.tracker.stories}
    assert all(story["name"] == names[story["id"]] for story in reading.records["stories"])
    assert all("title" not in story for story in reading.records["stories"])
    assert all(project["name"] for project in reading.records["projects"])
    assert reading.records["labels"]
    assert reading.records["activity"]
    missing = set(reading.notes)
    assert missing <= {s.name for s in CONNECTORS["pivotal_tracker"].streams if s.optional}
    # Comments are in no list of stories, but each story has its own.
    assert set(PARTS) - {"comments"} <= missing
    for stream in [*missing, *PARTS[1:]]:
        assert not reading.records[stream]
    of_stories = [comment for comment in world.tracker.comments if comment.get("story_id")]
    found = [record for record in reading.records["comments"] if record["id"] is not None]
    assert _keys(found, "id") == _keys(of_stories, "id")
    assert server.requests.count("/comments$") == len(world.tracker.stories)


def test_of_a_look_alike_only_changed_stories_are_asked_for_their_comments(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    server.change_behaviour(look_alike=True)
    first = read("pivotal_tracker", tracker, ["comments"])
    story = create_story(world, world.tracker.projects[0]["id"], LATER, name="new")
    comment = {**world.tracker.comments[0], "id": 77, "story_id": story["id"], "text": "first!"}
    add(world, "tracker.comments", comment, at=LATER)
    server.requests.clear()
    second = read("pivotal_tracker", tracker, ["comments"], first.states)
    assert 77 in second.ids("comments")
    assert 0 < server.requests.count("/comments$") < len(world.tracker.stories) / 2


def test_comments_of_a_look_alike_take_no_more_than_the_budget_allows(
    server: SimulatorServer, tracker: Config
) -> None:
    """Of twelve requests a quarter is left for lists; nothing of the stories fails for want of comments."""
    server.change_behaviour(look_alike=True)
    reading = read("pivotal_tracker", {**tracker, "requests_per_hour": 12}, ["stories", "comments"])
    assert not reading.errors
    assert 0 < server.requests.count("/comments$") <= 9
    assert server.requests.total <= 12
    # A note for each project.
    assert reading.notes["comments"]
    assert all("story by story" in note for note in reading.notes["comments"])
    assert all("make archive" in note for note in reading.notes["comments"])


def test_a_host_that_refuses_fields_is_asked_without(
    world: World, server: SimulatorServer, tracker: Config
) -> None:
    server.add_fault("fields=", status=400, times=None)
    reading = read("pivotal_tracker", tracker, ["projects", "stories", "iterations", *PARTS])
    assert not reading.errors
    assert _keys(reading.records["stories"], "id") == _keys(world.tracker.stories, "id")
    assert any(iteration["story_ids"] for iteration in reading.records["iterations"])
    assert all("stories" not in iteration for iteration in reading.records["iterations"])


def test_state_of_projects_that_are_not_read_is_kept(tracker: Config) -> None:
    first = read("pivotal_tracker", tracker, ["projects", "stories"])
    versions = {
        str(p["id"]): f"{p['version']}|{p['current_iteration_number']}"
        for p in first.records["projects"]
    }
    states = {"stories": first.states["stories"]}
    again = read("pivotal_tracker", {**tracker, "known_versions": versions}, ["stories"], states)
    assert not again.records
    assert set(_cursors(again.states["stories"])) == set(_cursors(first.states["stories"]))
