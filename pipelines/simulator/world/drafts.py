"""One planned time entry with its whole life. Not here: who plans it (``time_entries``) and books it (``timesheets``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipelines.simulator.world.clockify_catalog import CatalogProject, CatalogTask
from pipelines.simulator.world.people import Person


@dataclass
class Draft:
    """One entry. ``stopped_at`` is when its timer was stopped: later than ``end`` where somebody forgot it."""

    id: str
    person: Person
    type: str
    start: int
    end: int
    created_at: int
    stopped_at: int
    project: CatalogProject | None = None
    task: CatalogTask | None = None
    description: str = ""
    ticket: str | None = None
    tags: list[str] | None = field(default_factory=list)
    billable: bool = False
    shows_rates: bool = True
    edits: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    deleted_at: int | None = None
