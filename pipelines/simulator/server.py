"""The demo server as an object: a world, served on this machine, and the handles to try things with.

Not here: sockets and threads (``local_server``), answers (``app``) and state (``service``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pipelines.simulator.app import create_app
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.faults import FaultKind, FaultRule
from pipelines.simulator.model import World
from pipelines.simulator.service import ApiName, Service
from pipelines.simulator.traffic import RequestLog
from pipelines.sources.pivotal_tracker.v5.local_server import LocalServer


class SimulatorServer(LocalServer):
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
        super().__init__(create_app(self._service), name="simulator", port=port)

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
