"""Writes to every other list of a world, named as in ``clockify.tags`` or ``tracker.comments``.

Stories and time entries have their own functions (``stories``, ``entries``).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pipelines.simulator.model import Record, World
from pipelines.simulator.mutations.basics import (
    Moment,
    advance_clock,
    find,
    id_of,
    log_activity,
    log_change,
    moment_text,
)

#: Clockify's name of each list in its audit log.
DOCUMENT_TYPES = {
    "clockify.users": "USER",
    "clockify.clients": "CLIENTS",
    "clockify.projects": "PROJECTS",
    "clockify.tags": "TAGS",
    "clockify.user_groups": "USER_GROUPS",
    "clockify.custom_fields": "CUSTOM_FIELDS",
    "clockify.holidays": "HOLIDAYS",
    "clockify.time_off_requests": "TIME_OFF_REQUEST",
    "clockify.time_off_policies": "PTO_POLICY",
    "clockify.time_off_balances": "BALANCE",
    "clockify.scheduling_assignments": "SCHEDULED_ASSIGNMENT",
    "clockify.approval_requests": "APPROVAL_REQUESTS",
    "clockify.invoices": "INVOICES",
}
#: Lists that leave no trace in a log.
UNLOGGED = (
    "tracker.projects",
    "clockify.expenses",
    "clockify.expense_categories",
    "clockify.invoice_payments",
)
#: Tracker's name of a record of each list, as in ``<name>_create_activity``.
ACTIVITY_KINDS = {
    "tracker.memberships": "project_membership",
    "tracker.labels": "label",
    "tracker.epics": "epic",
    "tracker.comments": "comment",
    "tracker.story_tasks": "task",
    "tracker.blockers": "blocker",
    "tracker.reviews": "review",
}
#: Kinds whose writes move ``updated_at`` of their story.
MOVES_STORY = frozenset({"comment", "task"})
HIGHLIGHTS = {"create": "added", "update": "edited", "delete": "deleted"}


def _records(world: World, collection: str) -> list[Record]:
    if collection not in DOCUMENT_TYPES and collection not in (*ACTIVITY_KINDS, *UNLOGGED):
        raise LookupError(f"no collection {collection}")
    api, _, name = collection.partition(".")
    records: list[Record] = getattr(getattr(world, api), name)
    return records


def add(world: World, collection: str, record: Record, at: Moment) -> Record:
    """Append a complete *record* to *collection*."""
    _records(world, collection).append(record)
    _log(world, collection, "create", at, record, {"new_values": deepcopy(record)})
    return record


def update(
    world: World, collection: str, record_id: Any, at: Moment, values: dict[str, Any]
) -> Record:
    """Set fields of the record with *record_id*; ``updated_at`` moves where the record has one."""
    record = find(_records(world, collection), record_id)
    if "updated_at" in record:
        values = {**values, "updated_at": moment_text(at)}
    original = {name: record.get(name) for name in values}
    record.update(values)
    changes = {"original_values": original, "new_values": values}
    _log(world, collection, "update", at, record, changes)
    return record


def remove(world: World, collection: str, record_id: Any, at: Moment) -> None:
    """Remove the record with *record_id*; a label also goes from the stories that carry it."""
    records = _records(world, collection)
    record = find(records, record_id)
    records[:] = [other for other in records if id_of(other) != record_id]
    _log(world, collection, "delete", at, record, {})


def _log(
    world: World, collection: str, change_type: str, at: Moment, record: Record, values: Record
) -> None:
    if collection in DOCUMENT_TYPES:
        log_change(world, f"{change_type}d", DOCUMENT_TYPES[collection], at, record)
    elif collection in ACTIVITY_KINDS:
        kind = ACTIVITY_KINDS[collection]
        change = {"kind": kind, "change_type": change_type, "id": record["id"], **values}
        if "name" in record:
            change["name"] = record["name"]
        changes = [change, *_story_changes(world, kind, change_type, at, record)]
        activity = f"{kind}_{change_type}_activity"
        project_id = _project_of(world, record)
        log_activity(world, project_id, at, activity, HIGHLIGHTS[change_type], changes, None)
    else:
        advance_clock(world, at)


def _project_of(world: World, record: Record) -> int:
    """The project of *record*, which may be part of a story or an epic."""
    if "project_id" in record:
        return int(record["project_id"])
    if record.get("story_id") is not None:
        return int(find(world.tracker.stories, record["story_id"])["project_id"])
    return int(find(world.tracker.epics, record["epic_id"])["project_id"])


def _story_changes(
    world: World, kind: str, change_type: str, at: Moment, record: Record
) -> list[Record]:
    """Move ``updated_at`` of the stories that a write touches; return their changes."""
    touched: list[Record] = []
    if kind in MOVES_STORY and record.get("story_id") is not None:
        touched = [find(world.tracker.stories, record["story_id"])]
    elif kind == "label" and change_type == "delete":
        for story in world.tracker.stories:
            kept = [label for label in story["labels"] if label["id"] != record["id"]]
            if len(kept) < len(story["labels"]):
                story["labels"] = kept
                touched.append(story)
    changes = []
    for story in touched:
        before, story["updated_at"] = story["updated_at"], moment_text(at)
        changes.append(
            {
                "kind": "story",
                "change_type": "update",
                "id": story["id"],
                "original_values": {"updated_at": before},
                "new_values": {"updated_at": story["updated_at"]},
                "name": story["name"],
                "story_type": story["story_type"],
            }
        )
    return changes
