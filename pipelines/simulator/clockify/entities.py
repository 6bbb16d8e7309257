"""Entity changes: ``entities/created``, ``updated`` and ``deleted`` over the world's audit log.

Inside one window an entity appears once: created wins over updated, and created with deleted cancel out.
A deletion appears only when it is ``deletion_delay_s`` old.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import md5

from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.call import Call
from pipelines.simulator.model import Record
from pipelines.sources.instants import instant_text

WINDOW = timedelta(days=30)
TYPES = frozenset(
    [
        "CLIENTS",
        "PROJECTS",
        "TAGS",
        "TASKS",
        "SCHEDULED_ASSIGNMENT",
        "TIME_ENTRY",
        "TIME_ENTRY_RATE",
        "TIME_ENTRY_CUSTOM_FIELD_VALUE",
        "APPROVAL_REQUESTS",
        "BALANCE",
        "CUSTOM_FIELDS",
        "HOLIDAYS",
        "INVOICES",
        "PTO_POLICY",
        "TIME_OFF_REQUEST",
        "USER",
        "USER_GROUPS",
    ]
)

#: The changes of one entity inside a window, oldest first, by kind.
Story = dict[str, list[Record]]


def _window(call: Call) -> tuple[datetime, datetime]:
    """``start`` and ``end``: the last 30 days without either, 30 days beside one alone."""
    start, end = call.instant("start"), call.instant("end")
    if start is None:
        end = end or call.world.now
        start = end - WINDOW
    return start, end or start + WINDOW


def _changes(call: Call) -> list[Story]:
    """The entities of the asked types that changed inside the window, in order of first change."""
    types = call.values("type")
    if not types:
        raise errors.missing_parameter("type")
    for unknown in sorted(types - TYPES):
        raise errors.not_convertible("type", unknown)
    start, end = (instant_text(bound) for bound in _window(call))
    visible = instant_text(call.world.now - timedelta(seconds=call.behaviour.deletion_delay_s))
    entities: dict[tuple[str, str], Story] = {}
    for change in sorted(call.data.changes, key=lambda change: str(change["at"])):
        if change["documentType"] not in types or not start <= change["at"] < end:
            continue
        if change["kind"] == "deleted" and change["at"] > visible:
            continue
        key = change["documentType"], change["document"]["id"]
        story = entities.setdefault(key, {"created": [], "updated": [], "deleted": []})
        story[change["kind"]].append(change)
    return list(entities.values())


def _page(call: Call, rows: list[Record]) -> list[Record]:
    """The page of *rows* by ``page`` and ``limit``; there is no header that tells the last."""
    base = call.behaviour.entities_page_base
    number, size = call.integer("page", 0), call.integer("limit", 50)
    if number < 0 or not 1 <= size <= call.behaviour.clockify_page_max:
        raise errors.invalid("Page and limit must be positive values")
    first = max(number - base, 0) * size
    return rows[first : first + size]


def _current(change: Record) -> Record:
    return {
        "auditMetadata": {"createdAt": change["createdAt"], "updatedAt": change["at"]},
        "documentType": change["documentType"],
        **change["document"],
    }


def _deleted(change: Record) -> Record:
    document = change["document"]
    return {
        "id": document["id"],
        "deletionBinId": md5(document["id"].encode()).hexdigest()[:24],
        "deletedAt": change["at"].replace("Z", ".000Z"),
        "documentType": change["documentType"],
        "document": document,
    }


def _endpoint(
    belongs: Callable[[Story], bool], shown: Callable[[Story], Record]
) -> Callable[[Call], list[Record]]:
    return lambda call: _page(call, [shown(s) for s in _changes(call) if belongs(s)])


list_created = _endpoint(
    lambda story: bool(story["created"]) and not story["deleted"],
    lambda story: _current((story["created"] + story["updated"])[-1]),
)
list_updated = _endpoint(
    lambda story: bool(story["updated"]) and not story["created"] and not story["deleted"],
    lambda story: _current(story["updated"][-1]),
)
list_deleted = _endpoint(
    lambda story: bool(story["deleted"]) and not story["created"],
    lambda story: _deleted(story["deleted"][-1]),
)
