"""Waits for others at a warehouse are told once they last, because a wait without a word looks like a hang.

Here: the sentence, on the log and so on standard error. Not here: the waits (``files``, ``postgres_server``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_WORD_SECONDS = 5.0
_LOG = logging.getLogger(__name__)


def tell_wait(warehouse: str, why: str, timeout: float) -> None:
    """One line: who is waited for, and when the wait ends."""
    _LOG.warning(
        "Waiting for the warehouse %s: %s. The wait ends after %.0f s, or with Ctrl-C.",
        warehouse,
        why,
        timeout,
    )


@contextmanager
def told(warehouse: str, why: str, timeout: float) -> Iterator[None]:
    """Tell when the block, which waits and nothing else, takes longer than a moment."""
    timer = threading.Timer(FIRST_WORD_SECONDS, tell_wait, args=(warehouse, why, timeout))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
