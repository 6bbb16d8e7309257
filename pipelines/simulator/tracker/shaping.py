"""The shape of Tracker's answers: ``fields``, absent nulls, ``envelope``, ``date_format``.

Here: turning a full record into what was asked for. Not here: which records (the endpoint modules) and
how a field that is not stored is computed (``extras``).
"""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import Record
from pipelines.simulator.tracker.call import Answer, Call
from pipelines.simulator.tracker.extras import EXTRAS
from pipelines.sources.instants import parse_instant
from pipelines.sources.pivotal_tracker.v5 import errors
from pipelines.sources.pivotal_tracker.v5.fields import (
    DEFAULT,
    EXCLUDED,
    WHOLE,
    Fields,
    parse_fields,
)
from pipelines.sources.pivotal_tracker.v5.paging import Page

#: Fields that hold resources, which are shaped by their own kind. All other values go out as stored, so
#: that the ``changes`` of an activity keep their explicit nulls.
NESTED = frozenset(
    [
        "labels",
        "label",
        "person",
        "stories",
        "owners",
        "comments",
        "tasks",
        "blockers",
        "reviews",
        "transitions",
        "review_type",
        "epics",
        "projects",
        "project_memberships",
    ]
)

INSTANT_FIELDS = frozenset(
    [
        "created_at",
        "updated_at",
        "accepted_at",
        "occurred_at",
        "last_viewed_at",
        "read_at",
        "deadline",
        "start",
        "finish",
        "start_time",
        "shown_iterations_start_time",
        "projected_completion",
        "completed_at",
    ]
)

#: What LiteTracker sends of a project.
LOOK_ALIKE_PROJECT = ("id", "name", "description", "public", "created_at", "updated_at")


def shape(call: Call, record: Record, fields: Fields) -> Record:
    """*record* with the asked *fields*, its ``id`` in any case, and without absent values."""
    kind: str = record.get("kind", "")
    excluded = EXCLUDED.get(kind, frozenset())
    names = [name for name in record if name == "id" and "id" not in fields]
    for name in fields:
        names += (n for n in record if n not in excluded) if name == DEFAULT else [name]
    shaped: Record = {}
    for name in dict.fromkeys(names):
        if name in record:
            value = record[name]
        elif name in excluded:
            compute = EXTRAS.get((kind, name))
            value = compute(call, record) if compute else None
        else:
            raise errors.invalid_parameter(f"'{name}' is not a field of {kind}", "fields")
        if name in NESTED and not kind.endswith("_activity"):
            value = _shape_nested(call, value, fields.get(name) or WHOLE)
        if value is not None:
            shaped[name] = value
    return shaped


def _shape_nested(call: Call, value: Any, fields: Fields) -> Any:
    if isinstance(value, list):
        return [_shape_nested(call, item, fields) for item in value]
    return shape(call, value, fields) if isinstance(value, dict) else value


def _look_alike(record: Record) -> Record:
    """*record* as LiteTracker sends it: ``title`` for ``name``, few fields in a project."""
    if record.get("kind") == "project":
        record = {name: record[name] for name in LOOK_ALIKE_PROJECT if name in record}
    elif record.get("kind") != "story":
        return record
    return {("title" if name == "name" else name): value for name, value in record.items()}


def _in_millis(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _in_millis(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_millis(item) for item in value]
    if name in INSTANT_FIELDS and isinstance(value, str):
        return int(parse_instant(value).timestamp() * 1000)
    return value


def payload(call: Call, answer: Answer) -> Any:
    """The JSON value of *answer*, as the parameters common to all endpoints ask for."""
    look_alike = call.behaviour.look_alike
    asked = None if look_alike else call.query.get("fields")
    fields = WHOLE if asked is None else parse_fields(asked)
    rows = answer.rows if isinstance(answer, Page) else answer
    value = _shape_nested(call, rows, fields)
    if look_alike:
        shaped = value if isinstance(value, list) else [value]
        renamed = [_look_alike(record) for record in shaped]
        return renamed if isinstance(value, list) else renamed[0]
    if call.choice("date_format", ("iso8601", "millis")) == "millis":
        value = _in_millis(value)
    if call.query.get("envelope") == "true":
        value = {"data": value}
        if isinstance(answer, Page):
            value["pagination"] = {
                "total": answer.total,
                "limit": answer.limit,
                "offset": answer.offset,
                "returned": len(answer.rows),
            }
    return value
