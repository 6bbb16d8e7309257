"""The unit of a plan for the Tracker side. Not here: who plans steps and what carrying them out does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipelines.simulator.world.people import Person


@dataclass(frozen=True)
class Step:
    """One thing somebody does to a project or, where ``story`` is not 0, to a story; ``project`` is an index."""

    at: int
    person: Person
    verb: str
    project: int
    story: int = 0
    values: dict[str, Any] = field(default_factory=dict)
