"""The demo source: the generated company, served in this process, moving with the clock.

Here: what the demo mode needs of the server. Not here: servers of worlds that tests make (``server``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from threading import Lock
from typing import Any

from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import generate

#: How old a world may be before it is generated again.
FRESH_FOR = timedelta(minutes=1)

_LOCK = Lock()


class MovingWorld:
    """The generated company at the moment of asking; made anew when the last one is older than a minute.

    The same history from every process and every call, so a list read over two worlds only gains events.
    Writes would not last.
    """

    def __init__(self, make: Callable[[datetime], World], clock: Callable[[], datetime]) -> None:
        self._make = make
        self._clock = clock
        self._world: World | None = None

    def __call__(self) -> World:
        now = self._clock()
        if self._world is None or now - self._world.now > FRESH_FOR:
            self._world = self._make(now)
        return self._world


def utc_now() -> datetime:
    """The current instant in whole seconds, as the APIs write it."""
    return datetime.now(timezone.utc).replace(microsecond=0)


def demo_server(moment: datetime | None = None) -> SimulatorServer:
    """The demo company's server of this process, started by the first call and stopped with the process.

    ``moment``: where its clock stands; None: it moves with ours.
    """
    with _LOCK:
        return _server_of(os.getpid(), moment)


@cache
def _server_of(_process_id: int, moment: datetime | None) -> SimulatorServer:
    # A forked child inherits the object but not the thread behind it, so each process has its own.
    clock = (lambda: moment.replace(microsecond=0)) if moment else utc_now
    return SimulatorServer(MovingWorld(lambda now: generate(now=now), clock)).start()


def demo_config(source: str, moment: datetime | None = None) -> dict[str, Any]:
    """The connector config with which *source* reads the demo company, whose clock may stand at a ``moment``."""
    server = demo_server(moment)
    return {
        "pivotal_tracker": {"api_token": TRACKER_TOKEN, "api_url": server.url},
        "clockify": {
            "api_key": CLOCKIFY_KEY,
            "workspace_id": server.world.clockify.workspace["id"],
            "api_url": server.url,
            "reports_url": f"{server.url}/report",
        },
    }[source]
