"""Requests seen and requests allowed: the log and the rate limits of a server.

Here: counting. Not here: what a refused request is told (each API's own words).
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

#: How many requests the log keeps; the counters know all.
LOG_LENGTH = 10_000


@dataclass(frozen=True)
class Seen:
    """One request and how it was answered; *status* 0 means that the connection was broken off."""

    api: str
    method: str
    path: str
    query: str
    status: int


class RequestLog:
    """What a server was asked, without ``/_control/``."""

    def __init__(self) -> None:
        self.seen: deque[Seen] = deque(maxlen=LOG_LENGTH)
        self.by_path: Counter[str] = Counter()
        self.by_api: Counter[str] = Counter()

    def add(self, seen: Seen) -> None:
        self.seen.append(seen)
        self.by_path[seen.path] += 1
        self.by_api[seen.api] += 1

    def clear(self) -> None:
        self.seen.clear()
        self.by_path.clear()
        self.by_api.clear()

    @property
    def total(self) -> int:
        return sum(self.by_path.values())

    def count(self, pattern: str) -> int:
        """How many requests had a path in which the regular expression *pattern* is found."""
        return sum(n for path, n in self.by_path.items() if re.search(pattern, path))


class RateLimit:
    """Sliding windows over the requests of one API."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._granted: deque[float] = deque()

    def let_pass(self, seconds: float) -> None:
        """Count from now on as if so much time had passed."""
        self._granted = deque(moment - seconds for moment in self._granted)

    def wait(self, per_second: int | None, per_hour: int | None) -> int:
        """0 when a request may pass now (and is counted), else the whole seconds to wait."""
        now = self._clock()
        while self._granted and self._granted[0] <= now - 3600:
            self._granted.popleft()
        for allowed, window in ((per_second, 1), (per_hour, 3600)):
            if allowed is None or len(self._granted) < allowed:
                continue
            free_at = self._granted[-allowed] + window if allowed else now + window
            if free_at > now:
                return math.ceil(free_at - now)
        self._granted.append(now)
        return 0
