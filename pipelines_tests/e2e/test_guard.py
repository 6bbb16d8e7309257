"""Answers that are well formed and yet wrong: another workspace, lost rights, a smaller plan.

They must not empty a table. Here: what a whole run does; the guard's limits are in ``warehouse.test_publish``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import mutations
from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, failure_of, metadata_of, running_project

DAYS = ("2026-03-01", "2026-03-04")
SNAPSHOTS = ["clockify/tags", "clockify/clients", "clockify/users"]
EVERYTHING = [*SNAPSHOTS, "clockify/time_entries"]


def large_workspace() -> Any:
    """120 tags, 5 clients, 2 people with 60 entries each."""
    users = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(2)]
    return worlds.clockify_data(
        users=users,
        tags=[worlds.tag(n) for n in range(120)],
        clients=[worlds.client(n) for n in range(5)],
        custom_fields=[worlds.custom_field(n) for n in range(3)],
        holidays=[worlds.holiday(n, f"2026-03-0{n + 1}") for n in range(3)],
        time_entries=[
            worlds.time_entry(n, f"2026-03-0{1 + n % 4}T08:00:00Z", userId=users[n % 2]["id"])
            for n in range(120)
        ],
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running_project(tmp_path, worlds.world(clockify=large_workspace())) as running:
        yield running


def contents(project: Project, *streams: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        stream: project.query(f"FROM {stream.replace('/', '.')} ORDER BY id") for stream in streams
    }


@pytest.mark.slow
def test_another_workspace_changes_nothing_not_even_small_tables(project: Project) -> None:
    assert project.materialize(*EVERYTHING, days=DAYS).success
    before = contents(project, *EVERYTHING)
    other = worlds.hex_id(77)
    project.world.clockify = worlds.clockify_data(
        workspace={**worlds.workspace(), "id": other},
        tags=[worlds.tag(900)],
        clients=[worlds.client(900)],
        time_entries=[worlds.time_entry(900, "2026-03-01T08:00:00Z")],
    )
    project.world.revision += 1
    project.environment["CLOCKIFY_WORKSPACE_ID"] = other
    sentence = failure_of(project.materialize(*EVERYTHING, days=DAYS))
    assert "PIPELINES_WAREHOUSE" in sentence
    assert other in sentence
    assert contents(project, *EVERYTHING) == before


def test_lost_rights_are_held_back_until_they_are_let_through(project: Project) -> None:
    """The tags shrink to a tenth: their table stays, the others follow, and one setting applies it."""
    assert project.materialize(*SNAPSHOTS).success
    del project.world.clockify.tags[12:]
    del project.world.clockify.clients[4:]
    sentence = failure_of(project.materialize(*SNAPSHOTS))
    assert "108 of 120 rows" in sentence
    assert "PIPELINES_ALLOW_LARGE_REMOVALS=1" in sentence
    assert "clients" not in sentence
    assert len(project.keys("clockify.tags")) == 120
    assert len(project.keys("clockify.clients")) == 4

    project.environment["PIPELINES_ALLOW_LARGE_REMOVALS"] = "1"
    assert project.materialize("clockify/tags").success
    assert len(project.keys("clockify.tags")) == 12
    assert len(project.keys("clockify.tags_deleted")) == 108


@pytest.mark.slow
def test_people_whom_the_key_no_longer_sees_keep_their_entries(project: Project) -> None:
    assert project.materialize("clockify/time_entries", days=DAYS).success
    project.world.clockify.users.pop()
    assert project.materialize("clockify/time_entries", days=DAYS).success
    assert len(project.keys("clockify.time_entries")) == 120


PAID = ["clockify/custom_fields", "clockify/holidays"]


def test_a_smaller_plan_keeps_what_it_no_longer_shows(project: Project) -> None:
    """Refused, the tables stay and say so; shown again, they are as the source is."""
    assert project.materialize(*PAID, "clockify/tags").success
    before = contents(project, *PAID)
    project.server.change_behaviour(plan="free")
    result = project.materialize(*PAID, "clockify/tags")
    assert result.success
    assert contents(project, *PAID) == before
    for stream in PAID:
        facts = metadata_of(result, stream)
        assert facts["rows_removed"] == 0
        assert "answered 403" in facts["warnings"]
        assert "nothing was removed" in facts["warnings"]
    assert "warnings" not in metadata_of(result, "clockify/tags")

    project.server.change_behaviour(plan="paid")
    mutations.remove(
        project.world, "clockify.custom_fields", before[PAID[0]][0][0], project.world.now
    )
    assert project.materialize(*PAID).success
    assert len(project.keys("clockify.custom_fields")) == 2
    assert len(project.keys("clockify.holidays")) == 3


def test_a_plan_that_never_had_it_gives_empty_tables(tmp_path: Path) -> None:
    with running_project(tmp_path, worlds.world(clockify=large_workspace())) as project:
        project.server.change_behaviour(plan="free")
        result = project.materialize(*PAID)
        assert result.success
        for stream in PAID:
            assert project.keys(stream.replace("/", ".")) == []
            assert "nothing was removed" not in metadata_of(result, stream)["warnings"]


def test_an_optional_list_that_is_missing_for_one_project_keeps_its_rows(tmp_path: Path) -> None:
    """Project 2 answers 404; project 1 is read as usual."""
    epics = [worlds.epic(n, project_id=1 + n % 2) for n in range(4)]
    world = worlds.world(
        tracker=worlds.tracker_data(
            projects=[worlds.project(1), worlds.project(2)],
            memberships=[worlds.membership(n, project_id=n) for n in (1, 2)],
            epics=epics,
            stories=[worlds.story(n, project_id=n) for n in (1, 2)],
        )
    )
    with running_project(tmp_path, world) as project:
        assert project.materialize("pivotal_tracker/epics").success
        epics[0]["name"] = "renamed"
        for story in (1, 2):
            mutations.update_story(world, story, world.now, name="moves the version")
        project.server.add_fault("/projects/2/epics", status=404, times=None)
        assert project.materialize("pivotal_tracker/epics").success
        assert project.query("SELECT id, name FROM pivotal_tracker.epics ORDER BY id")[0] == (
            0,
            "renamed",
        )
        assert project.keys("pivotal_tracker.epics") == [0, 1, 2, 3]
