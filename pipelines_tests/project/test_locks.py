"""Locks that end with their holder."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipelines.project.locks import appear_held, held, held_if_free, is_held
from pipelines_tests.support.processes import process, signal


def hold(path: Path, started: object) -> None:
    with held(path):
        started.set()  # type: ignore[attr-defined]
        time.sleep(600)


@pytest.mark.slow
def test_a_lock_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    lock, started = tmp_path / "some.lock", signal()
    with process(hold, lock, started) as holder:
        assert started.wait(300)
        assert is_held(lock)
        holder.kill()
        holder.join()
    assert not is_held(lock)


def test_a_lock_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none.lock")
    with held_if_free(tmp_path / "none.lock") as file:
        assert file is None


def test_a_lock_that_appears_is_held_until_it_is_closed(tmp_path: Path) -> None:
    lock = tmp_path / "folder" / "some.lock"
    file = appear_held(lock)
    assert [path.name for path in lock.parent.iterdir()] == ["some.lock"]
    with held_if_free(lock) as taken:
        assert taken is None
    file.close()
    with held_if_free(lock) as taken:
        assert taken is not None
        assert is_held(lock)


def test_a_lock_whose_file_was_removed_is_nobodys(tmp_path: Path) -> None:
    """Its holder ended well between the opening and the asking: nothing is to be concluded from it."""
    lock = tmp_path / "some.lock"
    file = appear_held(lock)
    with held_if_free(lock) as taken:
        assert taken is None
    lock.unlink()
    file.close()
    with held_if_free(lock) as taken:
        assert taken is None
