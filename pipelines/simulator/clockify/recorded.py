"""The same answers in the spellings that were recorded of the real service: nulls, zeros, extra fields, other forms of instants.

Whatever is odd here means what the plain answer means, so nothing that is computed from it may differ. Rows are told apart by
their ids, so the same row is always odd in the same way.

Here: what is odd about which record. Not here: errors and missing rows (``faults``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zlib import crc32

from pipelines.simulator.clockify.call import Answer, Page, Reply
from pipelines.simulator.model import Record
from pipelines.sources.instants import parse_instant

_OTHER_WORKSPACE = "5b0000000000000000000001"


def as_recorded(path: str, answer: Answer) -> Answer:
    """The *answer* to *path*, which is what follows the workspace's id, with its records as they were recorded."""
    odd = _ODD.get(path.rpartition("/")[2])
    if odd is None:
        return answer
    if isinstance(answer, Page):
        return replace(answer, rows=[odd(row) for row in answer.rows])
    if isinstance(answer, Reply):
        return answer
    return [odd(row) for row in answer] if isinstance(answer, list) else odd(answer)


def _chosen(row: Record, of: int, part: int = 0) -> bool:
    """Whether the row is one of those *of* which one is odd in this way."""
    return crc32(str(row.get("id")).encode()) % of == part


def _entry(row: Record) -> Record:
    odd = {
        **row,
        # Sent of every entry, and described nowhere.
        "approvalRequestId": None,
    }
    if not row["tagIds"] and _chosen(row, 2):
        odd["tagIds"] = None
    odd["timeInterval"] = _interval(row)
    return odd


def _interval(row: Record) -> Record:
    """Fractions of a second, an offset with keys of its own, seconds for a duration, or no duration at all."""
    interval = row["timeInterval"]
    start, end = interval["start"], interval["end"]
    if _chosen(row, 6):
        return {"start": start.replace("Z", ".000Z"), "end": end and end.replace("Z", ".000Z")} | {
            "duration": interval["duration"]
        }
    if _chosen(row, 6, 1):
        return {
            "start": _with_offset(start),
            "end": _with_offset(end) if end else None,
            "duration": interval["duration"],
            "offsetStart": 7200,
            "offsetEnd": 7200,
            "timeZone": "Europe/Belgrade",
            "zonedStart": _with_offset(start)[:19],
        }
    if end and _chosen(row, 6, 2):
        seconds = (parse_instant(end) - parse_instant(start)).total_seconds()
        return {**interval, "duration": int(seconds)}
    if end and _chosen(row, 6, 3):
        return {"start": start, "end": end}
    return dict(interval)


def _with_offset(text: str) -> str:
    local = parse_instant(text) + timedelta(hours=2)
    return f"{local:%Y-%m-%dT%H:%M:%S}+02:00"


def _user(row: Record) -> Record:
    """A member of another workspace, too, with that one's rate and state."""
    elsewhere = {
        "userId": row["id"],
        "hourlyRate": {"amount": 99900, "currency": "CHF"},
        "costRate": {"amount": 1, "currency": "CHF"},
        "targetId": _OTHER_WORKSPACE,
        "membershipType": "WORKSPACE",
        "membershipStatus": "INACTIVE" if _chosen(row, 2) else "ACTIVE",
    }
    return {**row, "memberships": [elsewhere, *row["memberships"]], "customFields": None}


def _project(row: Record) -> Record:
    """Zero where nobody set a rate, which leaves it to the next level; so do its tasks and members."""
    odd = {**_rated(row), "note": row.get("note") or "", "costRateSet": None}
    for name in ("tasks", "memberships"):
        if isinstance(odd.get(name), list):
            odd[name] = [_rated(part) for part in odd[name]]
    return odd


def _rated(row: Record) -> Record:
    zero = {"amount": 0, "currency": "USD"}
    return {**row, **{name: row.get(name) or zero for name in ("hourlyRate", "costRate")}}


def _workspace(row: Record) -> Record:
    settings = {"lockTimeEntries": "", **row["workspaceSettings"]}
    settings["lockTimeEntries"] = settings["lockTimeEntries"] or ""
    return {**row, "workspaceSettings": {**settings, "onlyAdminsSeeAllTimeEntries": True}}


def _named(row: Record) -> Record:
    return {**row, "nameLowerCase": str(row.get("name", "")).lower()}


_ODD: dict[str, Callable[[Record], Any]] = {
    "time-entries": _entry,
    "users": _user,
    "projects": _project,
    "workspaces": _workspace,
    "tags": _named,
    "clients": _named,
}
