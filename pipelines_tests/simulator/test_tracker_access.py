"""Tracker: tokens, rights, and the words of its errors."""

from __future__ import annotations

import pytest
import requests

from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


@pytest.mark.parametrize("headers", [{}, {"X-TrackerToken": "wrong"}])
def test_missing_or_wrong_token_is_403_never_401(serve: Serve, headers: dict[str, str]) -> None:
    server = serve(worlds.world()).server
    response = requests.get(f"{server.url}/services/v5/me", headers=headers, timeout=120)
    assert response.status_code == 403
    assert response.json()["code"] == "invalid_authentication"
    assert response.json()["kind"] == "error"


def test_token_is_also_accepted_as_parameter(serve: Serve) -> None:
    server = serve(worlds.world()).server
    url = f"{server.url}/services/v5/projects"
    assert requests.get(url, params={"token": TRACKER_TOKEN}, timeout=120).status_code == 200


def test_me_is_the_owner_of_the_token(serve: Serve) -> None:
    me = serve(worlds.world()).tracker("/me").json()
    assert (me["kind"], me["api_token"]) == ("me", TRACKER_TOKEN)


@pytest.mark.parametrize("path", ["", "/stories", "/activity", "/iterations", "/labels"])
def test_unknown_project_is_403(serve: Serve, path: str) -> None:
    response = serve(worlds.world()).tracker(f"/projects/999{path}")
    assert (response.status_code, response.json()["code"]) == (403, "unauthorized_operation")


@pytest.mark.parametrize(
    "path",
    [
        "/stories/9",
        "/stories/9/comments",
        "/stories/9/transitions",
        "/labels/9",
        "/epics/9",
        "/releases/9",
        "/iterations/0",
        "/iteration_overrides/3",
    ],
)
def test_unknown_record_is_404(serve: Serve, path: str) -> None:
    response = serve(worlds.world()).project(path)
    assert (response.status_code, response.json()["code"]) == (404, "unfound_resource")


@pytest.mark.parametrize("path", ["/nowhere", "/projects//stories", "/projects/abc/stories"])
def test_unknown_path_is_404(serve: Serve, path: str) -> None:
    response = serve(worlds.world()).tracker(path)
    assert (response.status_code, response.json()["code"]) == (404, "route_not_found")


def test_overrides_cannot_be_listed(serve: Serve) -> None:
    assert serve(worlds.world()).project("/iteration_overrides").status_code == 404


def test_project_version_is_on_project_calls_only(serve: Serve) -> None:
    world = worlds.world(tracker=worlds.tracker_data(projects=[worlds.project(version=42)]))
    client = serve(world)
    assert client.project("/labels").headers["X-Tracker-Project-Version"] == "42"
    assert "X-Tracker-Project-Version" not in client.tracker("/me").headers
    assert client.tracker("/me").headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "many"},
        {"limit": -1},
        {"offset": "x"},
        {"offset": -1},
        {"updated_after": "yesterday"},
        {"with_state": "done"},
        {"with_story_type": "epic"},
        {"fields": "name,labels(name"},
        {"fields": "nom"},
        {"date_format": "unix"},
        {"filter": "colour:red"},
    ],
)
def test_bad_parameter_is_400_and_named(serve: Serve, params: dict[str, object]) -> None:
    world = worlds.world(tracker=worlds.tracker_data(stories=[worlds.story()]))
    response = serve(world).project("/stories", params)
    assert response.status_code == 400
    body = response.json()
    assert (body["code"], body["kind"]) == ("invalid_parameter", "error")
    assert body["validation_errors"][0]["field"] in params
