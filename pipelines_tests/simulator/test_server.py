"""The server as an object, the demo's server, and the command line."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest
import requests

from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.demo import MovingWorld, demo_config, demo_server
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines_tests.simulator.client import Client
from pipelines_tests.support import worlds

MORNING = datetime(2026, 3, 20, 9, 0, tzinfo=timezone.utc)


def test_a_closed_server_frees_its_port() -> None:
    with SimulatorServer(worlds.world()) as server:
        assert Client(server).tracker("/me").status_code == 200
        port = int(server.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
    server.close()


def test_two_servers_at_once() -> None:
    one, two = worlds.world(), worlds.world()
    one.tracker.projects[0]["name"] = "One"
    with SimulatorServer(one) as first, SimulatorServer(two) as second:
        assert first.url != second.url
        names = [Client(server).project().json()["name"] for server in (first, second)]
    assert names == ["One", "Project 101"]


def test_a_kept_connection_answers_at_once() -> None:
    """The quickest of many answers takes few milliseconds; Nagle's algorithm would add 40 to each."""
    with SimulatorServer(worlds.world()) as server, requests.Session() as session:
        session.headers["X-TrackerToken"] = TRACKER_TOKEN
        seconds = []
        for _ in range(100):
            begin = time.perf_counter()
            assert session.get(f"{server.url}/services/v5/me", timeout=120).status_code == 200
            seconds.append(time.perf_counter() - begin)
        assert min(seconds[1:]) < 0.03


def test_a_moving_world_is_made_anew_after_a_minute() -> None:
    now = MORNING
    made: list[datetime] = []

    def make(moment: datetime) -> World:
        made.append(moment)
        return worlds.world(now=moment)

    world = MovingWorld(make, lambda: now)
    world()
    now += timedelta(seconds=60)
    world()
    now += timedelta(seconds=1)
    assert world().now == now
    assert made == [MORNING, now]


def test_a_generated_company_is_served_whole() -> None:
    """Every list of every project can be read to its end, and the calendars of both sides agree."""
    world = generate(now=MORNING, size=TINY)
    with SimulatorServer(world) as server:
        client = Client(server)
        for project in client.tracker("/projects").json():
            path = f"/projects/{project['id']}"
            stories = client.tracker(f"{path}/stories", {"limit": 1000})
            mine = [s for s in world.tracker.stories if s["project_id"] == project["id"]]
            assert len(stories.json()) == len(mine)
            current = client.tracker(f"{path}/iterations", {"scope": "current"}).json()[0]
            assert current["number"] == project["current_iteration_number"]
            stored = next(p for p in world.tracker.projects if p["id"] == project["id"])
            assert current["number"] == stored["current_iteration_number"]
        users = client.workspace("/users", {"status": "ALL"}).json()
        entries = [
            client.workspace(f"/user/{user['id']}/time-entries", {"page-size": 5000}).json()
            for user in users
        ]
        assert sum(map(len, entries)) == len(world.clockify.time_entries)


def test_demo_server_is_one_per_process_and_opens_with_the_demo_credentials() -> None:
    server = demo_server()
    assert demo_server() is server
    tracker, clockify = demo_config("pivotal_tracker"), demo_config("clockify")
    assert tracker == {"api_token": TRACKER_TOKEN, "api_url": server.url}
    assert (clockify["api_key"], clockify["api_url"]) == (CLOCKIFY_KEY, server.url)
    workspace = Client(server).clockify(f"/workspaces/{clockify['workspace_id']}")
    assert workspace.status_code == 200
    age = datetime.now(timezone.utc) - server.world.now
    assert age < timedelta(minutes=2)


def test_importing_the_server_stays_light() -> None:
    """Neither PyAirbyte nor Dagster nor pandas is imported with the demo server."""
    code = (
        "import sys, pipelines.simulator.demo;"
        "print([m for m in ('airbyte', 'dagster', 'pandas', 'duckdb') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_command_line_serves_until_interrupted() -> None:
    command = [sys.executable, "-u", "-m", "pipelines.simulator", "--port", "0", "--size", "tiny"]
    options = ["--now", "2026-03-20T09:00:00Z", "--look-alike", "--plan", "free", "--latency", "1"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        printed = dict(re.findall(r"^([A-Z_]+)=(.*)$", "".join(lines), re.MULTILINE))
        assert printed["PIVOTAL_TRACKER_API_TOKEN"] == TRACKER_TOKEN
        projects = requests.get(
            f"{printed['PIVOTAL_TRACKER_API_URL']}/services/v5/projects",
            headers={"X-TrackerToken": printed["PIVOTAL_TRACKER_API_TOKEN"]},
            timeout=120,
        )
        assert "title" in projects.json()[0]
        refused = requests.get(
            f"{printed['CLOCKIFY_API_URL']}/api/v1/workspaces/"
            f"{printed['CLOCKIFY_WORKSPACE_ID']}/custom-fields",
            headers={"X-Api-Key": printed["CLOCKIFY_API_KEY"]},
            timeout=120,
        )
        assert refused.status_code == 403
    finally:
        os.kill(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert output.strip() == "stopped"
