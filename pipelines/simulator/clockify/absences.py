"""Approval requests, holidays and time off: requests, policies, balances."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.call import Call, Page, Reply, by_id
from pipelines.simulator.clockify.paging import headers, ordered, page_of
from pipelines.simulator.model import Record
from pipelines.sources.instants import parse_instant

APPROVAL_STATUSES = ("PENDING", "APPROVED", "WITHDRAWN_APPROVAL", "ALL")
APPROVAL_COLUMNS = ("ID", "USER_ID", "START", "UPDATED_AT")


def list_approval_requests(call: Call) -> Page:
    """Approval requests; a user id or a date window sent along is ignored."""
    status = call.choice("status", APPROVAL_STATUSES, "ALL")
    column = call.choice("sort-column", APPROVAL_COLUMNS, "ID")
    descending = call.choice("sort-order", ("ASCENDING", "DESCENDING"), "ASCENDING") == "DESCENDING"

    def key(row: Record) -> Any:
        request = row["approvalRequest"]
        return {
            "ID": request["id"],
            "USER_ID": request["owner"]["userId"],
            "START": request["dateRange"]["start"],
            "UPDATED_AT": request["status"]["updatedAt"] or "",
        }[column]

    rows = [
        row
        for row in call.data.approval_requests
        if status in ("ALL", row["approvalRequest"]["status"]["state"])
    ]
    return page_of(call, sorted(rows, key=key, reverse=descending))


def list_holidays(call: Call) -> list[Record]:
    """All holidays, or those of one user; not paginated."""
    user_id = call.query.get("assigned-to")
    return [
        holiday
        for holiday in call.data.holidays
        if user_id is None or holiday["everyoneIncludingNew"] or user_id in holiday["userIds"]
    ]


def search_time_off_requests(call: Call) -> Reply:
    """POST search: ``{count, requests}``, where *count* is that of all pages; ``start`` and ``end`` are about creation."""
    body = call.body if isinstance(call.body, dict) else {}
    number, size = page_of_body(body)
    begin, end = _instant(body, "start"), _instant(body, "end")
    statuses, users = set(body.get("statuses") or ("ALL",)), set(body.get("users") or ())
    found = []
    for request in call.data.time_off_requests:
        created = parse_instant(request["createdAt"])
        if not statuses & {"ALL", request["status"]["statusType"]}:
            continue
        if users and request["userId"] not in users:
            continue
        if (begin and created < begin) or (end and created > end):
            continue
        found.append(request)
    first = (number - 1) * size
    return Reply({"count": len(found), "requests": found[first : first + size]})


def list_policies(call: Call) -> Page:
    """Policies; active ones unless ``status`` says otherwise."""
    status = call.choice("status", ("ACTIVE", "ARCHIVED", "ALL"), "ACTIVE")
    rows = [
        policy
        for policy in call.data.time_off_policies
        if status == "ALL" or policy["archived"] == (status == "ARCHIVED")
    ]
    return page_of(call, ordered(call, rows, {"NAME": "name"}, "NAME"), max_size=200)


def get_policy(call: Call) -> Record:
    """One policy; an unknown one is forbidden."""
    for policy in call.data.time_off_policies:
        if policy["id"] == call.path["policy_id"]:
            return policy
    raise errors.forbidden()


def balances_of_policy(call: Call) -> Reply:
    """Everybody's balance of one policy."""
    policy = get_policy(call)
    return _balances(
        call, [b for b in call.data.time_off_balances if b["policyId"] == policy["id"]]
    )


def balances_of_user(call: Call) -> Reply:
    """One person's balances."""
    user = by_id(call.data.users, call.path["user_id"], "User")
    return _balances(call, [b for b in call.data.time_off_balances if b["userId"] == user["id"]])


def _balances(call: Call, rows: list[Record]) -> Reply:
    columns = {
        "USER": "userName",
        "POLICY": "policyName",
        "USED": "used",
        "BALANCE": "balance",
        "TOTAL": "total",
    }
    column = columns[call.choice("sort", columns, "USER")]
    descending = call.choice("sort-order", ("ASCENDING", "DESCENDING"), "ASCENDING") == "DESCENDING"
    rows = sorted(rows, key=lambda row: row[column] or "", reverse=descending)
    page = page_of(call, rows, max_size=200)
    return Reply({"count": len(rows), "balances": page.rows}, headers=headers(page))


def page_of_body(body: dict[str, Any]) -> tuple[int, int]:
    """``page`` and ``pageSize`` of a POST search: 1 and 50 unless asked, 1000 and 200 at most."""
    number, size = body.get("page", 1), body.get("pageSize", 50)
    if not (isinstance(number, int) and 1 <= number <= 1000):
        raise errors.invalid("Page must be between 1 and 1000")
    if not (isinstance(size, int) and 1 <= size <= 200):
        raise errors.invalid("Page size must be between 1 and 200")
    return number, size


def _instant(body: dict[str, Any], name: str) -> datetime | None:
    try:
        return parse_instant(body[name]) if body.get(name) else None
    except (TypeError, ValueError):
        raise errors.invalid(f"{name} is not a valid date") from None
