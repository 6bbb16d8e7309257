"""The look-back of activity asks only for projects that moved, and for whatever was never read of the others.

Days are counted back from today, because only a window that reaches to now can be known to be complete.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.model import World
from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, running_project

ACTIVITY = "pivotal_tracker/activity"
_ACTIVITY_OF = re.compile(r"/projects/(\d+)/activity$")


def day(days_ago: int) -> str:
    return (datetime.now(timezone.utc).date() - timedelta(days=days_ago)).isoformat()


def company() -> World:
    """Three projects; each has a story, and an activity of ten days ago and one of two."""
    projects = (1, 2, 3)
    return worlds.world(
        now=datetime.now(timezone.utc) - timedelta(hours=1),
        tracker=worlds.tracker_data(
            projects=[worlds.project(n, version=3) for n in projects],
            memberships=[worlds.membership(n, project_id=n) for n in projects],
            stories=[worlds.story(10 + n, project_id=n) for n in projects],
            activity=[
                worlds.activity(version, f"{day(days_ago)}T08:00:00Z", project_id=n)
                for n in projects
                for version, days_ago in ((2, 10), (3, 2))
            ],
        ),
    )


def change(project: Project, number: int) -> None:
    """Something happens in a project, now."""
    mutations.update_story(project.world, 10 + number, datetime.now(timezone.utc), name="renamed")


def read(
    project: Project, first: int, last: int = 0, *, full_refresh: bool = False, works: bool = True
) -> set[int]:
    """Read the days from ``first`` to ``last`` days ago; the projects whose activity was asked for."""
    before = project.server.requests.by_path.copy()
    result = project.materialize(ACTIVITY, days=(day(first), day(last)), full_refresh=full_refresh)
    assert result.success == works
    asked = project.server.requests.by_path - before
    return {int(found[1]) for found in map(_ACTIVITY_OF.search, asked) if found}


def assert_all_is_there(project: Project) -> None:
    logged = sorted(activity["guid"] for activity in project.world.tracker.activity)
    assert project.keys("pivotal_tracker.activity", "guid") == logged


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running_project(tmp_path, company(), PIPELINES_START_DATE=day(20)) as running:
        yield running


def test_a_project_that_did_not_move_is_not_asked_for(project: Project) -> None:
    assert read(project, 20) == {1, 2, 3}
    assert read(project, 14) == set()
    change(project, 2)
    assert read(project, 14) == {2}
    assert read(project, 14) == set()
    assert_all_is_there(project)


def test_days_that_were_never_read_are_read(project: Project) -> None:
    """Also of a single project, as one that was joined after the others were read."""
    assert read(project, 5) == {1, 2, 3}
    assert read(project, 14) == {1, 2, 3}
    assert read(project, 14) == set()
    change(project, 3)
    assert read(project, 1) == {3}
    assert read(project, 14) == {3}, "of project 3 this version is known for two days only"
    assert read(project, 14) == set()
    assert_all_is_there(project)


def test_days_that_are_asked_for_again_are_read_again(project: Project) -> None:
    """A backfill of days that are past, and a full refresh; the look-back knows no less for it."""
    read(project, 20)
    assert read(project, 12, 8) == {1, 2, 3}
    assert read(project, 14) == set()
    assert read(project, 14, full_refresh=True) == {1, 2, 3}
    assert read(project, 14) == set()


def test_a_read_of_past_days_does_not_speak_for_later_ones(project: Project) -> None:
    assert read(project, 20, 8) == {1, 2, 3}
    assert read(project, 14) == {1, 2, 3}
    assert_all_is_there(project)


def test_a_project_whose_read_failed_is_read_again(project: Project) -> None:
    read(project, 20)
    change(project, 1)
    change(project, 2)
    outage = project.server.add_fault("/projects/2/activity", "status", status=400, times=None)
    read(project, 14, works=False)
    outage.times = 0
    assert read(project, 14) == {1, 2}
    assert_all_is_there(project)


def test_what_moved_while_a_budget_put_the_rest_off_is_read_again(tmp_path: Path) -> None:
    """Three requests an hour are the list of projects and two of them; the third waits for the next hour.

    Meanwhile one of the two changes, and the version that the list then has is not the one that was read.
    """
    with running_project(
        tmp_path,
        company(),
        PIPELINES_START_DATE=day(20),
        PIVOTAL_TRACKER_REQUESTS_PER_HOUR="3",
    ) as project:
        first = read(project, 14)
        assert len(first) == 2
        change(project, min(first))
        an_hour_passes(project)
        assert read(project, 14) == {1, 2, 3} - first
        an_hour_passes(project)
        assert read(project, 14) == first
        assert_all_is_there(project)
        an_hour_passes(project)
        assert read(project, 14) == set()


def an_hour_passes(project: Project) -> None:
    with sqlite3.connect(project.folder / "requests.sqlite") as ledger:
        ledger.execute("UPDATE requests SET at = at - 3600")
