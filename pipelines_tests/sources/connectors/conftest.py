"""A demo server per test with a small company, and the configs that reach it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate

NOW = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def _company() -> bytes:
    return pickle.dumps(generate(now=NOW, size=TINY))


@pytest.fixture
def world(_company: bytes) -> World:
    """A company of one's own, to be changed at will."""
    company: World = pickle.loads(_company)
    return company


@pytest.fixture
def server(world: World) -> Iterator[SimulatorServer]:
    with SimulatorServer(world) as running:
        yield running


@pytest.fixture
def tracker(server: SimulatorServer) -> dict[str, Any]:
    """Tracker config; retries come fast."""
    return {"api_token": TRACKER_TOKEN, "api_url": server.url, "retry_seconds": 0.01}


@pytest.fixture
def clockify(server: SimulatorServer) -> dict[str, Any]:
    """Clockify config; retries come fast."""
    return {
        "api_key": CLOCKIFY_KEY,
        "workspace_id": server.world.clockify.workspace["id"],
        "api_url": server.url,
        "retry_seconds": 0.01,
    }
