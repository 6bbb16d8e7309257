"""Scheduling and member profiles: who is to work on what, and how long people work."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.absences import page_of_body
from pipelines.simulator.clockify.call import Call, Page, Reply, by_id
from pipelines.simulator.clockify.lists import membership_status
from pipelines.simulator.clockify.paging import ordered, page_of
from pipelines.simulator.model import Record
from pipelines.sources.instants import parse_instant

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def get_member_profile(call: Call) -> Record:
    """One person's profile; the person's id is not in it."""
    user = by_id(call.data.users, call.path["user_id"], "User")
    return {key: value for key, value in _profile(call, user).items() if key != "userId"}


def list_assignments(call: Call) -> Page:
    """Assignments whose period overlaps the window, drafts among them; nothing tells which are published."""
    bounds = [call.instant(name) for name in ("start", "end")]
    for name, bound in zip(("start", "end"), bounds, strict=True):
        if bound is None:
            raise errors.missing_parameter(name, errors.MISSING)
    start, end = (bound for bound in bounds if bound)
    rows = [
        {key: value for key, value in row.items() if key != "published"}
        for row in call.data.scheduling_assignments
        if parse_instant(row["period"]["start"]) <= end
        and parse_instant(row["period"]["end"]) >= start
    ]
    columns = {"ID": "id", "PROJECT": "projectName", "USER": "userName"}
    return page_of(call, ordered(call, rows, columns, "ID"))


def user_totals(call: Call) -> Reply:
    """Hours of each active member by day of the window, with the person's working time; a bare list without a count."""
    body = call.body if isinstance(call.body, dict) else {}
    for name in ("start", "end"):
        if not body.get(name):
            raise errors.missing_parameter(name, errors.MISSING)
    first, last = (_instant(body, name).date() for name in ("start", "end"))
    status = body.get("statusFilter", "PUBLISHED")
    if status not in ("PUBLISHED", "UNPUBLISHED", "ALL"):
        raise errors.not_convertible("statusFilter", str(status))
    number, size = page_of_body(body)
    people = [user for user in call.data.users if membership_status(user) == "ACTIVE"]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    shown = people[(number - 1) * size : number * size]
    return Reply([_totals(call, user, status, days) for user in shown])


def _totals(call: Call, user: Record, status: str, days: list[date]) -> Record:
    profile = _profile(call, user)
    hours: dict[date, float] = {}
    for row in call.data.scheduling_assignments:
        if row["userId"] == user["id"] and status in ("ALL", _status(row)):
            first, last = (date.fromisoformat(row["period"][end][:10]) for end in ("start", "end"))
            for n in range((last - first).days + 1):
                day = first + timedelta(days=n)
                if _WEEKDAYS[day.weekday()] in profile["workingDays"]:
                    hours[day] = hours.get(day, 0.0) + row["hoursPerDay"]
    return {
        "userId": user["id"],
        "userName": user["name"],
        "userImage": user["profilePicture"],
        "userStatus": membership_status(user),
        "workspaceId": call.data.workspace["id"],
        "capacityPerDay": _seconds(profile["workCapacity"]),
        "workingDays": profile["workingDays"],
        "totalHoursPerDay": [
            {"date": f"{day}T00:00:00Z", "totalHours": hours.get(day, 0.0)} for day in days
        ],
    }


def _status(row: Record) -> str:
    return "PUBLISHED" if row["published"] else "UNPUBLISHED"


def _profile(call: Call, user: Record) -> Record:
    """The profile that was set, else that of a new member."""
    for profile in call.data.member_profiles:
        if profile["userId"] == user["id"]:
            return profile
    settings = call.data.workspace["workspaceSettings"]
    return {
        "userId": user["id"],
        "email": user["email"],
        "name": user["name"],
        "imageUrl": user["profilePicture"],
        "hasPassword": True,
        "hasPendingApprovalRequest": False,
        "workspaceNumber": 1,
        "workCapacity": "PT8H",
        "workingDays": settings["workingDays"],
        "weekStart": (user["settings"] or {}).get("weekStart", "MONDAY"),
        "userCustomFieldValues": [],
    }


def _seconds(duration: str) -> int:
    """``PT7H30M`` -> 27000."""
    units = {"H": 3600, "M": 60, "S": 1}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)([HMS])", duration))


def _instant(body: dict[str, Any], name: str) -> datetime:
    try:
        return parse_instant(body[name])
    except (TypeError, ValueError):
        raise errors.invalid(f"{name} is not a valid date") from None
