"""Tracker's change log: one activity per project version, and the state transitions inside it.

Every change of the Tracker side goes through ``Journal.write``; transitions are read off the very changes that are
logged, so the two histories cannot disagree. The builders below change a record and describe that change in one
step, for the same reason. Not here: which changes happen (``story_plans``) and what they mean (``board``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import iso
from pipelines.simulator.world.step import Step


class Journal:
    """The history of one project."""

    def __init__(self, project_id: int, project_name: str) -> None:
        self.version = 0
        self.activity: list[Record] = []
        self.transitions: list[Record] = []
        self._project = {"kind": "project", "id": project_id, "name": project_name}

    def write(
        self,
        step: Step,
        kind: str,
        highlight: str,
        message: str,
        changes: list[Record],
        primary: Sequence[Record],
        secondary: Sequence[Record] = (),
    ) -> None:
        """Log what ``step`` changed as the next project version. ``message`` continues the person's name."""
        person = step.person
        self.version += 1
        occurred_at = iso(step.at)
        self.activity.append(
            {
                "kind": f"{kind}_activity",
                "guid": f"{self._project['id']}_{self.version}",
                "project_version": self.version,
                "message": f"{person.name} {message}",
                "highlight": highlight,
                "changes": changes,
                "primary_resources": list(primary),
                "secondary_resources": list(secondary),
                "project": self._project,
                "performed_by": {
                    "kind": "person",
                    "id": person.tracker_id,
                    "name": person.name,
                    "initials": person.initials,
                },
                "occurred_at": occurred_at,
            }
        )
        for change in changes:
            state = change.get("new_values", {}).get("current_state")
            if change["kind"] == "story" and state:
                self.transitions.append(
                    {
                        "kind": "story_transition",
                        "state": state,
                        "story_id": change["id"],
                        "project_id": self._project["id"],
                        "project_version": self.version,
                        "occurred_at": occurred_at,
                        "performed_by_id": person.tracker_id,
                    }
                )


def creation(record: Record, **more: Any) -> Record:
    """The change that brings ``record`` into being: all its values, absent ones left out."""
    values = {**logged(record), **more}
    new_values = {
        key: value for key, value in values.items() if value is not None and key != "kind"
    }
    return _change(record, "create", new_values=new_values)


def update(record: Record, values: Mapping[str, Any], at: int | None) -> Record | None:
    """Move ``values`` into ``record`` and describe the move; None when nothing moves.

    ``at`` is the new ``updated_at``, or None for changes that leave it alone. A second change within one second does
    not move it either and so does not mention it.
    """
    moved = {key: value for key, value in values.items() if record.get(key) != value}
    if values and not moved:
        return None
    if at is not None and record["updated_at"] != iso(at):
        moved["updated_at"] = iso(at)
    if not moved:
        return None
    original = logged({key: record.get(key) for key in moved})
    record.update(moved)
    return _change(record, "update", original_values=original, new_values=logged(moved))


def deletion(record: Record) -> Record:
    """The change that ends ``record``; carries no values."""
    return _change(record, "delete")


def resource(record: Record) -> Record:
    """How an activity refers to the thing it is about."""
    keys = ("kind", "id", "name", "story_type", "story_priority", "url")
    return {key: record[key] for key in keys if record.get(key) is not None}


def logged(values: Mapping[str, Any]) -> Record:
    """Values as the log spells them: label ids and names instead of label objects."""
    plain = dict(values)
    labels = plain.get("labels")
    if labels is not None:
        plain["label_ids"] = [label["id"] for label in labels]
        plain["labels"] = [label["name"] for label in labels]
    return plain


def _change(record: Record, change_type: str, **values: Record) -> Record:
    change: Record = {
        "kind": record["kind"],
        "change_type": change_type,
        "id": record["id"],
        **values,
    }
    for key in ("name", "story_type", "story_priority"):
        if record.get(key) is not None:
            change[key] = record[key]
    if change_type == "delete":
        change.pop("story_priority", None)
    return change
