"""Reads that build on earlier ones: after any history the tables equal a fresh read, at a fraction of its requests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support import worlds
from pipelines_tests.support.history import History
from pipelines_tests.support.project import Project, running_project

NOW = datetime(2026, 3, 18, 15, tzinfo=timezone.utc)
DAYS = ("2026-03-01", "2026-03-18")
STREAMS = [
    f"{source}/{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]


def contents(project: Project, address: str) -> list[tuple[Any, ...]]:
    """All rows of a raw table without our own columns, in a fixed order."""
    columns = "* EXCLUDE (_extra, _extracted_at, _first_seen_at)"
    return project.query(f"SELECT {columns} FROM {address.replace('/', '.')} ORDER BY ALL")


def assert_equal_to_a_fresh_read(project: Project) -> None:
    fresh = Project(project.folder / "fresh", project.server, project.instance)
    fresh.folder.mkdir(exist_ok=True)
    fresh.environment["PIPELINES_WAREHOUSE"] = str(fresh.folder / "warehouse.duckdb")
    Path(fresh.environment["PIPELINES_WAREHOUSE"]).unlink(missing_ok=True)
    assert fresh.materialize(*STREAMS, days=DAYS, checks=False).success
    for address in STREAMS:
        assert contents(project, address) == contents(fresh, address), address


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_history_every_table_equals_a_fresh_read(tmp_path: Path, seed: int) -> None:
    """Three syncs with ten random edits before each of the later two; one of them meets an outage."""
    world = generate(now=NOW, size=TINY)
    history = History(world, seed)
    with running_project(tmp_path, world) as project:
        assert project.materialize(*STREAMS, days=DAYS).success
        for _ in range(10):
            history.step()
        outage = project.server.add_fault(
            r"/(stories|time-entries|labels)", "status", status=503, times=None, after=seed
        )
        project.materialize(*STREAMS, days=DAYS)
        outage.times = 0
        for _ in range(10):
            history.step()
        assert project.materialize(*STREAMS, days=DAYS).success
        assert_equal_to_a_fresh_read(project)


def test_nothing_new_costs_hardly_a_request(tmp_path: Path) -> None:
    """20 users, 60 projects, 5 Tracker projects: at most 14 requests besides one per user, and 9 for leave and money.

    The look-back asks for the entries of every user, and for the activity of projects that moved.
    """
    users = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(20)]
    world = worlds.world(
        clockify=worlds.clockify_data(
            users=users, projects=[worlds.clockify_project(n) for n in range(60)]
        ),
        tracker=worlds.tracker_data(
            projects=[worlds.project(n) for n in range(1, 6)],
            stories=[worlds.story(100 + n, project_id=1 + n % 5) for n in range(50)],
        ),
    )
    today = datetime.now(timezone.utc).date()
    first, then = (str(today - timedelta(days=days)) for days in (5, 2))
    with running_project(tmp_path, world, PIPELINES_START_DATE=first) as project:
        assert project.materialize(*STREAMS, days=(first, str(today))).success
        before = project.server.requests.by_path.copy()
        assert project.materialize(*STREAMS, days=(then, str(today))).success
        asked = project.server.requests.by_path - before
        entries = sum(count for path, count in asked.items() if path.endswith("/time-entries"))
        assert entries == 20
        optional = sum(
            count
            for path, count in asked.items()
            if any(
                part in path
                for part in ("expenses", "invoices", "policies", "scheduling", "/report/")
            )
        )
        assert optional <= 9, asked
        assert asked.total() - entries - optional <= 14, asked


def test_a_project_that_did_not_move_is_not_read_again(tmp_path: Path) -> None:
    world = worlds.world(
        tracker=worlds.tracker_data(
            projects=[worlds.project(1), worlds.project(2)],
            memberships=[worlds.membership(n, project_id=n) for n in (1, 2)],
            stories=[worlds.story(11, project_id=1), worlds.story(21, project_id=2)],
            labels=[worlds.label(1, project_id=1), worlds.label(2, project_id=2)],
        )
    )
    with running_project(tmp_path, world) as project:
        streams = ("pivotal_tracker/stories", "pivotal_tracker/labels")
        assert project.materialize(*streams).success
        mutations.update_story(world, 21, world.now + timedelta(minutes=5), name="renamed")
        before = project.server.requests.by_path.copy()
        assert project.materialize(*streams).success
        asked = project.server.requests.by_path - before
        assert not [path for path in asked if "/projects/1/" in path]
        assert project.query("SELECT id, name FROM pivotal_tracker.stories ORDER BY id") == [
            (11, world.tracker.stories[0]["name"]),
            (21, "renamed"),
        ]
        assert project.keys("pivotal_tracker.labels") == [1, 2]


def test_a_full_refresh_finds_what_activity_forgot(tmp_path: Path) -> None:
    """A story that vanished without an activity is found by comparing ids in a whole read."""
    world = worlds.world(tracker=worlds.tracker_data(stories=[worlds.story(1), worlds.story(2)]))
    with running_project(tmp_path, world) as project:
        project.materialize("pivotal_tracker/stories")
        world.tracker.stories.pop()
        project.materialize("pivotal_tracker/stories")
        assert project.keys("pivotal_tracker.stories") == [1, 2]
        project.materialize("pivotal_tracker/stories", full_refresh=True)
        assert project.keys("pivotal_tracker.stories") == [1]
