"""What all requests of one server share: the world, the switches, the faults, the log, the credentials.

Here: state and nothing else. Not here: routes (``tracker``, ``clockify``, ``control``) and sockets (``server``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Literal

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.faults import FaultBook
from pipelines.simulator.model import World
from pipelines.simulator.traffic import RateLimit, RequestLog

ApiName = Literal["tracker", "clockify"]


class Service:
    """The state behind one server.

    *worlds* is asked for the world at every request. *mutable* is false when it makes a new world now and
    then, so that a write would not last.
    """

    def __init__(
        self, worlds: Callable[[], World], behaviour: Behaviour, *, mutable: bool = True
    ) -> None:
        self._worlds = worlds
        self.mutable = mutable
        self.behaviour = behaviour
        self.faults = FaultBook()
        self.requests = RequestLog()
        self.rate_limits: defaultdict[str, RateLimit] = defaultdict(RateLimit)
        self._requests_until_revoked: dict[ApiName, int] = {}

    @property
    def world(self) -> World:
        return self._worlds()

    def revoke_credentials(self, api: ApiName, after: int = 0) -> None:
        """Refuse the credentials of *api* once *after* more requests have come."""
        self._requests_until_revoked[api] = after

    def restore_credentials(self) -> None:
        self._requests_until_revoked.clear()

    def credentials_hold(self, api: ApiName) -> bool:
        """Whether the credentials of *api* are good for one more request; counts it."""
        left = self._requests_until_revoked.get(api)
        if left is None:
            return True
        self._requests_until_revoked[api] = max(left - 1, 0)
        return left > 0
