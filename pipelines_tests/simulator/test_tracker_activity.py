"""Tracker: activity (newest first, retention) and story transitions (oldest first)."""

from __future__ import annotations

from pipelines.simulator.model import World
from pipelines_tests.simulator.client import Client
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def log_world(count: int = 4) -> World:
    """Activity of versions 1 to *count*, one a day from 2026-03-01; version 2 is about story 7."""
    log = [
        worlds.activity(version, f"2026-03-{version:02d}T08:00:00Z")
        for version in range(1, count + 1)
    ]
    log[1]["primary_resources"] = [{"kind": "story", "id": 7}]
    return worlds.world(tracker=worlds.tracker_data(stories=[worlds.story(7)], activity=log))


def versions(client: Client, path: str = "/activity", **params: object) -> list[int]:
    return [row["project_version"] for row in client.project(path, params).json()]


def test_newest_first_unless_asked(serve: Serve) -> None:
    client = serve(log_world())
    assert versions(client) == [4, 3, 2, 1]
    assert versions(client, sort_order="asc") == [1, 2, 3, 4]
    assert client.project("/activity", {"sort_order": "up"}).status_code == 400


def test_bounds(serve: Serve) -> None:
    client = serve(log_world())
    assert versions(client, since_version=2) == [4, 3]
    assert versions(client, occurred_after="2026-03-02T08:00:00Z") == [4, 3]
    assert versions(client, occurred_before="2026-03-02T08:00:00Z") == [1]


def test_pages(serve: Serve) -> None:
    response = serve(log_world()).project("/activity", {"limit": 3, "offset": 3})
    assert [row["project_version"] for row in response.json()] == [1]
    assert response.headers["X-Tracker-Pagination-Returned"] == "1"


def test_six_months_are_shown(serve: Serve) -> None:
    """Now is 2026-03-20: an activity of 2025-09-01 is too old, one of 2025-10-01 is not."""
    log = [worlds.activity(1, "2025-09-01T08:00:00Z"), worlds.activity(2, "2025-10-01T08:00:00Z")]
    world = worlds.world(tracker=worlds.tracker_data(activity=log))
    client = serve(world)
    assert versions(client) == [2]
    client.server.change_behaviour(activity_retention_days=None)
    assert versions(client) == [2, 1]


def test_activity_of_one_story_and_of_all_projects(serve: Serve) -> None:
    client = serve(log_world())
    assert versions(client, "/stories/7/activity") == [2]
    assert [a["guid"] for a in client.tracker("/my/activity", {"limit": 1}).json()] == ["101_4"]


def test_transitions_oldest_first(serve: Serve) -> None:
    transitions = [
        worlds.story_transition(7, "started", "2026-03-01T08:00:00Z"),
        worlds.story_transition(8, "started", "2026-03-02T08:00:00Z"),
        worlds.story_transition(7, "accepted", "2026-03-03T08:00:00Z"),
    ]
    stories = [worlds.story(7), worlds.story(8)]
    world = worlds.world(
        tracker=worlds.tracker_data(stories=stories, story_transitions=transitions)
    )
    client = serve(world)
    response = client.project("/story_transitions", {"occurred_after": "2026-03-01T08:00:00Z"})
    assert [(t["story_id"], t["state"]) for t in response.json()] == [
        (8, "started"),
        (7, "accepted"),
    ]
    assert response.headers["X-Tracker-Pagination-Limit"] == "100"
    one = client.project("/stories/7/transitions").json()
    assert [t["state"] for t in one] == ["started", "accepted"]
