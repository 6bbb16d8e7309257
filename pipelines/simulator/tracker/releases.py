"""Releases: stories of type ``release``, in the shape of their own endpoint.

A release stands for the stories above its marker: those after the previous marker and before its own, in
priority order. Stories of the icebox belong to none.
"""

from __future__ import annotations

from pipelines.simulator.model import Record, TrackerData
from pipelines.simulator.tracker.call import Call, by_id
from pipelines.simulator.tracker.paging import page_of
from pipelines.simulator.tracker.planning import priority_order
from pipelines.sources.pivotal_tracker.v5 import errors
from pipelines.sources.pivotal_tracker.v5.paging import Page

FIELDS = (
    "id",
    "project_id",
    "created_at",
    "updated_at",
    "accepted_at",
    "deadline",
    "name",
    "description",
    "current_state",
    "url",
    "labels",
)


def _release(story: Record) -> Record:
    return {"kind": "release", **{name: story.get(name) for name in FIELDS}}


def _releases(call: Call) -> list[Record]:
    stories = priority_order(call.of_project(call.data.stories))
    return [_release(story) for story in stories if story["story_type"] == "release"]


def stories_of_release(data: TrackerData, release: Record) -> list[Record]:
    """The stories above the marker of *release*, in priority order."""
    above: list[Record] = []
    in_project = [s for s in data.stories if s["project_id"] == release["project_id"]]
    for story in priority_order(in_project):
        if story["id"] == release["id"]:
            return above if story["current_state"] != "unscheduled" else []
        if story["story_type"] == "release":
            above = []
        else:
            above.append(story)
    raise errors.unfound_resource()


def list_releases(call: Call) -> Page:
    state = call.query.get("with_state")
    rows = [r for r in _releases(call) if state is None or r["current_state"] == state]
    return page_of(call, rows)


def get_release(call: Call) -> Record:
    return by_id(_releases(call), call.path["release_id"])


def list_release_stories(call: Call) -> list[Record]:
    return stories_of_release(call.data, get_release(call))
