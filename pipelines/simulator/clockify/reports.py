"""The detailed reports: entries and expenses of all users, each in one list, with integer seconds and rendered zones."""

from __future__ import annotations

from collections.abc import Callable
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


EXPENSE_SORTS: dict[str, Any] = {
    "ID": lambda e: e["id"],
    "PROJECT": lambda e: (e["project"] or {}).get("name", ""),
    "USER": lambda e: e["userId"],
    "CATEGORY": lambda e: (e["category"] or {}).get("name", ""),
    "DATE": lambda e: e["date"],
    "AMOUNT": lambda e: e["total"],
}


def detailed_report(call: Call) -> Reply:
    """One page of stopped entries that start in the asked range of wall-clock time."""
    return _told(call, _report)


def expense_report(call: Call) -> Reply:
    """One page of expenses whose day lies in the asked range. No row tells its currency; the filter knows it."""
    return _told(call, _expenses)


def summary_report(call: Call) -> Reply:
    """Seconds and amounts of people, of each by project; stopped entries of every type."""
    return _told(call, _summary)


def _told(call: Call, report: Callable[[Call], Reply]) -> Reply:
    try:
        return report(call)
    except errors.ClockifyError as error:
        is_refused = error.status != 400
        return Reply(
            error.body, status=error.status if is_refused else call.behaviour.report_error_status
        )


