"""The company's history: the same for the same arguments, and never rewritten by a later moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pipelines.simulator.model import Record, World
from pipelines.simulator.world import EPOCH, TINY, generate
from pipelines.sources.instants import instant_text

EARLY = datetime(2026, 2, 10, 9, 41, 7, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def early() -> World:
    return generate(now=EARLY, size=TINY)


@pytest.fixture(
    scope="module",
    params=[timedelta(seconds=1), timedelta(hours=7), timedelta(days=1), timedelta(days=100)],
    ids=str,
)
def later(request: pytest.FixtureRequest) -> World:
    return generate(now=EARLY + request.param, size=TINY)


def _until_early(rows: list[Record], field: str) -> list[Record]:
    return [row for row in rows if row[field] <= instant_text(EARLY)]


def test_equal_arguments_give_equal_worlds(early: World) -> None:
    assert generate(now=EARLY, size=TINY) == early


def test_seed_and_size_matter(early: World) -> None:
    assert generate(now=EARLY, size=TINY, seed=7).clockify != early.clockify
    assert generate(now=EARLY, size=replace(TINY, users=8)).clockify != early.clockify


def test_later_activity_is_only_added(early: World, later: World) -> None:
    assert _until_early(later.tracker.activity, "occurred_at") == early.tracker.activity


def test_later_transitions_are_only_added(early: World, later: World) -> None:
    """But for those of stories that have been deleted since."""
    alive = {story["id"] for story in later.tracker.stories}
    before = [row for row in early.tracker.story_transitions if row["story_id"] in alive]
    assert _until_early(later.tracker.story_transitions, "occurred_at") == before


def test_stories_without_later_activity_stay_equal(early: World, later: World) -> None:
    moved = {
        change["id"]
        for activity in later.tracker.activity
        if activity["occurred_at"] > instant_text(EARLY)
        for change in activity["changes"]
        if change["kind"] == "story"
    }
    now = {story["id"]: story for story in later.tracker.stories}
    for story in early.tracker.stories:
        if story["id"] not in moved:
            assert now[story["id"]] == story


def test_entries_without_later_changes_stay_equal(early: World, later: World) -> None:
    """Locks excepted: approving a week leaves no trace in the change log."""
    changed = {
        change["document"]["id"]
        for change in later.clockify.changes
        if change["at"] > instant_text(EARLY)
    }
    now = {entry["id"]: entry for entry in later.clockify.time_entries}
    for entry in early.clockify.time_entries:
        if entry["id"] not in changed:
            assert {**now[entry["id"]], "isLocked": entry["isLocked"]} == entry


def test_later_changes_of_entries_are_only_added(early: World, later: World) -> None:
    def told(world: World) -> list[tuple[str, str, str, str]]:
        return [
            (change["at"], change["kind"], change["documentType"], change["document"]["id"])
            for change in _until_early(world.clockify.changes, "at")
        ]

    assert told(later) == told(early)


def test_every_week_brings_new_edited_and_deleted_entries() -> None:
    world = generate(now=datetime(2026, 6, 1, tzinfo=timezone.utc))
    since = instant_text(world.now - timedelta(days=7))
    kinds = {
        change["kind"]
        for change in world.clockify.changes
        if change["at"] > since and change["documentType"] == "TIME_ENTRY"
    }
    assert kinds == {"created", "updated", "deleted"}


def test_history_begins_at_the_epoch(early: World) -> None:
    first = f"{EPOCH}T00:00:00Z"
    assert early.tracker.activity[0]["occurred_at"] == first
    assert min(e["timeInterval"]["start"] for e in early.clockify.time_entries) >= first
    with pytest.raises(ValueError, match="begins on 2025-12-01"):
        generate(now=datetime(2025, 8, 31, tzinfo=timezone.utc))
    with pytest.raises(ValueError, match="no time zone"):
        generate(now=datetime(2026, 1, 1))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize("hours", [0, 1, 26, 24 * 5])
def test_the_first_days_work_too(hours: int) -> None:
    now = datetime(2025, 12, 1, tzinfo=timezone.utc) + timedelta(hours=hours)
    world = generate(now=now, size=TINY)
    assert len(world.tracker.projects) == TINY.tracker_projects
    assert len(world.clockify.projects) == TINY.projects


def test_sizes_are_what_was_asked_for() -> None:
    size = replace(TINY, users=9, clients=5, projects=14, tracker_projects=4, tasks_per_project=8)
    world = generate(now=EARLY, size=size)
    assert len(world.clockify.users) == 9
    assert len(world.clockify.clients) == 5
    assert len(world.clockify.projects) == 14
    assert len(world.tracker.projects) == 4
    with pytest.raises(ValueError, match="needs 6 users"):
        replace(TINY, users=2)
