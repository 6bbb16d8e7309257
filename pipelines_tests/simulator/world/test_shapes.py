"""Generated records have exactly the keys of the handmade ones, so that all tests mean the same API."""

from __future__ import annotations

import pytest

from pipelines.simulator.model import Record, World
from pipelines_tests.support import worlds

AT = "2026-03-02T08:00:00Z"
TRACKER: dict[str, Record] = {
    "projects": worlds.project(),
    "memberships": worlds.membership(),
    "labels": worlds.label(),
    "epics": worlds.epic(),
    "stories": worlds.story(),
    "activity": worlds.activity(1, AT),
    "story_transitions": worlds.story_transition(1, "started", AT),
    "iteration_overrides": worlds.iteration_override(3),
    "comments": worlds.comment(1, 1, commit_identifier=None, commit_type=None),
    "story_tasks": worlds.story_task(1, 1),
    "blockers": worlds.blocker(1, 1),
    "reviews": worlds.review(1, 1),
}
CLOCKIFY: dict[str, Record] = {
    "users": worlds.user(),
    "clients": worlds.client(1),
    "projects": worlds.clockify_project(1),
    "tags": worlds.tag(1),
    "user_groups": worlds.user_group(1),
    "time_entries": worlds.time_entry(1, AT),
    "custom_fields": worlds.custom_field(1),
    "holidays": worlds.holiday(1, "2026-05-17"),
    "time_off_requests": worlds.time_off_request(1, AT, AT),
    "time_off_policies": worlds.time_off_policy(1),
    "time_off_balances": worlds.time_off_balance(1, "policy"),
    "member_profiles": worlds.member_profile(),
    "scheduling_assignments": worlds.scheduling_assignment(1, "2026-03-02", "2026-03-06"),
    "approval_requests": worlds.approval_request(1, AT),
    "changes": worlds.change("created", AT, worlds.time_entry(1, AT)),
}


@pytest.mark.parametrize("name", TRACKER)
def test_tracker_records(demo: World, name: str) -> None:
    for record in getattr(demo.tracker, name):
        assert record.keys() == TRACKER[name].keys()


@pytest.mark.parametrize("name", CLOCKIFY)
def test_clockify_records(demo: World, name: str) -> None:
    for record in getattr(demo.clockify, name):
        assert record.keys() == CLOCKIFY[name].keys()


def test_nested_and_single_records(demo: World) -> None:
    assert demo.tracker.me.keys() == worlds.me().keys()
    assert demo.clockify.workspace.keys() == worlds.workspace().keys()
    task = worlds.task(1, "project")
    for project in demo.clockify.projects:
        assert all(made.keys() == task.keys() for made in project["tasks"])
