"""Weekly approval of some people's time, and the locking that goes with it.

Here: the approval requests and which entries they lock. A lock leaves no trace in the change log, as in the real
service. Not here: the entries themselves (``timesheets``).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import (
    DAY,
    HOUR,
    iso,
    iso_duration,
    local_day,
    midnight,
    monday,
)
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import hex_id, pick, stream

_OUTCOMES = {
    "APPROVED": 88.0,
    "REJECTED": 4.0,
    "WITHDRAWN_APPROVAL": 3.0,
    "WITHDRAWN_SUBMISSION": 2.0,
    "PENDING": 3.0,
}


def approve(
    catalog: Catalog, person: Person, booked: list[tuple[int, int, Record]], boss: Person, now: int
) -> list[Record]:
    """Requests for this person's weeks, oldest first; entries of approved weeks become locked.

    ``booked`` holds (start, seconds, entry) of stopped entries. Only every fourth person has to submit.
    """
    if person.index % 4 != 1:
        return []
    weeks: dict[date, list[tuple[int, Record]]] = defaultdict(list)
    for start, length, entry in booked:
        weeks[monday(local_day(person.zone, start))].append((length, entry))
    requests = []
    for week, entries in sorted(weeks.items()):
        request = _request(catalog, person, week, entries, boss, now)
        if request is None:
            continue
        requests.append(request)
        if request["approvalRequest"]["status"]["state"] == "APPROVED":
            for _, entry in entries:
                entry["isLocked"] = True
    return requests


def _request(
    catalog: Catalog,
    person: Person,
    week: date,
    entries: list[tuple[int, Record]],
    boss: Person,
    now: int,
) -> Record | None:
    rng = stream(catalog.seed, "approval", person.index, week)
    ends = midnight(person.zone, week + timedelta(days=7))
    submitted_at = ends + person.day_start + rng.randint(0, 3 * HOUR)
    decided_at = submitted_at + rng.randint(HOUR, DAY)
    if submitted_at > now:
        return None
    outcome = pick(rng, _OUTCOMES)
    decided = outcome != "PENDING" and decided_at <= now
    state = outcome if decided else "PENDING"
    actor = person if not decided or outcome == "WITHDRAWN_SUBMISSION" else boss
    work = [(length, entry) for length, entry in entries if entry["type"] == "REGULAR"]
    tracked = sum(length for length, _ in work)
    return {
        "approvalRequest": {
            "id": hex_id(catalog.seed, "approval", person.index, week),
            "workspaceId": catalog.workspace_id,
            "dateRange": {"start": iso(midnight(person.zone, week)), "end": iso(ends - 1)},
            "owner": {
                "userId": person.clockify_id,
                "userName": person.name if person.has_name else None,
                "timeZone": person.zone,
                "startOfWeek": "MONDAY",
            },
            "status": {
                "state": state,
                "note": "Please split Friday" if state == "REJECTED" else "",
                "updatedBy": actor.clockify_id,
                "updatedByUserName": actor.name if actor.has_name else None,
                "updatedAt": iso(decided_at if decided else submitted_at),
            },
            "creator": {
                "userId": person.clockify_id,
                "userName": person.name if person.has_name else None,
                "userEmail": person.clockify_email,
            },
        },
        "approvedTime": iso_duration(tracked if state == "APPROVED" else 0),
        "billableTime": iso_duration(sum(length for length, entry in work if entry["billable"])),
        "billableAmount": _amount(work, "hourlyRate", billable_only=True),
        "breakTime": iso_duration(
            sum(length for length, entry in entries if entry["type"] == "BREAK")
        ),
        "costAmount": _amount(work, "costRate", billable_only=False),
        "expenseTotal": 0,
        "pendingTime": iso_duration(tracked if state == "PENDING" else 0),
        "trackedTime": iso_duration(tracked),
        "entries": [],
        "expenses": [],
    }


def _amount(work: list[tuple[int, dict[str, Any]]], rate: str, *, billable_only: bool) -> int:
    """Minor units of the entries' own currencies, added as the service does."""
    return sum(
        round(length / HOUR * entry[rate]["amount"])
        for length, entry in work
        if entry[rate] is not None and (entry["billable"] or not billable_only)
    )
