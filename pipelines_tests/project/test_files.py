"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipelines.project.files import replaced


def test_a_finished_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "report.html"
    for text in ("old", "new"):
        with replaced(path) as written:
            written.write_text(text)
    assert path.read_text() == "new"
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
@pytest.mark.parametrize("before", [None, 0o600, 0o640, 0o666])
def test_a_file_is_for_whom_its_user_wants(tmp_path: Path, umask: int, before: int | None) -> None:
    """The umask decides, and where somebody closed the file that is replaced, it stays closed."""
    path = tmp_path / "report.html"
    if before is not None:
        path.touch()
        path.chmod(before)
    earlier = os.umask(umask)
    try:
        with replaced(path) as written:
            written.write_text("new")
    finally:
        os.umask(earlier)
    allowed = 0o666 & ~umask & (0o777 if before is None else before)
    assert stat.S_IMODE(path.stat().st_mode) == allowed


def test_a_long_name_is_replaced_too(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    with replaced(path) as written:
        written.write_text("new")
    assert path.read_text() == "new"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def write() -> None:
        with replaced(path) as written:
            written.write_text("half a ne")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
