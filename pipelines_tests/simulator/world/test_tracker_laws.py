"""What must hold between Tracker's records, its activity and its transitions, whatever was generated."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from pipelines.simulator.model import Record, World
from pipelines.simulator.world import EPOCH

StoryChanges = dict[int, list[tuple[Record, Record]]]


def test_versions_are_contiguous_and_end_at_the_projects_version(demo: World) -> None:
    versions = defaultdict(list)
    for activity in demo.tracker.activity:
        project_id = activity["project"]["id"]
        versions[project_id].append(activity["project_version"])
        assert activity["guid"] == f"{project_id}_{activity['project_version']}"
    for project in demo.tracker.projects:
        assert versions[project["id"]] == list(range(1, project["version"] + 1))


def test_transitions_are_the_state_changes_of_the_activity(
    demo: World, story_changes: StoryChanges
) -> None:
    alive = {story["id"] for story in demo.tracker.stories}
    derived = {
        (activity["project"]["id"], activity["project_version"], story_id): (
            change["new_values"]["current_state"],
            activity["occurred_at"],
            activity["performed_by"]["id"],
        )
        for story_id, changes in story_changes.items()
        for activity, change in changes
        if story_id in alive and "current_state" in change.get("new_values", {})
    }
    recorded = {
        (row["project_id"], row["project_version"], row["story_id"]): (
            row["state"],
            row["occurred_at"],
            row["performed_by_id"],
        )
        for row in demo.tracker.story_transitions
    }
    assert recorded == derived


def test_folding_the_activity_gives_each_storys_final_state(
    demo: World, story_changes: StoryChanges
) -> None:
    """A move to another project is logged in both, with the same change."""
    for story in demo.tracker.stories:
        folded: Record = {}
        previous = None
        for _, change in story_changes[story["id"]]:
            original = change.get("original_values", {})
            if change != previous and "before_id" not in original:
                assert {field: folded.get(field) for field in original} == original
            folded.update(change["new_values"])
            previous = change
        expected = {**story, "labels": [label["name"] for label in story["labels"]]}
        expected["label_ids"] = [label["id"] for label in story["labels"]]
        for field in expected.keys() - {"kind"}:
            assert folded.get(field) == expected[field], (story["id"], field)


def test_deleted_stories_leave_nothing_but_activity(
    demo: World, story_changes: StoryChanges
) -> None:
    tracker = demo.tracker
    deleted = {
        story_id
        for story_id, changes in story_changes.items()
        if changes[-1][1]["change_type"] == "delete"
    }
    assert deleted
    assert deleted.isdisjoint(story["id"] for story in tracker.stories)
    for rows in (
        tracker.story_transitions,
        tracker.comments,
        tracker.story_tasks,
        tracker.blockers,
        tracker.reviews,
    ):
        assert deleted.isdisjoint(row["story_id"] for row in rows)
    for story_id in deleted:
        activity, change = story_changes[story_id][-1]
        assert activity["kind"] == "story_delete_activity"
        assert change.keys() == {"kind", "change_type", "id", "name", "story_type"}


def test_parts_of_stories_equal_their_last_logged_values(demo: World) -> None:
    logged: dict[tuple[str, int], Record] = {}
    for activity in demo.tracker.activity:
        for change in activity["changes"]:
            key = change["kind"], change.get("id", 0)
            if change["change_type"] == "delete":
                logged.pop(key, None)
            else:
                logged.setdefault(key, {}).update(change["new_values"])
    tracker = demo.tracker
    for part in [*tracker.comments, *tracker.story_tasks, *tracker.blockers, *tracker.reviews]:
        known = {field: value for field, value in part.items() if value is not None}
        assert {"kind": part["kind"], **logged[part["kind"], part["id"]]} == known


def test_comments_and_tasks_touch_their_story_once_a_second(demo: World) -> None:
    """A second change within one second says nothing of ``updated_at``, so it has one change less."""
    lengths: dict[str, set[int]] = {
        kind: set() for kind in ("comment", "task", "blocker", "review")
    }
    for activity in demo.tracker.activity:
        subject = activity["kind"].split("_")[0]
        if subject in lengths:
            lengths[subject].add(len(activity["changes"]))
    assert lengths["comment"] == {1, 2}
    assert 2 in lengths["task"]
    assert lengths["blocker"] == lengths["review"] == {1}


def test_accepted_at_is_there_exactly_while_accepted(demo: World) -> None:
    last_entered = {row["story_id"]: row for row in demo.tracker.story_transitions}
    for story in demo.tracker.stories:
        assert last_entered[story["id"]]["state"] == story["current_state"]
        accepted = story["current_state"] == "accepted"
        expected = last_entered[story["id"]]["occurred_at"] if accepted else None
        assert story["accepted_at"] == expected


def test_priority_order_is_accepted_current_backlog_icebox(demo: World) -> None:
    order = {"accepted": 0, "unstarted": 2, "planned": 2, "unscheduled": 3}
    for project in demo.tracker.projects:
        stories = [s for s in demo.tracker.stories if s["project_id"] == project["id"]]
        ranks = [order.get(story["current_state"], 1) for story in stories]
        assert ranks == sorted(ranks)
        accepted = [story["accepted_at"] for story in stories if story["accepted_at"]]
        assert accepted == sorted(accepted)


def test_estimates_are_points_of_the_projects_scale(demo: World) -> None:
    """Whole points are integers on the wire, half points are not; chores have some only where allowed."""
    projects = {project["id"]: project for project in demo.tracker.projects}
    for story in demo.tracker.stories:
        project = projects[story["project_id"]]
        if story["estimate"] is not None:
            assert str(story["estimate"]) in project["point_scale"].split(",")
            allowed = project["bugs_and_chores_are_estimatable"]
            assert allowed or story["story_type"] == "feature"
    assert any(story["estimate"] == 0.5 for story in demo.tracker.stories)


def test_projects_begin_on_their_weekday(demo: World) -> None:
    for project in demo.tracker.projects:
        start = date.fromisoformat(project["start_date"])
        assert start.strftime("%A") == project["week_start_day"]
    zones = {project["time_zone"]["olson_name"] for project in demo.tracker.projects}
    assert len(zones) == len(demo.tracker.projects)


def test_overrides_are_those_of_the_activity(demo: World) -> None:
    logged = {
        (activity["project"]["id"], change["number"]): change["new_values"]
        for activity in demo.tracker.activity
        for change in activity["changes"]
        if change["kind"] == "iteration_override"
    }
    held = {
        (row["project_id"], row["number"]): {
            "length": row["length"],
            "team_strength": row["team_strength"],
        }
        for row in demo.tracker.iteration_overrides
    }
    assert held == logged
    assert {0.0, 0.5} <= {values["team_strength"] for values in held.values()}
    assert 3 in {values["length"] for values in held.values()}


def test_ids_are_unique_and_of_trackers_size(demo: World) -> None:
    tracker = demo.tracker
    for rows in (tracker.projects, tracker.stories, tracker.memberships, tracker.labels):
        ids = [row["id"] for row in rows]
        assert len(ids) == len(set(ids))
    assert all(180_000_000 <= story["id"] < 190_000_000 for story in tracker.stories)
    assert all(1_000_000 <= project["id"] < 10_000_000 for project in tracker.projects)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("unstarted", "accepted"),  # without ever being started
        ("accepted", "rejected"),  # re-opened
        ("rejected", "started"),
        ("delivered", "rejected"),
        ("started", "delivered"),  # finished is skipped
        ("started", "accepted"),  # a chore
        ("unstarted", "planned"),  # automatic planning is off
    ],
)
def test_every_kind_of_move_happens(story_changes: StoryChanges, before: str, after: str) -> None:
    moves = {
        pair
        for changes in story_changes.values()
        for pair in pairwise(
            change["new_values"]["current_state"]
            for _, change in changes
            if "current_state" in change.get("new_values", {})
        )
    }
    assert (before, after) in moves


def test_every_kind_of_activity_happens(demo: World) -> None:
    kinds = {activity["kind"].removesuffix("_activity") for activity in demo.tracker.activity}
    assert kinds == {
        "project_membership_create",
        "label_create",
        "label_delete",
        "epic_create",
        "epic_update",
        "iteration_update",
        "story_create",
        "story_update",
        "story_delete",
        "story_move",
        "story_move_from_project",
        "story_move_into_project",
        "comment_create",
        "comment_update",
        "comment_delete",
        "task_create",
        "task_update",
        "task_delete",
        "blocker_create",
        "blocker_update",
        "review_create",
        "review_update",
    }


def test_rare_things_happen(story_changes: StoryChanges) -> None:
    """Started and estimated in one go, re-estimated after acceptance, several stories deleted at once."""
    together = after_acceptance = False
    for changes in story_changes.values():
        state = None
        for _, change in changes:
            new = change.get("new_values", {})
            together |= {"current_state", "estimate"} <= change.get("original_values", {}).keys()
            after_acceptance |= state == "accepted" and "estimate" in new
            state = new.get("current_state", state)
    assert together
    assert after_acceptance
    deletions = [
        activity["changes"]
        for changes in story_changes.values()
        for activity, change in changes
        if change["change_type"] == "delete"
    ]
    assert max(map(len, deletions)) > 1


def test_numbers_are_plausible(demo: World) -> None:
    """450 to 650 stories a year, 5 to 13 % of features and bugs rejected, velocities from 5 to 20."""
    tracker = demo.tracker
    stories = [story for story in tracker.stories if story["story_type"] != "release"]
    years = (demo.now.date() - EPOCH).days / 365
    assert 450 <= len(stories) / years <= 650
    rejected = {row["story_id"] for row in tracker.story_transitions if row["state"] == "rejected"}
    rejectable = [s for s in stories if s["accepted_at"] and s["story_type"] != "chore"]
    share = sum(story["id"] in rejected for story in rejectable) / len(rejectable)
    assert 0.05 <= share <= 0.13
    for project in tracker.projects:
        points = sum(
            story["estimate"] or 0
            for story in stories
            if story["project_id"] == project["id"] and story["accepted_at"]
        )
        assert 5 <= points / (project["current_iteration_number"] - 1) <= 20
