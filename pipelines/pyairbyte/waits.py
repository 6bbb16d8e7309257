"""A connector's waits for its source, told while they last: whoever watches a run must not take them for a hang.

Here: the way from a connector's component, which knows of no run, to the run's log. Nothing is decided by it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A shorter wait is over before anybody wonders.
_WORTH_TELLING_SECONDS = 1.0
_LOG = logging.getLogger("pipelines.waits")
_LOG.propagate = False


def tell_wait(reason: str, seconds: float) -> None:
    """To be called by a component before it waits; ``reason`` is the first half of a sentence."""
    if seconds >= _WORTH_TELLING_SECONDS:
        _LOG.warning("%s, waiting %.0f s", reason, seconds)


@contextmanager
def waits_told(tell: Callable[[str], object]) -> Iterator[None]:
    """While the block lasts, ``tell`` gets each wait once, however many threads wait for the same."""
    handler = _Teller(tell)
    _LOG.addHandler(handler)
    try:
        yield
    finally:
        _LOG.removeHandler(handler)


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__()
        self._tell = tell
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in self._told:
            self._told.add(text)
            self._tell(text)
