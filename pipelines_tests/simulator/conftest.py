"""``serve``: a running server for a handmade world, as a client that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.simulator.client import Client

Serve = Callable[..., Client]


@pytest.fixture(scope="session")
def running() -> Iterator[list[SimulatorServer]]:
    """All servers of the session; they are closed together, because each close takes a tenth of a second."""
    servers: list[SimulatorServer] = []
    yield servers
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(SimulatorServer.close, servers))


@pytest.fixture
def serve(running: list[SimulatorServer]) -> Serve:
    """``serve(world, latency_ms=5)``: a client of a server of *world* with the given switches."""

    def start(world: World, **switches: Any) -> Client:
        server = SimulatorServer(world, Behaviour(**switches)).start()
        running.append(server)
        return Client(server)

    return start
