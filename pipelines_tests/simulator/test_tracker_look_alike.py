"""LiteTracker: v5's looks, less of its substance."""

from __future__ import annotations

import pytest

from pipelines_tests.simulator.client import Client, ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


@pytest.fixture
def client(serve: Serve) -> Client:
    stories = [worlds.story(number, current_state="unstarted") for number in range(1, 71)]
    log = [worlds.activity(1, "2026-03-01T08:00:00Z"), worlds.activity(2, "2026-03-02T08:00:00Z")]
    data = worlds.tracker_data(stories=stories, activity=log, labels=[worlds.label(201, name="x")])
    return serve(worlds.world(tracker=data), look_alike=True)


def test_title_stands_for_name(client: Client) -> None:
    story = client.project("/stories").json()[0]
    assert story["title"] == "Story 1"
    assert "name" not in story
    assert client.project("/stories/1").json()["title"] == "Story 1"
    assert client.project("/labels").json()[0]["name"] == "x"


def test_projects_have_few_fields(client: Client) -> None:
    project = client.tracker("/projects").json()[0]
    assert project.keys() == {"id", "title", "public", "created_at", "updated_at"}


def test_pages_hold_fifty_at_most(client: Client) -> None:
    assert len(ids(client.project("/stories"))) == 50
    assert len(ids(client.project("/stories", {"limit": 500, "offset": 0}))) == 50
    assert len(ids(client.project("/stories", {"limit": 500, "offset": 50}))) == 20


def test_story_filters_and_fields_are_ignored(client: Client) -> None:
    params = {"with_state": "accepted", "updated_after": "2030-01-01T00:00:00Z", "fields": "name"}
    rows = client.project("/stories", params).json()
    assert len(rows) == 50
    assert rows[0]["current_state"] == "unstarted"


@pytest.mark.parametrize(
    "path", ["/iterations", "/story_transitions", "/epics", "/releases", "/stories/1/transitions"]
)
def test_most_endpoints_do_not_exist(client: Client, path: str) -> None:
    response = client.project(path)
    assert (response.status_code, response.json()["code"]) == (404, "route_not_found")


def test_activity_knows_occurred_after(client: Client) -> None:
    rows = client.project("/activity", {"occurred_after": "2026-03-01T08:00:00Z"}).json()
    assert [row["project_version"] for row in rows] == [2]
