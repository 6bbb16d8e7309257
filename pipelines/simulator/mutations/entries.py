"""Writes to Clockify time entries; each leaves one line in the audit log."""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import Record, World
from pipelines.simulator.mutations.basics import Moment, find, log_change, moment_text
from pipelines.sources.instants import iso_duration, parse_instant


def _interval(start: Moment, end: Moment | None) -> Record:
    """A ``timeInterval``; without *end* the timer runs and has no duration."""
    begin = moment_text(start)
    if end is None:
        return {"start": begin, "end": None, "duration": None}
    finish = moment_text(end)
    length = parse_instant(finish) - parse_instant(begin)
    return {"start": begin, "end": finish, "duration": iso_duration(length)}


def create_entry(
    world: World,
    user_id: str,
    at: Moment,
    *,
    start: Moment,
    end: Moment | None = None,
    **values: Any,
) -> Record:
    """A new entry from *start* to *end*, or a running timer without *end*. Returns the entry."""
    entries = world.clockify.time_entries
    largest = max((int(e["id"], 16) for e in entries), default=0)
    entry: Record = {
        "id": f"{largest + 1:024x}",
        "description": "",
        "tagIds": [],
        "userId": user_id,
        "billable": False,
        "taskId": None,
        "projectId": None,
        "workspaceId": world.clockify.workspace["id"],
        "timeInterval": _interval(start, end),
        "customFieldValues": [],
        "type": "REGULAR",
        "kioskId": None,
        "hourlyRate": None,
        "costRate": None,
        "isLocked": False,
        **values,
    }
    entries.append(entry)
    log_change(world, "created", "TIME_ENTRY", at, entry)
    return entry


def update_entry(world: World, entry_id: str, at: Moment, **values: Any) -> Record:
    """Set fields of an entry; ``start`` and ``end`` move its interval. Returns the entry."""
    entry = find(world.clockify.time_entries, entry_id)
    interval = entry["timeInterval"]
    if "start" in values or "end" in values:
        start = values.pop("start", interval["start"])
        entry["timeInterval"] = _interval(start, values.pop("end", interval["end"]))
    entry.update(values)
    log_change(world, "updated", "TIME_ENTRY", at, entry)
    return entry


def delete_entry(world: World, entry_id: str, at: Moment) -> None:
    """Remove an entry from every list."""
    entry = find(world.clockify.time_entries, entry_id)
    world.clockify.time_entries.remove(entry)
    log_change(world, "deleted", "TIME_ENTRY", at, entry)