def _range(call: Call, body: Record, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = _bound(body, "dateRangeStart", zone), _bound(body, "dateRangeEnd", zone)
    days = (
        FREE_PLAN_REPORT_DAYS if call.behaviour.plan == "free" else call.behaviour.report_days_max
    )
    too_old = call.behaviour.plan == "free" and start < call.world.now - timedelta(days=days + 1)
    if end < start or end - start > timedelta(days=days) or too_old:
        raise errors.invalid(f"Date range must lie within {days} days")
    return start, end


def _page(call: Call, asked: Record, default_size: int) -> tuple[int, int]:
    """Number and size of the page."""
    number, size = asked.get("page", 1), asked.get("pageSize", default_size)
    if not (isinstance(number, int) and number >= 1 and isinstance(size, int) and size >= 1):
        raise errors.invalid("Page and page size must be positive values")
    if size > call.behaviour.report_page_max:
        raise errors.invalid(f"Page size must not be greater than {call.behaviour.report_page_max}")
    return number, size


def _summary(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    start, end = _range(call, body, _zone(call, body))
    groups = (body.get("summaryFilter") or {}).get("groups")
    if groups != ["USER", "PROJECT"]:
        raise errors.invalid("This server knows the groups USER and PROJECT only")
    if call.behaviour.amounts_hidden and not _hides_amounts(body):
        raise errors.forbidden()
    names = _Names(call)
    people: dict[str, dict[str, Record]] = {}
    for entry in call.data.time_entries:
        interval = entry["timeInterval"]
        if interval["end"] is None or not _wanted(call, body, entry):
            continue
        if not instant_text(start) <= interval["start"] <= instant_text(end):
            continue
        project = entry["projectId"] or ""
        part = people.setdefault(entry["userId"], {}).setdefault(
            project,
            {
                "_id": project,
                "name": names.projects.get(project, {}).get("name", ""),
                "duration": 0,
                "amount": 0,
                "currency": names.projects.get(project, {}).get("currency", {}).get("code"),
            },
        )
        part["duration"] += _seconds(entry)
        part["amount"] += _amount(entry, "hourlyRate")
    rows = [
        {
            "_id": user_id,
            "name": names.users.get(user_id, {}).get("name"),
            "duration": sum(part["duration"] for part in parts.values()),
            "amount": sum(part["amount"] for part in parts.values()),
            "children": list(parts.values()),
        }
        for user_id, parts in people.items()
    ]
    return Reply({"totals": [None], "groupOne": rows})


def _expenses(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    start, end = _range(call, body, _zone(call, body))
    number, size = _page(call, body, 50)
    column = body.get("sortColumn", "DATE")
    if column not in EXPENSE_SORTS:
        raise errors.invalid("sortColumn is not known")
    data = call.data
    codes = {currency["id"]: currency["code"] for currency in data.workspace["currencies"]}
    wanted = {codes.get(key) for key in (body.get("currency") or {}).get("ids") or ()}
    chosen = [
        expense
        for expense in data.expenses
        if instant_text(start) <= expense["date"] <= instant_text(end)
        and (not wanted or data.expense_currencies.get(expense["id"]) in wanted)
        and _is_invoiced_as_asked(call, body, expense["id"])
    ]
    chosen.sort(key=EXPENSE_SORTS[column], reverse=body.get("sortOrder") != "ASCENDING")
    first = (number - 1) * size
    rows = [_expense_row(call, expense) for expense in chosen[first : first + size]]
    totals = {
        "expensesCount": len(chosen),
        "totalAmount": sum(expense["total"] for expense in chosen),
        "totalAmountBillable": sum(e["total"] for e in chosen if e["billable"]),
    }
    last = str(first + size >= len(chosen)).lower()
    return Reply({"expenses": rows, "totals": totals}, headers={"last-page": last})


def _expense_row(call: Call, expense: Record) -> Record:
    project, category = expense["project"] or {}, expense["category"] or {}
    return {
        "id": expense["id"],
        "workspaceId": expense["workspaceId"],
        "amount": expense["total"],
        "quantity": expense["quantity"],
        "date": expense["date"],
        "notes": expense["notes"],
        "billable": expense["billable"],
        "locked": expense["locked"],
        "invoicingInfo": call.data.invoicing.get(expense["id"], []),
        "categoryId": category.get("id"),
        "categoryName": category.get("name"),
        "projectId": project.get("id"),
        "projectName": project.get("name"),
        "userId": expense["userId"],
        "fileId": expense["fileId"],
        "fileName": expense["fileName"],
    }


def _is_invoiced_as_asked(call: Call, body: Record, record_id: str) -> bool:
    state = str(body.get("invoicingState", "ALL"))
    return state == "ALL" or (record_id in call.data.invoicing) == (state == "INVOICED")


def _report(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    zone = _zone(call, body)
    start, end = _range(call, body, zone)
    detail = body.get("detailedFilter")
    if not isinstance(detail, dict):
        raise errors.invalid("detailedFilter is required")
    number, size = _page(call, detail, 20)
    if call.behaviour.amounts_hidden and not _hides_amounts(body):
        raise errors.forbidden()
    column = detail.get("sortColumn", "DATE")
    if column not in SORTS:
        raise errors.invalid("sortColumn is not known")
    chosen = call.index.stopped(instant_text(start), instant_text(end), column, SORTS[column])
    if _is_filtered(body):
        chosen = [entry for entry in chosen if _wanted(call, body, entry)]
    if body.get("sortOrder") != "ASCENDING":
        chosen = chosen[::-1]
    first = (number - 1) * size
    names = _Names(call)
    rows = [names.row(entry, zone) for entry in chosen[first : first + size]]
    totals = []
    if (detail.get("options") or {}).get("totals", "CALCULATE") == "CALCULATE" and chosen:
        totals = [_totals(chosen)]
    last = str(first + size >= len(chosen)).lower()
    return Reply({"totals": totals, "timeentries": rows}, headers={"last-page": last})


def _hides_amounts(body: Record) -> bool:
    return "HIDE_AMOUNT" in (body.get("amountShown"), *(body.get("amounts") or ()))


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


def _is_filtered(body: Record) -> bool:
    """Whether ``_wanted`` leaves anything out."""
    filters = [body.get(name) or {} for name in ("users", "projects", "tasks")]
    return (
        any(asked.get("ids") for asked in filters)
        or filters[0].get("status", "ALL") != "ALL"
        or body.get("invoicingState", "ALL") != "ALL"
        or body.get("billable") is not None
    )


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
    if not _is_invoiced_as_asked(call, body, entry["id"]):
        return False
    status = (body.get("users") or {}).get("status", "ALL")
    if status != "ALL":
        owner = next((u for u in call.data.users if u["id"] == entry["userId"]), None)
        return owner is not None and membership_status(owner) == status
    return body.get("billable") in (None, entry["billable"])


def _seconds(entry: Record) -> int:
    interval = entry["timeInterval"]
    return int((parse_instant(interval["end"]) - parse_instant(interval["start"])).total_seconds())


def _amount(entry: Record, rate_name: str, seconds: int | None = None) -> int:
    """Minor units: hours times rate; nothing is earned with time that is not billable. ``seconds``: where they are known."""
    if rate_name == "hourlyRate" and not entry["billable"]:
        return 0
    rate: int = (entry[rate_name] or {}).get("amount", 0)
    return round((_seconds(entry) if seconds is None else seconds) / 3600 * rate)


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
        self.marks = data.invoicing

    def row(self, entry: Record, zone: ZoneInfo) -> Record:
        user = self.users.get(entry["userId"], {})
        project = self.projects.get(entry["projectId"], {})
        task = self.tasks.get(entry["taskId"], {})
        rate, cost_rate = entry["hourlyRate"] or {}, entry["costRate"] or {}
        seconds = _seconds(entry)
        earned = _amount(entry, "hourlyRate", seconds)
        tags = [self.tags[i] for i in entry["tagIds"] or () if i in self.tags]
        return {
            "_id": entry["id"],
            "description": entry["description"],
            "userId": entry["userId"],
            "timeInterval": {
                "start": _rendered(entry["timeInterval"]["start"], zone),
                "end": _rendered(entry["timeInterval"]["end"], zone),
                "duration": seconds,
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
            "costAmount": _amount(entry, "costRate", seconds),
            "costRate": cost_rate.get("amount", 0),
            "projectName": project.get("name"),
            "projectColor": project.get("color"),
            "clientName": project.get("clientName"),
            "clientId": project.get("clientId"),
            "taskName": task.get("name"),
            "userName": user.get("name"),
            "userEmail": user.get("email"),
            "customFields": entry["customFieldValues"],
            "invoicingInfo": self.marks.get(entry["id"], []),
        }


def _rendered(text: str, zone: ZoneInfo) -> str:
    """*text* with the offset of *zone*, and ``Z`` for none."""
    if zone.key == "UTC" and text.endswith("Z"):
        return text
    return parse_instant(text).astimezone(zone).isoformat().replace("+00:00", "Z")
