"""A server of a world, and Clockify's feeds on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import Record
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.clockify.changes import clockify_api
from pipelines.sources.http import Api
from pipelines_tests.support import worlds

ServeChanges = Callable[..., SimulatorServer]


@pytest.fixture
def serve_changes() -> Iterator[ServeChanges]:
    """Starts servers whose Clockify audit log is given; they stop with the test."""
    with ExitStack() as servers:

        def start(*changes: Record, **switches: object) -> SimulatorServer:
            world = worlds.world(clockify=worlds.clockify_data(changes=list(changes)))
            server = SimulatorServer(world, Behaviour(**switches))  # type: ignore[arg-type]
            return servers.enter_context(server)

        yield start


def api_of(server: SimulatorServer, key: str = CLOCKIFY_KEY) -> Api:
    return clockify_api(
        {"api_key": key, "workspace_id": worlds.WORKSPACE_ID, "api_url": server.url}
    )
