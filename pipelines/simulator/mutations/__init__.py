"""Writes to a ``World``, each with the side effects the real service has.

Here: plain functions ``(world, ..., at, **values)`` used by tests and by the control API. *at* is the
instant of the write, a ``datetime`` or ISO text; the world's ``now`` moves up to it. Not here: HTTP, and the
generation of a whole company (``world``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.simulator.mutations.basics import advance_clock
from pipelines.simulator.mutations.collections import add, remove, update
from pipelines.simulator.mutations.entries import create_entry, delete_entry, update_entry
from pipelines.simulator.mutations.stories import (
    create_story,
    delete_stories,
    delete_story,
    override_iteration,
    update_story,
)

__all__ = [
    "MUTATIONS",
    "add",
    "advance_clock",
    "create_entry",
    "create_story",
    "delete_entry",
    "delete_stories",
    "delete_story",
    "override_iteration",
    "remove",
    "update",
    "update_entry",
    "update_story",
]

#: Every write by its name, for the control API.
MUTATIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        add,
        advance_clock,
        create_entry,
        create_story,
        delete_entry,
        delete_stories,
        delete_story,
        override_iteration,
        remove,
        update,
        update_entry,
        update_story,
    )
}
