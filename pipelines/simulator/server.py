"""The demo server as an object: a thread that serves a world on this machine until it is closed.

Here: sockets and threads. Not here: answers (``app``) and state (``service``).
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipelines.simulator.app import create_app
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.faults import FaultKind, FaultRule
from pipelines.simulator.model import World
from pipelines.simulator.service import ApiName, Service
from pipelines.simulator.traffic import RequestLog


class _Protocol(H11Protocol):
    """HTTP that hands its connection to the application, which must be able to break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def _listen(port: int) -> socket.socket:
    """A socket that queues connections at once, before the thread is up; *port* 0 takes a free one."""
    # With the protocol named, asyncio turns Nagle's algorithm off on what is accepted; without, every
    # answer on a kept connection comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


class SimulatorServer:
    """Both APIs on ``127.0.0.1``; use it as a context manager, or ``start`` and ``close`` it.

    ``SimulatorServer(world)`` serves one world, which may be changed through ``mutations`` while it runs.
    A function in its place is asked for the world at every request.
    """

    def __init__(
        self,
        world: World | Callable[[], World],
        behaviour: Behaviour | None = None,
        *,
        port: int = 0,
    ) -> None:
        worlds = (lambda: world) if isinstance(world, World) else world
        self._service = Service(worlds, behaviour or Behaviour(), mutable=isinstance(world, World))
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> SimulatorServer:
        """Listen, and serve in a thread that ends with the process."""
        self._socket = _listen(self._port)
        config = uvicorn.Config(
            create_app(self._service),
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name="simulator",
            daemon=True,
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop serving and free the port; answers under way have one second to finish."""
        if self._server and self._thread and self._socket:
            self._server.should_exit = True
            self._thread.join()
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> SimulatorServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, without the paths of the APIs."""
        if self._socket is None:
            raise RuntimeError("the simulator is not running")
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def world(self) -> World:
        return self._service.world

    @property
    def requests(self) -> RequestLog:
        """What was asked so far."""
        return self._service.requests

    @property
    def behaviour(self) -> Behaviour:
        return self._service.behaviour

    def change_behaviour(self, **switches: Any) -> None:
        """Set switches of ``Behaviour`` for all requests from now on."""
        self._service.behaviour = replace(self._service.behaviour, **switches)

    def add_fault(self, path: str, kind: FaultKind = "status", **details: Any) -> FaultRule:
        """Make requests go wrong whose path and query match *path*; *details* as in ``FaultRule``."""
        return self._service.faults.add(FaultRule(path, kind, **details))

    def clear_faults(self) -> None:
        """Forget all faults and restore revoked credentials."""
        self._service.faults.clear()
        self._service.restore_credentials()

    def let_pass(self, seconds: float) -> None:
        """Count requests against the limits as if so much time had passed."""
        for limit in self._service.rate_limits.values():
            limit.let_pass(seconds)

    def revoke_credentials(self, api: ApiName, after: int = 0) -> None:
        """Refuse the credentials of *api* once *after* more requests have come."""
        self._service.revoke_credentials(api, after)
