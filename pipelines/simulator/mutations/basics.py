"""What every write does: find its record, note the moment, and leave the log entry of its API."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

from pipelines.simulator.model import Record, World
from pipelines.sources.instants import instant_text, parse_instant

Moment = datetime | str


def moment_text(at: Moment) -> str:
    """*at* as on the wire."""
    return instant_text(parse_instant(at) if isinstance(at, str) else at)


def advance_clock(world: World, at: Moment) -> None:
    """Let it be *at* in *world*; time never goes back. Also tells servers to look at the world afresh."""
    world.now = max(world.now, parse_instant(moment_text(at)))
    world.revision += 1


def find(records: list[Record], record_id: Any) -> Record:
    """The record with *record_id*; ``LookupError`` when there is none."""
    for record in records:
        if id_of(record) == record_id:
            return record
    raise LookupError(f"no record with id {record_id}")


def id_of(record: Record) -> Any:
    """The id of *record*; that of an approval request lies one level down."""
    return record["approvalRequest"]["id"] if "approvalRequest" in record else record["id"]


def log_activity(
    world: World,
    project_id: int,
    at: Moment,
    kind: str,
    highlight: str,
    changes: list[Record],
    by: int | None,
) -> int:
    """Append one activity and give the project its next version, which is returned.

    *by* is the id of the person who did it: by default the project's first member.
    """
    project = find(world.tracker.projects, project_id)
    project["version"] += 1
    members = [m["person"] for m in world.tracker.memberships if m["project_id"] == project_id]
    people = {person["id"]: person for person in members}
    person = people[by] if by is not None else members[0]
    subject = changes[0]
    resources = [
        {key: change.get(key) for key in ("kind", "id", "name", "story_type") if change.get(key)}
        for change in changes
        if change["kind"] == subject["kind"]
    ]
    world.tracker.activity.append(
        {
            "kind": kind,
            "guid": f"{project_id}_{project['version']}",
            "project_version": project["version"],
            "message": f"{person['name']} {highlight} {subject.get('name') or subject['kind']}",
            "highlight": highlight,
            "changes": changes,
            "primary_resources": resources,
            "secondary_resources": [],
            "project": {"kind": "project", "id": project_id, "name": project["name"]},
            "performed_by": {
                "kind": "person",
                "id": person["id"],
                "name": person["name"],
                "initials": person["initials"],
            },
            "occurred_at": moment_text(at),
        }
    )
    advance_clock(world, at)
    version: int = project["version"]
    return version


def log_change(world: World, kind: str, document_type: str, at: Moment, record: Record) -> None:
    """Append one line to Clockify's audit log, with the state of *record* as it is now."""
    document = {"id": id_of(record), **deepcopy(record)}
    earlier = [
        change["createdAt"]
        for change in world.clockify.changes
        if change["document"]["id"] == document["id"] and change["documentType"] == document_type
    ]
    world.clockify.changes.append(
        {
            "kind": kind,
            "documentType": document_type,
            "at": moment_text(at),
            "createdAt": earlier[0] if earlier else moment_text(at),
            "document": document,
        }
    )
    advance_clock(world, at)
