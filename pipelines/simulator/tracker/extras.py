"""Fields that Tracker sends only when ``fields`` names them.

Here: how those are computed that the records do not store. A name without a computation is known to the API
(``v5.fields``) and never has a value here. Not here: the default fields, which are what
the records hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from pipelines.simulator.model import Record
from pipelines.simulator.tracker import planning
from pipelines.simulator.tracker.call import Call
from pipelines.simulator.tracker.releases import stories_of_release

STATES = (
    "accepted",
    "delivered",
    "finished",
    "started",
    "rejected",
    "planned",
    "unstarted",
    "unscheduled",
)

Compute = Callable[[Call, Record], Any]


def _children(list_name: str, owner_field: str) -> Compute:
    """Records of ``TrackerData.<list_name>`` whose *owner_field* is the record's id."""

    def compute(call: Call, record: Record) -> list[Record]:
        return call.children(list_name, owner_field).get(record["id"], [])

    return compute


def _ids(compute: Compute) -> Compute:
    return lambda call, record: [child["id"] for child in compute(call, record)]


def owners_of(call: Call, story: Record) -> list[Record]:
    """The people who own *story*, as far as they are still members."""
    people = {m["person"]["id"]: m["person"] for m in call.data.memberships}
    return [people[person_id] for person_id in story["owner_ids"] if person_id in people]


def _label_ids(_: Call, story: Record) -> list[int]:
    return [label["id"] for label in story["labels"]]


def _plan(call: Call, project: Record) -> planning.Plan:
    return planning.plan_of(call.data, project, call.world.now)


def _override_numbers(call: Call, project: Record) -> list[int]:
    overrides = call.data.iteration_overrides
    return sorted(o["number"] for o in overrides if o["project_id"] == project["id"])


def _counts(call: Call, label: Record) -> Record:
    """Stories, points and zero-point stories of *label* by state."""
    stories: Counter[str] = Counter()
    points: Counter[str] = Counter()
    pointless: Counter[str] = Counter()
    for story in call.children("stories", "project_id").get(label["project_id"], []):
        if any(carried["id"] == label["id"] for carried in story["labels"]):
            state, estimate = story["current_state"], story["estimate"] or 0
            stories[state] += 1
            points[state] += estimate
            pointless[state] += estimate == 0

    def by_state(counter: Counter[str]) -> Record:
        return {"kind": "counts_by_story_state", **{state: counter[state] for state in STATES}}

    return {
        "kind": "story_counts",
        "number_of_stories_by_state": by_state(stories),
        "sum_of_story_estimates_by_state": by_state(points),
        "number_of_zero_point_stories_by_state": by_state(pointless),
    }


_tasks = _children("story_tasks", "story_id")
_comments = _children("comments", "story_id")
_blockers = _children("blockers", "story_id")
_reviews = _children("reviews", "story_id")
_epic_comments = _children("comments", "epic_id")
_stories = _children("stories", "project_id")
_labels = _children("labels", "project_id")
_epics = _children("epics", "project_id")
_memberships = _children("memberships", "project_id")

EXTRAS: dict[tuple[str, str], Compute] = {
    ("project", "current_velocity"): lambda call, p: _plan(call, p).velocity,
    ("project", "current_volatility"): lambda call, p: planning.volatility(p, _plan(call, p)),
    ("project", "current_standard_deviation"): lambda call, p: planning.deviation(
        p, _plan(call, p)
    ),
    ("project", "iteration_override_numbers"): _override_numbers,
    ("project", "story_ids"): _ids(_stories),
    ("project", "label_ids"): _ids(_labels),
    ("project", "epic_ids"): _ids(_epics),
    ("project", "membership_ids"): _ids(_memberships),
    ("project", "labels"): _labels,
    ("project", "epics"): _epics,
    ("story", "transitions"): _children("story_transitions", "story_id"),
    ("story", "tasks"): _tasks,
    ("story", "task_ids"): _ids(_tasks),
    ("story", "comments"): _comments,
    ("story", "comment_ids"): _ids(_comments),
    ("story", "blockers"): _blockers,
    ("story", "blocker_ids"): _ids(_blockers),
    ("story", "reviews"): _reviews,
    ("story", "review_ids"): _ids(_reviews),
    ("story", "owners"): owners_of,
    ("story", "label_ids"): _label_ids,
    ("release", "story_ids"): _ids(lambda call, release: stories_of_release(call.data, release)),
    ("label", "counts"): _counts,
    ("epic", "label_id"): lambda _, epic: (epic["label"] or {}).get("id"),
    ("epic", "comments"): _epic_comments,
    ("epic", "comment_ids"): _ids(_epic_comments),
}
