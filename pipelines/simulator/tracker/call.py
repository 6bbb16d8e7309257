"""One request to Tracker as an endpoint sees it, and what an endpoint may answer.

Here: lookups every endpoint needs. Not here: the parsing of parameters (``parameters``), HTTP (``routes``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import Record, TrackerData, World
from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.v5 import errors
from pipelines.sources.pivotal_tracker.v5.paging import Page
from pipelines.sources.pivotal_tracker.v5.parameters import Parameters

#: A record, a whole list, or a page of a list.
Answer = Record | list[Record] | Page


@dataclass(frozen=True, eq=False)
class Call(Parameters):
    """One request: its parameters, the world it is about, the ids in its path."""

    world: World
    behaviour: Behaviour
    path: dict[str, int]
    _children: dict[tuple[str, str], dict[Any, list[Record]]] = field(default_factory=dict)

    @property
    def data(self) -> TrackerData:
        return self.world.tracker

    @cached_property
    def project(self) -> Record:
        """The project of the path; 403 when it is unknown, as for one that is not ours."""
        return self.project_of(self.path["project_id"])

    def project_of(self, project_id: int) -> Record:
        for project in self.data.projects:
            if project["id"] == project_id:
                return project
        raise errors.unauthorized_operation()

    def of_project(self, records: list[Record]) -> list[Record]:
        """Those of *records* that belong to the project of the path."""
        project_id = self.project["id"]
        return [record for record in records if record["project_id"] == project_id]

    def children(self, list_name: str, owner_field: str) -> dict[Any, list[Record]]:
        """Records of ``TrackerData.<list_name>``, grouped by the id in their *owner_field*."""
        key = (list_name, owner_field)
        if key not in self._children:
            groups: dict[Any, list[Record]] = {}
            for record in getattr(self.data, list_name):
                groups.setdefault(record.get(owner_field), []).append(record)
            self._children[key] = groups
        return self._children[key]

    def within(self, records: list[Record], field: str, prefix: str) -> list[Record]:
        """Those of *records* whose *field* lies between ``<prefix>_after`` and ``<prefix>_before``."""
        after, before = self.instant(f"{prefix}_after"), self.instant(f"{prefix}_before")
        if after is None and before is None:
            return records
        low = instant_text(after) if after else ""
        high = instant_text(before) if before else "~"
        if self.behaviour.date_bounds_inclusive:
            return [r for r in records if (at := r[field]) is not None and low <= at <= high]
        return [r for r in records if (at := r[field]) is not None and low < at < high]


def by_id(records: list[Record], record_id: Any) -> Record:
    """The record with *record_id*; 404 when there is none."""
    for record in records:
        if record["id"] == record_id:
            return record
    raise errors.unfound_resource()
