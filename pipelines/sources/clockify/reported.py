"""Time entries as Clockify's detailed report shows them, beside the same entries as lists show them.

Here: pure functions of one row: whether both say the same, and a report's row in the form of a list's. Not here: how either
is read (``reader``).

A report lacks what only lists tell: the kiosk, a currency of its own for the cost, and whether a rate of 0 was set or there is
none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipelines.pyairbyte.instants import read_instant
from pipelines.sources.instants import instant_text, iso_duration

Row = Mapping[str, Any]

#: How lists write an instant.
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

#: What a row of the report must have to be compared with a list's.
_NEEDED = ("userId", "timeInterval", "billable", "type", "rate", "costRate", "customFields")


def is_comparable(row: Row) -> bool:
    """Whether a report's row shows all that is compared."""
    return all(name in row for name in _NEEDED) and ("isLocked" in row or "locked" in row)


def shown_by_list(row: Row) -> dict[str, Any]:
    """What is compared of a list's row with names in snake_case, in one form."""
    interval = _object(row.get("time_interval"))
    hourly, cost = _object(row.get("hourly_rate")), _object(row.get("cost_rate"))
    return {
        **_plain(row, ("user_id", "project_id", "task_id", "description")),
        "billable": row.get("billable"),
        "type": row.get("type"),
        "tags": _tags(row.get("tag_ids")),
        "start": _instant(interval.get("start")),
        "end": _instant(interval.get("end")),
        "rate": hourly.get("amount") or 0,
        "cost": cost.get("amount") or 0,
        "currency": hourly.get("currency") or None,
        "locked": bool(row.get("is_locked")),
        "fields": _fields(row.get("custom_field_values")),
    }


def shown_by_report(row: Row) -> dict[str, Any]:
    """The same of a report's row, as far as it shows it."""
    interval = _object(row.get("timeInterval"))
    names = {
        "user_id": "userId",
        "project_id": "projectId",
        "task_id": "taskId",
        "description": "description",
    }
    shown = _plain({name: row[key] for name, key in names.items() if key in row}, names)
    if "timeInterval" in row:
        shown |= {name: _instant(interval.get(name)) for name in ("start", "end")}
    shown |= {name: row[name] for name in ("billable", "type") if name in row}
    if "tagIds" in row:
        shown["tags"] = _tags(row["tagIds"])
    if "rate" in row:
        shown["rate"] = row["rate"] or 0
        if row["rate"] and row.get("currency"):
            shown["currency"] = row["currency"]
    if "costRate" in row:
        shown["cost"] = row["costRate"] or 0
    for name in ("locked", "isLocked"):
        if name in row:
            shown["locked"] = bool(row[name])
    if "customFields" in row:
        shown["fields"] = _fields(row["customFields"])
    return shown


def agree(listed: Row, reported: Row) -> bool:
    """Whether a list's row (names in snake_case) and a report's say the same wherever the report says something."""
    of_list, of_report = shown_by_list(listed), shown_by_report(reported)
    return all(of_list[name] == value for name, value in of_report.items())


def as_listed(row: Row, workspace_id: str, known: Row | None = None) -> dict[str, Any]:
    """A report's row in the form of a list's, names in snake_case; what a report lacks is as it is ``known``."""
    if known is None:
        return _new(row, workspace_id)
    was, shown = shown_by_list(known), shown_by_report(row)
    changed = {name for name, value in shown.items() if was[name] != value}
    listed: dict[str, Any] = {"workspace_id": workspace_id, **known}
    listed |= {
        name: row.get(key)
        for name, key in (
            ("user_id", "userId"),
            ("project_id", "projectId"),
            ("task_id", "taskId"),
            ("description", "description"),
            ("billable", "billable"),
            ("type", "type"),
        )
        if name in changed
    }
    if "tags" in changed:
        listed["tag_ids"] = row["tagIds"] or []
    if changed & {"start", "end"}:
        listed["time_interval"] = _interval(_object(row.get("timeInterval")))
    if changed & {"rate", "currency"}:
        listed["hourly_rate"] = _rate(row.get("rate"), row.get("currency"))
    if "cost" in changed:
        listed["cost_rate"] = _rate(row.get("costRate"), row.get("currency"))
    if "locked" in changed:
        listed["is_locked"] = shown["locked"]
    if "fields" in changed:
        listed["custom_field_values"] = row["customFields"] or []
    return listed


def _new(row: Row, workspace_id: str) -> dict[str, Any]:
    """The row of an entry that is not known: a long history has many of them."""
    return {
        "id": row.get("_id"),
        "workspace_id": workspace_id,
        "user_id": row.get("userId"),
        "project_id": row.get("projectId"),
        "task_id": row.get("taskId"),
        "description": row.get("description"),
        "billable": row.get("billable"),
        "type": row.get("type"),
        "tag_ids": row.get("tagIds") or [],
        "time_interval": _interval(_object(row.get("timeInterval"))),
        "hourly_rate": _rate(row.get("rate"), row.get("currency")),
        "cost_rate": _rate(row.get("costRate"), row.get("currency")),
        "is_locked": row.get("isLocked", row.get("locked")),
        "custom_field_values": row.get("customFields") or [],
    }


def _plain(row: Row, names: Any) -> dict[str, Any]:
    """Text fields where empty and missing mean the same."""
    return {name: row[name] or None for name in names if name in row}


def _interval(interval: Row) -> dict[str, Any]:
    """Start and end in UTC, and the time between as a list writes it."""
    start, end = _instant(interval.get("start")), _instant(interval.get("end"))
    return {
        "start": _written(interval.get("start"), start),
        "end": _written(interval.get("end"), end),
        "duration": iso_duration(end - start) if start and end else None,
    }


def _written(text: Any, moment: datetime | None) -> Any:
    return text if moment is None or _FORM.fullmatch(text) else instant_text(moment)


def _rate(amount: Any, currency: Any) -> dict[str, Any] | None:
    """Amounts are whole minor units; a report may write them with decimals."""
    if not amount:
        return None
    is_whole = isinstance(amount, float) and amount.is_integer()
    return {"amount": int(amount) if is_whole else amount, "currency": currency}


def _tags(value: Any) -> list[str]:
    return sorted(str(tag) for tag in value) if isinstance(value, list) else []


def _fields(value: Any) -> list[tuple[str, str]]:
    """Custom fields that have a value, by id."""
    rows = value if isinstance(value, list) else []
    return sorted(
        (str(row.get("customFieldId") or row.get("id") or row.get("_id")), repr(row["value"]))
        for row in rows
        if isinstance(row, Mapping) and row.get("value") not in (None, "", [])
    )


def _instant(value: Any) -> datetime | None:
    return read_instant(value) if isinstance(value, str) else None


def _object(value: Any) -> Row:
    return value if isinstance(value, Mapping) else {}
