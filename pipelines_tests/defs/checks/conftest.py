"""One small project for all tests of checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, running_project

TAGS = 30


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Thirty tags, three clients and three days with one entry each; one accepted story."""
    world = worlds.world(
        clockify=worlds.clockify_data(
            users=[worlds.user(worlds.USER_ID)],
            tags=[worlds.tag(n) for n in range(TAGS)],
            clients=[worlds.client(n) for n in range(3)],
            time_entries=[
                worlds.time_entry(
                    n, f"2026-03-{2 + n:02}T08:00:00Z", f"2026-03-{2 + n:02}T10:00:00Z"
                )
                for n in range(3)
            ],
        ),
        tracker=worlds.tracker_data(
            stories=[worlds.accepted_story(1001, "2026-03-03T10:00:00Z", estimate=3)]
        ),
    )
    with running_project(tmp_path, world, PIPELINES_AS_OF="2026-03-20T12:00:00Z") as project:
        yield project
