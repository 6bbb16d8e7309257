"""Loading PyAirbyte, and how Python's garbage collector is kept from taking longer than the work."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def load_pyairbyte() -> None:
    """Import PyAirbyte, which takes seconds. A read does it by itself."""
    # Read when airbyte is imported: no registry look-up, no telemetry, no live display in a log.
    os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("NO_LIVE_PROGRESS", "1")
    with patient_garbage_collector():
        import pipelines.pyairbyte.executor  # noqa: F401
    # What was imported stays, so it is not searched for garbage any more, nor when the process ends.
    gc.freeze()


@contextmanager
def patient_garbage_collector() -> Iterator[None]:
    """Lets the collector look rarely.

    Importing and parsing make objects by the million, few of them in cycles; searching them again and again would take
    longer than parsing.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
