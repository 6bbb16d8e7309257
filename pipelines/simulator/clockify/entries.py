"""Time entries: the list of one user, one entry, and running timers."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.call import Call, Page, by_id
from pipelines.simulator.clockify.lists import plain_project
from pipelines.simulator.clockify.paging import page_of
from pipelines.simulator.model import Record


def _window_bound(call: Call, name: str) -> datetime | None:
    """The instant that parameter *name* stands for.

    Clockify parses the instant and then reads its wall clock again in the account's zone: ``T00:00:00Z``
    means local midnight. Observed live, contrary to the documentation.
    """
    instant = call.instant(name)
    if instant is None or not call.behaviour.window_shift:
        return instant
    zone = ZoneInfo(call.zone_of(call.account))
    return instant.replace(tzinfo=zone).astimezone(timezone.utc)


def list_time_entries(call: Call) -> Page:
    """Entries of one user, newest start first, in the half-open window of ``start`` and ``end``."""
    user = by_id(call.data.users, call.path["user_id"], "User")
    start, end = _window_bound(call, "start"), _window_bound(call, "end")
    rows = call.index.newest_first(user["id"], start, end)
    if call.boolean("in-progress"):
        rows = [e for e in rows if e["timeInterval"]["end"] is None]
    for parameter, field in (("project", "projectId"), ("task", "taskId")):
        wanted = call.query.get(parameter)
        if wanted is not None:
            rows = [e for e in rows if e[field] == wanted]
        if call.boolean(f"{parameter}-required"):
            rows = [e for e in rows if e[field] is not None]
    text = call.query.get("description")
    if text is not None:
        rows = [e for e in rows if text.lower() in e["description"].lower()]
    tags = call.values("tags")
    if tags:
        rows = [e for e in rows if tags & set(e["tagIds"] or ())]
    return _shown(call, page_of(call, rows))


def list_running(call: Call) -> Page:
    """Running timers of all users; 10 a page unless asked, 1000 at most."""
    return _shown(call, page_of(call, call.index.running, default_size=10, max_size=1000))


def get_time_entry(call: Call) -> Record:
    entry = call.index.by_id.get(call.path["entry_id"])
    if entry is None:
        raise errors.not_of_workspace("Time entry")
    return _shown(call, Page([entry], True)).rows[0]


def list_by_ids(call: Call) -> list[Record]:
    """The entries whose ids ``timeEntryIds`` names, whoever they belong to; what is not there is left out."""
    body = call.body if isinstance(call.body, dict) else {}
    wanted = body.get("timeEntryIds")
    if not isinstance(wanted, list):
        raise errors.invalid("timeEntryIds must not be null")
    found = [call.index.by_id[entry_id] for entry_id in wanted if entry_id in call.index.by_id]
    return _with_details(call, found) if body.get("hydrated") is True else found


def _shown(call: Call, page: Page) -> Page:
    """*page* as ``hydrated`` asks: with tags, user, task and project inside each entry, or without."""
    if not call.boolean("hydrated"):
        return page
    return Page(_with_details(call, page.rows), page.is_last)


def _with_details(call: Call, entries: list[Record]) -> list[Record]:
    data = call.data
    users = {user["id"]: user for user in data.users}
    projects = {project["id"]: plain_project(project) for project in data.projects}
    tasks = {task["id"]: task for project in data.projects for task in project["tasks"]}
    tags = {tag["id"]: tag for tag in data.tags}
    return [
        {
            **entry,
            "user": users.get(entry["userId"]),
            "project": projects.get(entry["projectId"]),
            "task": tasks.get(entry["taskId"]),
            "tags": [tags[tag_id] for tag_id in entry["tagIds"] or () if tag_id in tags],
            "kiosk": None,
        }
        for entry in entries
    ]
