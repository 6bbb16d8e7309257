"""A small company, served as a host; what an archive test asks of a host."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.pivotal_tracker.archive.host import Host
from pipelines.sources.pivotal_tracker.versions import tracker_api

NOW = datetime(2026, 1, 30, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def _company() -> bytes:
    return pickle.dumps(generate(now=NOW, size=TINY))


@pytest.fixture
def company(_company: bytes) -> World:
    """The company, to be changed at will."""
    world: World = pickle.loads(_company)
    return world


@pytest.fixture
def company_server(company: World) -> Iterator[SimulatorServer]:
    with SimulatorServer(company) as server:
        yield server


def config_of(server: SimulatorServer, token: str = TRACKER_TOKEN) -> dict[str, Any]:
    return {"api_token": token, "api_url": server.url}


def host_of(server: SimulatorServer, token: str = TRACKER_TOKEN, **options: Any) -> Host:
    """The server as an archivist sees it; retries come at once."""
    return Host(tracker_api(config_of(server, token)), retry_seconds=0.001, **options)
