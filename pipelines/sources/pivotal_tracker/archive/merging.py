"""Which of several rows about one thing counts, and what it takes from the others.

* Of rows from exports, the one with the latest stamp.
* Of rows from JSON dumps, the one with the latest ``updated_at``; of projects, the one with the highest ``version``.
* Of rows from archives of hosts, the one of the latest archive; over it goes only a dump's row that was updated later.
* An export knows days, where the API knows seconds, and names, where it knows ids. So its row
  replaces a row of a dump or an archive only if the export was made after everything that row knows
  of. Values that are still the same then keep their exact form.
* The archive of a host that lacks lists (a look-alike) is filled up: what it never sends in such a list is taken from the
  row that would count without it.

Here: deciding. Not here: finding rows of one key (``store``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from pipelines.sources.instants import parse_instant
from pipelines.sources.pivotal_tracker.archive.lists import PROJECTS, Record

#: Parts of an archive; further ones are archives of hosts, in the order in which they were made.
EXPORTS, DUMPS, FIRST_ARCHIVE = 0, 1, 2

#: What only accepted stories have.
_ACCEPTED, _OF_ACCEPTED = "accepted", "accepted_at"
#: Lists in which a later export says more than a dump does.
_TOLD_BY_EXPORTS = ("stories", "epics", "releases")
#: What an export says by saying nothing.
_EMPTY_IN_EXPORTS = ("estimate", "accepted_at", "deadline", "description", "owned_by_id")
_DAYS = ("created_at", "accepted_at", "deadline")
_PARTS = ("comments", "tasks", "blockers", "reviews")
_FIRST_MOMENT = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Twin:
    """One of several rows with the same key; ``seen`` is the latest moment that its source knows of."""

    position: int
    part: int
    seen: str
    record: Record
    project_id: int | None


def merged(
    name: str, twins: list[Twin], sent: Mapping[tuple[str, int], set[str]]
) -> tuple[Twin, Record]:
    """The row of list ``name`` that counts, and its record: its own one if nothing is added to it.

    ``sent``: by list and part, the fields that a host sends at all, where it does not send all of them.
    """
    exported = _latest([twin for twin in twins if twin.part == EXPORTS], _by_source)
    others = sorted((twin for twin in twins if twin.part != EXPORTS), key=_by_source)
    base = _latest([twin for twin in others if twin.part >= FIRST_ARCHIVE], _by_source)
    dumped = _latest([twin for twin in others if twin.part == DUMPS], lambda t: _version(name, t))
    if base is None or (dumped and _version(name, dumped)[0] > _version(name, base)[0]):
        base = dumped or base
    if base is None:
        assert exported is not None
        return exported, exported.record
    record = base.record
    for other in reversed([twin for twin in others if twin is not base]):
        record = _filled(name, base, record, other, sent)
    if exported is None:
        return base, record
    if name == PROJECTS:
        return base, {**exported.record, **record}
    if name in _TOLD_BY_EXPORTS and _instant(exported.seen) > _instant(base.seen):
        return exported, _over(exported.record, record)
    return base, _filled(name, base, record, exported, sent)


def _latest(twins: list[Twin], order: Callable[[Twin], tuple[Any, ...]]) -> Twin | None:
    return max(twins, key=order, default=None)


def _by_source(twin: Twin) -> tuple[int, datetime, int]:
    return max(twin.part, DUMPS), _instant(twin.seen), twin.position


def _version(name: str, twin: Twin) -> tuple[float, datetime, int]:
    """What orders rows of dumps."""
    if name == PROJECTS:
        version = twin.record.get("version")
        return version if isinstance(version, int) else -1, _instant(twin.seen), twin.position
    updated = str(twin.record.get("updated_at") or twin.seen)
    return _instant(updated).timestamp(), _instant(twin.seen), twin.position


def _filled(
    name: str, winner: Twin, record: Record, other: Twin, sent: Mapping[tuple[str, int], set[str]]
) -> Record:
    """The record with what the winner's host never sends."""
    of_host = sent.get((name, winner.part))
    if of_host is None:
        return record
    if record.get("current_state") != _ACCEPTED:
        of_host = {*of_host, _OF_ACCEPTED}
    more = {field: value for field, value in other.record.items() if field not in of_host}
    return {**more, **record}


def _over(exported: Record, base: Record) -> Record:
    """What a later export says, over what was known before it."""
    record = {k: v for k, v in base.items() if k not in _EMPTY_IN_EXPORTS} | exported
    for field in _DAYS:
        if field in exported and field in base:
            exact = _instant(str(base[field]))
            if abs(exact - _instant(str(exported[field]))) < timedelta(days=1):
                record[field] = base[field]
    for part in _PARTS:
        if len(base.get(part) or ()) >= len(exported.get(part) or ()) and part in base:
            record[part] = base[part]
    record["updated_at"] = max(
        str(base.get("updated_at") or ""), str(exported.get("updated_at") or ""), key=_instant
    )
    return record


def _instant(text: str) -> datetime:
    """An instant, or the stamp of an export; the first moment of all for anything else."""
    try:
        if len(text) == 14 and text.isdigit():
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        return parse_instant(text)
    except (ValueError, OverflowError):
        return _FIRST_MOMENT
