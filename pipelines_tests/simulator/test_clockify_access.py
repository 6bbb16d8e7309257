"""Clockify: credentials, errors with numeric codes, plans."""

from __future__ import annotations

import pytest
import requests

from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


@pytest.mark.parametrize(
    ("headers", "message", "code"),
    [
        ({}, "Multiple or none auth tokens present", 1000),
        ({"Authorization": f"Bearer {CLOCKIFY_KEY}"}, "Multiple or none auth tokens present", 1000),
        (
            {"X-Api-Key": CLOCKIFY_KEY, "X-Addon-Token": "t"},
            "Multiple or none auth tokens present",
            1000,
        ),
        ({"X-Api-Key": "wrong"}, "Api key does not exist", 4003),
        ({"X-Addon-Token": "wrong"}, "Token is not valid", 4017),
    ],
)
def test_401_taxonomy(serve: Serve, headers: dict[str, str], message: str, code: int) -> None:
    server = serve(worlds.world()).server
    response = requests.get(f"{server.url}/api/v1/user", headers=headers, timeout=120)
    assert response.status_code == 401
    assert response.json() == {"message": message, "code": code}
    assert response.headers["x-cache"] == "Error from cloudfront"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/projects/{id}", "Project doesn't belong to Workspace"),
        ("/projects/{id}/tasks", "Project doesn't belong to Workspace"),
        ("/user/{id}/time-entries", "User doesn't belong to Workspace"),
        ("/time-entries/{id}", "Time entry doesn't belong to Workspace"),
    ],
)
def test_unknown_entity_is_400_not_404(serve: Serve, path: str, message: str) -> None:
    response = serve(worlds.world()).workspace(path.format(id=worlds.hex_id(99)))
    assert response.status_code == 400
    assert response.json() == {"message": message, "code": 501}


def test_unknown_path_is_404_with_code_3000(serve: Serve) -> None:
    response = serve(worlds.world()).workspace("/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, 3000)
    assert response.json()["message"].startswith("No static resource")


def test_plural_users_has_no_time_entries(serve: Serve) -> None:
    response = serve(worlds.world()).workspace(f"/users/{worlds.USER_ID}/time-entries")
    assert response.status_code == 404


def test_wrong_method_is_405(serve: Serve) -> None:
    client = serve(worlds.world())
    response = client.clockify(f"/workspaces/{worlds.WORKSPACE_ID}/tags", method="PATCH")
    assert response.status_code == 405
    assert response.json() == {"message": "Request method 'PATCH' is not supported", "code": 3000}


def test_foreign_workspace_is_403(serve: Serve) -> None:
    response = serve(worlds.world()).clockify(f"/workspaces/{worlds.hex_id(9)}/tags")
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/clients", {"archived": "maybe"}),
        ("/clients", {"page": "two"}),
        ("/users", {"status": "GONE"}),
        ("/tags", {"sort-column": "COLOUR"}),
        ("/entities/created", {}),
        ("/entities/created", {"type": "TIME_ENTRIES"}),
    ],
)
def test_unconvertible_parameter_is_400_with_code_3000(
    serve: Serve, path: str, params: dict[str, str]
) -> None:
    response = serve(worlds.world()).workspace(path, params)
    assert (response.status_code, response.json()["code"]) == (400, 3000)


@pytest.mark.parametrize(
    "path", ["/custom-fields", "/holidays", "/approval-requests", "/entities/updated"]
)
def test_free_plan_refuses(serve: Serve, path: str) -> None:
    client = serve(worlds.world(), plan="free")
    assert client.workspace(path, {"type": "TIME_ENTRY"}).status_code == 403
    assert client.workspace("/clients").status_code == 200
    client.server.change_behaviour(plan="paid")
    assert client.workspace(path, {"type": "TIME_ENTRY"}).status_code == 200


def test_free_plan_refuses_time_off(serve: Serve) -> None:
    client = serve(worlds.world(), plan="free")
    path = f"/workspaces/{worlds.WORKSPACE_ID}/time-off/requests"
    assert client.clockify(path, method="POST", json={}).status_code == 403
