"""The detailed report: entries of all users in one list, with integer seconds and rendered zones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.simulator.behaviour import FREE_PLAN_REPORT_DAYS
from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.call import Call, Reply
from pipelines.simulator.clockify.lists import membership_status
from pipelines.simulator.model import Record
from pipelines.sources.instants import instant_text, parse_instant

SORTS: dict[str, Any] = {
    "DATE": lambda e: e["timeInterval"]["start"],
    "ZONED_DATE": lambda e: e["timeInterval"]["start"],
    "NATURAL": lambda e: e["timeInterval"]["start"],
    "ID": lambda e: e["id"],
    "DESCRIPTION": lambda e: e["description"],
    "USER": lambda e: e["userId"],
    "USER_DATE": lambda e: (e["userId"], e["timeInterval"]["start"]),
    "DURATION": lambda e: _seconds(e),
}


def detailed_report(call: Call) -> Reply:
    """One page of stopped entries that start in the asked range of wall-clock time."""
    try:
        return _report(call)
    except errors.ClockifyError as error:
        return Reply(error.body, status=call.behaviour.report_error_status)


def _report(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    zone = _zone(call, body)
    start, end = _bound(body, "dateRangeStart", zone), _bound(body, "dateRangeEnd", zone)
    days = (
        FREE_PLAN_REPORT_DAYS if call.behaviour.plan == "free" else call.behaviour.report_days_max
    )
    too_old = call.behaviour.plan == "free" and start < call.world.now - timedelta(days=days + 1)
    if end < start or end - start > timedelta(days=days) or too_old:
        raise errors.invalid(f"Date range must lie within {days} days")
    detail = body.get("detailedFilter")
    if not isinstance(detail, dict):
        raise errors.invalid("detailedFilter is required")
    number, size = detail.get("page", 1), detail.get("pageSize", 20)
    if not (isinstance(number, int) and number >= 1 and isinstance(size, int) and size >= 1):
        raise errors.invalid("Page and page size must be positive values")
    if size > call.behaviour.report_page_max:
        raise errors.invalid(f"Page size must not be greater than {call.behaviour.report_page_max}")
    column = detail.get("sortColumn", "DATE")
    if column not in SORTS:
        raise errors.invalid("sortColumn is not known")
    low, high = instant_text(start), instant_text(end)
    chosen = [
        entry
        for entry in call.data.time_entries
        if entry["timeInterval"]["end"] is not None
        and low <= entry["timeInterval"]["start"] <= high
        and _wanted(call, body, entry)
    ]
    chosen.sort(key=SORTS[column], reverse=body.get("sortOrder") != "ASCENDING")
    first = (number - 1) * size
    names = _Names(call)
    rows = [names.row(entry, zone) for entry in chosen[first : first + size]]
    totals = []
    if (detail.get("options") or {}).get("totals", "CALCULATE") == "CALCULATE" and chosen:
        totals = [_totals(chosen)]
    last = str(first + size >= len(chosen)).lower()
    return Reply({"totals": totals, "timeentries": rows}, headers={"last-page": last})


def _zone(call: Call, body: Record) -> ZoneInfo:
    name = body.get("timeZone") or call.zone_of(call.account)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise errors.invalid("timeZone is not known") from None


def _bound(body: Record, name: str, zone: ZoneInfo) -> datetime:
    """The UTC instant of wall-clock text; an offset or ``Z`` in it is of no account."""
    try:
        wall = parse_instant(str(body[name])[:19])
    except (KeyError, ValueError):
        raise errors.invalid(f"{name} is required") from None
    return wall.replace(tzinfo=zone).astimezone(timezone.utc)


def _wanted(call: Call, body: Record, entry: Record) -> bool:
    for name, field in (
        ("users", "userId"),
        ("projects", "projectId"),
        ("tasks", "taskId"),
    ):
        asked = body.get(name) or {}
        ids = asked.get("ids")
        if ids and (entry[field] in ids) != (asked.get("contains", "CONTAINS") == "CONTAINS"):
            return False
    status = (body.get("users") or {}).get("status", "ALL")
    if status != "ALL":
        owner = next((u for u in call.data.users if u["id"] == entry["userId"]), None)
        return owner is not None and membership_status(owner) == status
    return body.get("billable") in (None, entry["billable"])


def _seconds(entry: Record) -> int:
    interval = entry["timeInterval"]
    return int((parse_instant(interval["end"]) - parse_instant(interval["start"])).total_seconds())


def _amount(entry: Record, rate_name: str) -> int:
    """Minor units: hours times rate; nothing is earned with time that is not billable."""
    if rate_name == "hourlyRate" and not entry["billable"]:
        return 0
    rate: int = (entry[rate_name] or {}).get("amount", 0)
    return round(_seconds(entry) / 3600 * rate)


def _totals(entries: list[Record]) -> Record:
    earned = sum(_amount(e, "hourlyRate") for e in entries)
    return {
        "_id": "",
        "totalTime": sum(_seconds(e) for e in entries),
        "totalBillableTime": sum(_seconds(e) for e in entries if e["billable"]),
        "entriesCount": len(entries),
        "totalAmount": earned,
        "amounts": [{"type": "EARNED", "value": earned}],
        "numOfCurrencies": 1,
    }


class _Names:
    """Names that a report adds to the ids of an entry."""

    def __init__(self, call: Call) -> None:
        data = call.data
        self.users = {u["id"]: u for u in data.users}
        self.projects = {p["id"]: p for p in data.projects}
        self.tasks = {t["id"]: t for p in data.projects for t in p["tasks"]}
        self.tags = {t["id"]: t for t in data.tags}

    def row(self, entry: Record, zone: ZoneInfo) -> Record:
        user = self.users.get(entry["userId"], {})
        project = self.projects.get(entry["projectId"], {})
        task = self.tasks.get(entry["taskId"], {})
        rate, cost_rate = entry["hourlyRate"] or {}, entry["costRate"] or {}
        earned = _amount(entry, "hourlyRate")
        tags = [self.tags[i] for i in entry["tagIds"] or () if i in self.tags]
        return {
            "_id": entry["id"],
            "description": entry["description"],
            "userId": entry["userId"],
            "timeInterval": {
                "start": _rendered(entry["timeInterval"]["start"], zone),
                "end": _rendered(entry["timeInterval"]["end"], zone),
                "duration": _seconds(entry),
            },
            "billable": entry["billable"],
            "projectId": entry["projectId"],
            "taskId": entry["taskId"],
            "tagIds": entry["tagIds"],
            "tags": [{"_id": tag["id"], "name": tag["name"]} for tag in tags],
            "approvalRequestId": None,
            "type": entry["type"],
            "isLocked": entry["isLocked"],
            "currency": rate.get("currency"),
            "amount": earned,
            "rate": rate.get("amount", 0),
            "earnedAmount": earned,
            "earnedRate": rate.get("amount", 0),
            "costAmount": _amount(entry, "costRate"),
            "costRate": cost_rate.get("amount", 0),
            "projectName": project.get("name"),
            "projectColor": project.get("color"),
            "clientName": project.get("clientName"),
            "clientId": project.get("clientId"),
            "taskName": task.get("name"),
            "userName": user.get("name"),
            "userEmail": user.get("email"),
            "customFields": entry["customFieldValues"],
            "invoicingInfo": [],
        }


def _rendered(text: str, zone: ZoneInfo) -> str:
    """*text* with the offset of *zone*, and ``Z`` for none."""
    return parse_instant(text).astimezone(zone).isoformat().replace("+00:00", "Z")
