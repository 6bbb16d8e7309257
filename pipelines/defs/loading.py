"""Under which settings the folder of definitions is loaded: a ``defs.yaml`` has no way of its own to be handed any.

Here: handing them on while the folder is loaded. Not here: what the settings are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pipelines.defs.settings import Settings, load_settings

_settings: ContextVar[Settings | None] = ContextVar("settings", default=None)


@contextmanager
def loading_under(settings: Settings) -> Iterator[None]:
    """Components that are loaded in the block see ``settings``."""
    token = _settings.set(settings)
    try:
        yield
    finally:
        _settings.reset(token)


def loading_settings() -> Settings:
    """The settings of the current load; where a tool loads a component by itself, the environment's."""
    return _settings.get() or load_settings()
