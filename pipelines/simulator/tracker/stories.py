"""Stories: lists, filters, search, one story, several by id."""

from __future__ import annotations

import re
from datetime import datetime

from pipelines.simulator.model import Record
from pipelines.simulator.tracker.call import Call, by_id
from pipelines.simulator.tracker.extras import STATES
from pipelines.simulator.tracker.paging import page_of
from pipelines.simulator.tracker.planning import plan_of, priority_order
from pipelines.sources.pivotal_tracker.v5 import errors
from pipelines.sources.pivotal_tracker.v5.paging import Page

TYPES = ("feature", "bug", "chore", "release")
PRIORITIES = ("p0", "p1", "p2", "p3", "none")
DATES = {
    "updated": "updated_at",
    "created": "created_at",
    "accepted": "accepted_at",
    "deadline": "deadline",
}
#: All that ``filter`` may be combined with, the token aside.
BESIDE_FILTER = frozenset({"filter", "date_format", "limit", "offset", "token"})
BULK_MAX = 500


def list_stories(call: Call) -> Page:
    stories = priority_order(call.of_project(call.data.stories))
    if call.behaviour.look_alike:
        return page_of(call, stories)
    if "filter" in call.query:
        others = set(call.query) - BESIDE_FILTER
        if others:
            raise errors.invalid_parameter(
                f"filter cannot be combined with {', '.join(sorted(others))}", "filter"
            )
        return page_of(call, _search(call, stories, call.query["filter"]))
    return page_of(call, _filtered(call, stories))


def _filtered(call: Call, stories: list[Record]) -> list[Record]:
    label = call.query.get("with_label")
    if label is not None:
        stories = [s for s in stories if _carries(s, label)]
    for name, field, choices in (
        ("with_story_type", "story_type", TYPES),
        ("with_story_priority", "story_priority", PRIORITIES),
        ("with_state", "current_state", STATES),
    ):
        wanted = call.choice(name, choices)
        if wanted is not None:
            stories = [s for s in stories if s[field] == wanted]
    for prefix, field in DATES.items():
        stories = call.within(stories, field, prefix)
    ids = [s["id"] for s in stories]
    if "after_story_id" in call.query:
        story_id = call.integer("after_story_id", 0)
        stories = stories[ids.index(story_id) + 1 :] if story_id in ids else []
    if "before_story_id" in call.query:
        story_id = call.integer("before_story_id", 0)
        stories = (
            [s for s in stories if s["id"] in ids[: ids.index(story_id)]] if story_id in ids else []
        )
    return stories


def _carries(story: Record, label: str) -> bool:
    return any(carried["name"] == label.lower() for carried in story["labels"])


def _search(call: Call, stories: list[Record], query: str) -> list[Record]:
    """The part of Tracker's search language that extractors use.

    ``id:1,2``, ``state:``, ``type:``, ``label:"..."``, ``updated_since:MM/DD/YYYY``, ``includedone:true``
    and plain words, all of which must hold. Without ``includedone:true`` stories of done iterations are hidden.
    """
    terms = re.findall(r'(?:(\w+):)?(?:"([^"]*)"|(\S+))', query)
    include_done = False
    for keyword, quoted, bare in terms:
        value = quoted or bare
        values = value.split(",")
        if keyword == "includedone":
            include_done = value == "true"
        elif keyword == "id":
            stories = [s for s in stories if str(s["id"]) in values]
        elif keyword == "state":
            stories = [s for s in stories if s["current_state"] in values]
        elif keyword == "type":
            stories = [s for s in stories if s["story_type"] in values]
        elif keyword == "label":
            stories = [s for s in stories if _carries(s, value)]
        elif keyword == "updated_since":
            stories = [s for s in stories if s["updated_at"] >= _day(value)]
        elif keyword:
            raise errors.invalid_parameter(f"unknown search keyword '{keyword}'", "filter")
        else:
            stories = [s for s in stories if value.lower() in s["name"].lower()]
    if include_done:
        return stories
    done = plan_of(call.data, call.project, call.world.now).done
    hidden = {s["id"] for iteration in done for s in iteration.stories}
    return [s for s in stories if s["id"] not in hidden]


def _day(text: str) -> str:
    try:
        return datetime.strptime(f"{text} +0000", "%m/%d/%Y %z").date().isoformat()
    except ValueError:
        raise errors.invalid_parameter("updated_since needs MM/DD/YYYY", "filter") from None


def list_stories_in_bulk(call: Call) -> list[Record]:
    text = call.query.get("ids", "")
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise errors.invalid_parameter("ids must be a comma-separated list of story ids", "ids")
    ids = [int(part) for part in text.split(",")]
    if len(ids) > BULK_MAX:
        raise errors.invalid_parameter(f"ids may name at most {BULK_MAX} stories", "ids")
    known = {s["id"]: s for s in call.of_project(call.data.stories)}
    return [known[story_id] for story_id in ids if story_id in known]


def get_story(call: Call) -> Record:
    """The story of the path, whether or not the path names its project."""
    stories = call.data.stories
    if "project_id" in call.path:
        stories = call.of_project(stories)
    return by_id(stories, call.path["story_id"])
