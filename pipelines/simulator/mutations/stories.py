"""Writes to Tracker stories and iteration overrides.

Each write is one project version and one activity. A change of labels or points does not leave the second,
``label`` change with all counts that Tracker sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.simulator.model import Record, World
from pipelines.simulator.mutations.basics import Moment, find, log_activity, moment_text

#: Highlight of an activity by the state it leads to, where it is not the state itself.
HIGHLIGHTS = {"unscheduled": "moved", "planned": "moved"}


def _named(story: Record, change_type: str, **values: Any) -> Record:
    """A change of *story* as an activity lists it."""
    return {
        "kind": "story",
        "change_type": change_type,
        "id": story["id"],
        **values,
        "name": story["name"],
        "story_type": story["story_type"],
    }


def _labels(world: World, label_ids: Iterable[int]) -> list[Record]:
    return [find(world.tracker.labels, label_id) for label_id in label_ids]


def _logged(story: Record) -> Record:
    """The fields of *story* as activities show them: labels as ids and names."""
    shown = {key: value for key, value in story.items() if key != "labels"}
    shown["label_ids"] = [label["id"] for label in story["labels"]]
    shown["labels"] = [label["name"] for label in story["labels"]]
    return shown


def create_story(
    world: World, project_id: int, at: Moment, *, by: int | None = None, **values: Any
) -> Record:
    """A new story at the end of its project, unscheduled unless *values* say otherwise.

    *values* are story fields; ``label_ids`` stands for ``labels``. Returns the story.
    """
    members = [m for m in world.tracker.memberships if m["project_id"] == project_id]
    moment = moment_text(at)
    story_id = values.pop("id", max((s["id"] for s in world.tracker.stories), default=0) + 1)
    labels = _labels(world, values.pop("label_ids", ()))
    owner_ids = values.pop("owner_ids", [])
    story: Record = {
        "kind": "story",
        "id": story_id,
        "project_id": project_id,
        "created_at": moment,
        "updated_at": moment,
        "accepted_at": moment if values.get("current_state") == "accepted" else None,
        "deadline": None,
        "estimate": None,
        "story_type": "feature",
        "story_priority": "none",
        "name": f"Story {story_id}",
        "description": None,
        "current_state": "unscheduled",
        "requested_by_id": by if by is not None else members[0]["person"]["id"],
        "owner_ids": owner_ids,
        "owned_by_id": owner_ids[0] if owner_ids else None,
        "labels": labels,
        "url": f"https://www.pivotaltracker.com/story/show/{story_id}",
        "integration_id": None,
        "external_id": None,
        **values,
    }
    world.tracker.stories.append(story)
    change = _named(story, "create", new_values=_logged(story))
    log_activity(world, project_id, at, "story_create_activity", "added", [change], by)
    return story


def update_story(
    world: World, story_id: int, at: Moment, *, by: int | None = None, **values: Any
) -> Record:
    """Set fields of a story; a new ``current_state`` also leaves a transition and moves ``accepted_at``.

    *values* are story fields; ``label_ids`` stands for ``labels``. Returns the story.
    """
    story = find(world.tracker.stories, story_id)
    moment = moment_text(at)
    before = _logged(story)
    if "label_ids" in values:
        values["labels"] = _labels(world, values.pop("label_ids"))
    if "owner_ids" in values:
        values["owned_by_id"] = values["owner_ids"][0] if values["owner_ids"] else None
    state: str = values.get("current_state") or story["current_state"]
    moved = state != story["current_state"]
    if moved:
        values["accepted_at"] = moment if state == "accepted" else None
    story.update(values, updated_at=moment)
    after = _logged(story)
    changed = [key for key in after if after[key] != before.get(key)]
    change = _named(
        story,
        "update",
        original_values={key: before.get(key) for key in changed},
        new_values={key: after[key] for key in changed},
    )
    highlight = "estimated" if "estimate" in changed else "edited"
    if moved:
        highlight = HIGHLIGHTS.get(state, state)
    project_id = story["project_id"]
    kind = "story_update_activity"
    version = log_activity(world, project_id, at, kind, highlight, [change], by)
    if moved:
        world.tracker.story_transitions.append(
            {
                "kind": "story_transition",
                "state": state,
                "story_id": story_id,
                "project_id": project_id,
                "project_version": version,
                "occurred_at": moment,
                "performed_by_id": world.tracker.activity[-1]["performed_by"]["id"],
            }
        )
    return story


def delete_story(world: World, story_id: int, at: Moment, *, by: int | None = None) -> None:
    """Remove a story with its comments, tasks, blockers, reviews and transitions; one activity says so."""
    delete_stories(world, [story_id], at, by=by)


def delete_stories(
    world: World, story_ids: list[int], at: Moment, *, by: int | None = None
) -> None:
    """Remove several stories of one project at once; a single activity lists them all."""
    tracker = world.tracker
    stories = [find(tracker.stories, story_id) for story_id in story_ids]
    gone = set(story_ids)
    tracker.stories[:] = [s for s in tracker.stories if s["id"] not in gone]
    for records in (
        tracker.comments,
        tracker.story_tasks,
        tracker.blockers,
        tracker.reviews,
        tracker.story_transitions,
    ):
        records[:] = [r for r in records if r.get("story_id") not in gone]
    changes = [_named(story, "delete") for story in stories]
    project_id = stories[0]["project_id"]
    log_activity(world, project_id, at, "story_delete_activity", "deleted", changes, by)


def override_iteration(
    world: World,
    project_id: int,
    number: int,
    at: Moment,
    *,
    length: int | None = None,
    team_strength: float | None = None,
    by: int | None = None,
) -> Record:
    """Set length (weeks) or strength (1.0 = 100 %) of one iteration. Returns the override."""
    overrides = world.tracker.iteration_overrides
    key = (project_id, number)
    override = next((o for o in overrides if (o["project_id"], o["number"]) == key), None)
    if override is None:
        project = find(world.tracker.projects, project_id)
        override = {
            "project_id": project_id,
            "number": number,
            "length": project["iteration_length"],
            "team_strength": 1.0,
        }
        overrides.append(override)
    wanted = {"length": length, "team_strength": team_strength}
    new = {name: value for name, value in wanted.items() if value is not None}
    change = {
        "kind": "iteration_override",
        "change_type": "update",
        "number": number,
        "original_values": {name: override[name] for name in new},
        "new_values": new,
    }
    override.update(new)
    log_activity(world, project_id, at, "iteration_update_activity", "edited", [change], by)
    return override
