"""Tracker's versions over HTTP, and those that every stream has applied."""

from __future__ import annotations

import pytest

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.http import Allowance, FeedError
from pipelines.sources.pivotal_tracker.versions import source_versions, tracker_api
from pipelines_tests.support import worlds


def ask(server: SimulatorServer) -> dict[str, str]:
    api = tracker_api({"api_token": TRACKER_TOKEN, "api_url": server.url + "/"})
    return source_versions(api, Allowance(1, 30))


def two_projects() -> worlds.World:
    projects = [worlds.project(101, version=7), worlds.project(102, version=9)]
    return worlds.world(tracker=worlds.tracker_data(projects=projects))


def test_one_request_tells_all_versions() -> None:
    with SimulatorServer(two_projects()) as server:
        assert ask(server) == {"101": "7|11", "102": "9|11"}
        assert server.requests.total == 1


def test_a_host_whose_projects_have_no_version_tells_none() -> None:
    with SimulatorServer(two_projects(), Behaviour(look_alike=True)) as server:
        assert ask(server) == {}


def test_an_answer_of_another_shape_is_an_error() -> None:
    with SimulatorServer(two_projects()) as server:
        server.add_fault("/projects", "html", status=200)
        with pytest.raises(FeedError, match="PIVOTAL_TRACKER_API_URL"):
            ask(server)
