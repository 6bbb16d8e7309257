"""Activity and story transitions: the two logs of Tracker.

Activity comes newest first unless asked otherwise and is not shown beyond the retention; transitions come
oldest first and are kept.
"""

from __future__ import annotations

from datetime import timedelta

from pipelines.simulator.model import Record
from pipelines.simulator.tracker.call import Call, by_id
from pipelines.simulator.tracker.paging import page_of
from pipelines.simulator.tracker.stories import get_story
from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.v5.paging import Page


def _project_id(activity: Record) -> int:
    return int(activity["project"]["id"])


def _page(call: Call, rows: list[Record]) -> Page:
    """One page of *rows* (oldest first) after the parameters common to all activity lists."""
    days = call.behaviour.activity_retention_days
    if days is not None:
        oldest = instant_text(call.world.now - timedelta(days=days))
        rows = [a for a in rows if a["occurred_at"] >= oldest]
    rows = call.within(rows, "occurred_at", "occurred")
    if not call.behaviour.look_alike:
        since = call.integer("since_version", -1)
        rows = [a for a in rows if a["project_version"] > since]
    newest_first = call.choice("sort_order", ("asc", "desc")) != "asc"
    return page_of(call, rows[::-1] if newest_first else rows)


def list_project_activity(call: Call) -> Page:
    project_id = call.project["id"]
    return _page(call, [a for a in call.data.activity if _project_id(a) == project_id])


def list_my_activity(call: Call) -> Page:
    mine = {project["id"] for project in call.data.projects}
    return _page(call, [a for a in call.data.activity if _project_id(a) in mine])


def _about(activity: Record, kind: str, record_id: int) -> bool:
    touched = (*activity["primary_resources"], *activity["changes"])
    return any(t.get("kind") == kind and t.get("id") == record_id for t in touched)


def list_story_activity(call: Call) -> Page:
    story = get_story(call)
    return _page(call, [a for a in call.data.activity if _about(a, "story", story["id"])])


def list_epic_activity(call: Call) -> Page:
    epic = by_id(call.of_project(call.data.epics), call.path["epic_id"])
    return _page(call, [a for a in call.data.activity if _about(a, "epic", epic["id"])])


def list_project_transitions(call: Call) -> Page:
    rows = call.of_project(call.data.story_transitions)
    return page_of(call, call.within(rows, "occurred_at", "occurred"))


def list_story_transitions(call: Call) -> Page:
    story = get_story(call)
    rows = [t for t in call.data.story_transitions if t["story_id"] == story["id"]]
    return page_of(call, call.within(rows, "occurred_at", "occurred"))
