"""Files appear whole or not at all."""

from __future__ import annotations

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
    assert path.stat().st_mode & 0o044 == 0o044


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
