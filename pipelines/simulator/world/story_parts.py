"""Comments, tasks, blockers and reviews of stories.

Here: making, changing and removing them, with their activity. Comments and tasks touch their story's ``updated_at``;
blockers and reviews do not (nothing recorded says they would). Not here: when they happen (``story_chatter``).
"""

from __future__ import annotations

from pipelines.simulator.model import Record
from pipelines.simulator.world.activity import Journal, creation, deletion, resource, update
from pipelines.simulator.world.clock import iso
from pipelines.simulator.world.step import Step

_FIRST_ID = {"comment": 240_011_000, "task": 91_000_000, "blocker": 1_600_000, "review": 2_700_000}
#: The keys of each resource between ``story_id`` and the two dates, with what a new one has.
_BLANK: dict[str, Record] = {
    "comment": {
        "epic_id": None,
        "text": None,
        "person_id": None,
        "commit_identifier": None,
        "commit_type": None,
    },
    "task": {"description": None, "complete": False, "position": 1},
    "blocker": {"person_id": None, "description": None, "resolved": False},
    "review": {"review_type_id": None, "reviewer_id": None, "status": "unstarted"},
}
_TOUCHES_STORY = ("comment", "task")


class StoryParts:
    """All parts of all stories; ``of`` lists them by kind."""

    def __init__(self) -> None:
        self._made = dict.fromkeys(_FIRST_ID, 0)
        #: By story and by the name the plan gives the part.
        self._parts: dict[int, dict[str, Record]] = {}

    def of(self, kind: str) -> list[Record]:
        """All parts of one kind, oldest first."""
        found = [
            part
            for parts in self._parts.values()
            for part in parts.values()
            if part["kind"] == kind
        ]
        return sorted(found, key=lambda part: part["id"])

    def forget(self, story_id: int) -> None:
        self._parts.pop(story_id, None)

    def apply(self, journal: Journal, story: Record, step: Step) -> None:
        """Carry out a step of ``{kind, key, action, ...}``: action create or update with new values, or delete."""
        kind, key, action = step.values["kind"], step.values["key"], step.values["action"]
        moved = {k: v for k, v in step.values.items() if k not in ("kind", "key", "action")}
        parts = self._parts.setdefault(story["id"], {})
        if action == "create":
            parts[key] = part = self._new(kind, story, step, moved, _next_position(parts))
            change: Record | None = creation(part)
        elif key not in parts:
            return
        elif action == "delete":
            part = parts.pop(key)
            change = deletion(part)
        else:
            part = parts[key]
            change = update(part, moved, step.at)
        if change is None:
            return
        changes = [change]
        touched = update(story, {}, step.at) if kind in _TOUCHES_STORY else None
        changes += [touched] if touched else []
        verb = {"create": "added", "update": "edited", "delete": "deleted"}[action]
        text = part.get("text") or part.get("description") or part.get("status")
        highlight = f"{verb} {kind}:"
        message = f'{highlight} "{text}"'
        journal.write(
            step,
            f"{kind}_{action}",
            highlight,
            message,
            changes,
            [resource(story)],
            [resource(part)],
        )

    def _new(self, kind: str, story: Record, step: Step, values: Record, position: int) -> Record:
        self._made[kind] += 1
        part: Record = {
            "kind": kind,
            "id": _FIRST_ID[kind] + self._made[kind],
            "story_id": story["id"],
            **_BLANK[kind],
        }
        if "person_id" in part:
            part["person_id"] = step.person.tracker_id
        if "position" in part:
            part["position"] = position
        return {**part, **values, "created_at": iso(step.at), "updated_at": iso(step.at)}


def _next_position(parts: dict[str, Record]) -> int:
    return 1 + len([part for part in parts.values() if part["kind"] == "task"])
