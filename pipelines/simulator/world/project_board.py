"""What one Tracker project holds besides its stories. Not here: the changes themselves (``board``)."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.simulator.model import Record
from pipelines.simulator.world.activity import Journal, creation
from pipelines.simulator.world.clock import iso
from pipelines.simulator.world.tracker_projects import TrackerProject


class ProjectBoard:
    """What one project holds: its log, labels, epics, overrides and the order of its open stories."""

    def __init__(self, project: TrackerProject) -> None:
        self.project = project
        self.journal = Journal(project.id, project.name)
        self.memberships: list[Record] = []
        self.labels: dict[str, Record] = {}
        self.epics: list[Record] = []
        self.overrides: list[Record] = []
        self.icebox: list[int] = []
        self.backlog: list[int] = []
        self._labels_made = 0

    def labelled(self, names: Iterable[str], at: int) -> tuple[list[Record], list[Record]]:
        """The labels of these names, and the changes that made the missing ones."""
        changes = []
        for name in names:
            if name not in self.labels:
                self._labels_made += 1
                self.labels[name] = {
                    "id": 25_440_000 + self.project.index * 10_000 + self._labels_made,
                    "project_id": self.project.id,
                    "kind": "label",
                    "name": name,
                    "created_at": iso(at),
                    "updated_at": iso(at),
                }
                changes.append(creation(self.labels[name]))
        return [self.labels[name] for name in names], changes

    def place(self, story: Record) -> None:
        """Put a story at the end of where its state belongs, unless it is there already."""
        state = story["current_state"]
        panel = {"unscheduled": self.icebox, "accepted": None}.get(state, self.backlog)
        if panel is not None and story["id"] in panel:
            return
        self.forget(story)
        if panel is not None:
            panel.append(story["id"])

    def forget(self, story: Record) -> None:
        """Take a story off its panel."""
        for panel in (self.icebox, self.backlog):
            if story["id"] in panel:
                panel.remove(story["id"])
