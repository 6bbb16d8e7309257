"""Reads in states and places that nobody wishes for: one sentence each with what to do, and nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.project import (
    Project,
    everything_recorded,
    failure_of,
    running_project,
)

pytestmark = pytest.mark.slow

#: What nobody should have to read.
UNFIT = (
    "Traceback",
    "sqlalche.me",
    "dagster._core",
    "Encountered an error",
    "An unexpected error",
    "Errno",
)
STREAMS = ("clockify/tags", "clockify/users", "pivotal_tracker/projects", "pivotal_tracker/stories")
WORLD = worlds.world(
    tracker=worlds.tracker_data(stories=[worlds.story(number) for number in range(1, 4)]),
    clockify=worlds.clockify_data(tags=[worlds.tag(1)]),
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project that read everything once, within a budget."""
    budgets = {"CLOCKIFY_REQUESTS_PER_HOUR": "1000", "PIVOTAL_TRACKER_REQUESTS_PER_HOUR": "1000"}
    with running_project(tmp_path, WORLD, **budgets) as project:
        assert project.materialize(*STREAMS).success
        yield project


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


@pytest.mark.parametrize(
    ("name", "break_it"),
    [("requests.sqlite", overwritten), ("requests.sqlite", a_folder), ("staging", a_file)],
)
def test_what_is_broken_in_the_home_is_told_and_can_be_moved_away(
    project: Project, name: str, break_it: Callable[[Path], None]
) -> None:
    broken = project.folder / name
    break_it(broken)
    said = failure_of(project.materialize(*STREAMS))
    assert f"{broken}" in said
    assert "move" in said
    assert not [word for word in UNFIT if word in said], said
    assert project.keys("pivotal_tracker.stories") == [1, 2, 3]
    broken.rename(project.folder / "moved away")
    assert project.materialize(*STREAMS).success


@pytest.mark.parametrize("state", ['"nonsense"', "[1, 2]", "7", '{"cursor": {}}', "{}"])
def test_a_state_that_is_none_is_read_over(project: Project, state: str) -> None:
    with Warehouse(project.settings.warehouse).connect() as connection:
        connection.execute("UPDATE _pipelines.streams SET state = ?", [state])
        connection.execute("DELETE FROM _pipelines.parent_versions")
    result = project.materialize(*STREAMS)
    assert result.success, failure_of(result)
    assert project.keys("pivotal_tracker.stories") == [1, 2, 3]


@pytest.mark.parametrize("name", ['it\'s "mine" 100%; [a]* #1 é\\', "two\nlines $HOME {b}"])
def test_a_project_lies_anywhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with running_project(folder, WORLD) as project:
        result = project.materialize(*STREAMS)
        assert result.success, failure_of(result)
        assert project.keys("pivotal_tracker.stories") == [1, 2, 3]


def test_a_row_that_is_there_twice_is_there_once_after_a_read_and_told(project: Project) -> None:
    with Warehouse(project.settings.warehouse).connect() as connection:
        connection.execute(
            "INSERT INTO pivotal_tracker.stories FROM pivotal_tracker.stories WHERE id = 2"
        )
    result = project.materialize(*STREAMS)
    assert result.success, failure_of(result)
    assert project.keys("pivotal_tracker.stories") == [1, 2, 3]
    assert "1 rows whose key was there more than once" in everything_recorded(
        result, project.instance
    )
