"""Laws of reading archives: no readable story is lost, all damage is told, nothing but ``ArchiveError`` is raised."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.source import archive_store
from pipelines.sources.pivotal_tracker.archive.store import Store
from pipelines_tests.sources.pivotal_tracker.archive.odd_archives import mangled, odd_archive

pytestmark = pytest.mark.slow

_TIMES = re.compile(r"\(([\d,]+) times\)\.$")


def _opened(folder: Path, home: Path) -> Store:
    return Store.open(archive_store(folder, time_zone="UTC", crosswalk=(), home=home))


def _told(store: Store) -> int:
    found = (_TIMES.search(note) for note in store.notes())
    return sum(int(times[1].replace(",", "")) if times else 1 for times in found)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_what_can_be_read_is_read_and_the_rest_is_told(tmp_path: Path, first: int) -> None:
    for seed in range(first, first + 50):
        archive = odd_archive(tmp_path / str(seed), seed)
        store = _opened(archive.folder, tmp_path / "home")
        stories = {
            row["id"] for p in store.projects() for row in store.page("stories", p["id"], limit=-1)
        }
        assert stories == archive.stories, f"seed {seed}"
        assert _told(store) == archive.notes, f"seed {seed}: {store.notes()}"
        store.close()


@pytest.mark.parametrize("first", range(1000, 1150, 50))
def test_mangled_archives_are_read_or_refused(tmp_path: Path, first: int) -> None:
    for seed in range(first, first + 50):
        archive = odd_archive(tmp_path / str(seed), seed)
        mangled(archive.folder, seed)
        with suppress(ArchiveError):
            store = _opened(archive.folder, tmp_path / "home")
            store.projects()
            store.close()
