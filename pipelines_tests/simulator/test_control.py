"""The control API: what another process can do to a server."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pipelines.simulator.server import SimulatorServer
from pipelines_tests.simulator.client import Client, ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


@pytest.fixture
def client(serve: Serve) -> Client:
    return serve(worlds.world(tracker=worlds.tracker_data(stories=[worlds.story(1)])))


def control(client: Client, method: str, path: str, json: Any = None) -> requests.Response:
    return requests.request(method, f"{client.server.url}/_control{path}", json=json, timeout=120)


def test_faults(client: Client) -> None:
    added = control(client, "POST", "/faults", {"path": "/me", "status": 503, "times": None})
    assert added.json()["status"] == 503
    assert client.tracker("/me").status_code == 503
    assert len(control(client, "GET", "/faults").json()) == 1
    assert control(client, "DELETE", "/faults").status_code == 204
    assert client.tracker("/me").status_code == 200


def test_revoked_credentials(client: Client) -> None:
    control(client, "POST", "/revoke", {"api": "tracker", "after": 1})
    assert [client.tracker("/me").status_code for _ in range(2)] == [200, 403]


def test_request_log_without_its_own_requests(client: Client) -> None:
    client.project("/stories", {"limit": 1})
    log = control(client, "GET", "/requests").json()
    assert log["by_api"] == {"tracker": 1}
    assert log["by_path"] == {"/services/v5/projects/101/stories": 1}
    assert log["seen"][0]["query"] == "limit=1"
    control(client, "DELETE", "/requests")
    assert control(client, "GET", "/requests").json()["seen"] == []


def test_behaviour(client: Client) -> None:
    changed = control(client, "PATCH", "/behaviour", {"look_alike": True})
    assert changed.json()["look_alike"] is True
    assert control(client, "GET", "/behaviour").json() == changed.json()
    assert "title" in client.project("/stories").json()[0]


def test_mutations(client: Client) -> None:
    at = "2026-03-20T13:00:00Z"
    values = {"story_id": 1, "at": at, "current_state": "started"}
    story = control(client, "POST", "/mutations/update_story", values).json()
    assert story["current_state"] == "started"
    assert client.project("/stories/1").json()["updated_at"] == at
    deleted = control(client, "POST", "/mutations/delete_story", {"story_id": 1, "at": at})
    assert deleted.status_code == 204
    assert ids(client.project("/stories")) == []


@pytest.mark.parametrize(
    ("path", "json", "status"),
    [
        ("/faults", {"path": "(", "status": 500}, 400),
        ("/faults", {"route": "/me"}, 400),
        ("/mutations/burn", {}, 404),
        ("/mutations/delete_story", {"story_id": 9, "at": "2026-03-20T13:00:00Z"}, 404),
        ("/mutations/delete_story", {"story_id": 1, "at": "noon"}, 400),
        ("/mutations/delete_story", {}, 400),
    ],
)
def test_mistakes_are_told(client: Client, path: str, json: Any, status: int) -> None:
    response = control(client, "POST", path, json)
    assert response.status_code == status
    assert response.json()["error"]


def test_a_world_that_is_made_anew_keeps_no_writes() -> None:
    world = worlds.world()
    with SimulatorServer(lambda: world) as server:
        values = {"project_id": 101, "at": "2026-03-20T13:00:00Z"}
        response = control(Client(server), "POST", "/mutations/create_story", values)
        assert response.status_code == 400
        assert "keeps no writes" in response.json()["error"]
    assert world.tracker.stories == []
