"""Drawings are read again as long as nothing about them changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipelines.outputs.charts import kept
from pipelines.outputs.charts.kept import drawings_kept, drawn_once
from pipelines.outputs.charts.page_drawing import page_drawing

SPECIFICATION = {
    "data": {"values": [{"x": 1, "y": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "x"}, "y": {"field": "y"}},
}


class Drawing:
    """Draws something else each time."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return str(self.times).encode()


def test_the_same_is_drawn_once(tmp_path: Path) -> None:
    draw = Drawing()
    for _ in range(2):
        with drawings_kept(tmp_path):
            assert drawn_once({"a": 1}, "png", draw) == b"1"
    with drawings_kept(tmp_path):
        assert drawn_once({"a": 2}, "png", draw) == b"2"
        assert drawn_once({"a": 1}, "svg", draw) == b"3"
        assert drawn_once({"a": 1}, "svg other", draw) == b"4"
        assert drawn_once({"a": 1}, "png", draw) == b"1"


def test_other_code_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Drawing()
    with drawings_kept(tmp_path):
        drawn_once({"a": 1}, "png", draw)
        monkeypatch.setattr(kept, "_code", lambda: ["other"])
        assert drawn_once({"a": 1}, "png", draw) == b"2"


def test_without_a_folder_and_with_one_that_cannot_be_written_it_is_drawn(tmp_path: Path) -> None:
    draw = Drawing()
    assert [drawn_once({"a": 1}, "png", draw) for _ in range(2)] == [b"1", b"2"]
    file = tmp_path / "file"
    file.write_text("no folder")
    with drawings_kept(file):
        assert drawn_once({"a": 1}, "png", draw) == b"3"


def test_what_nobody_asks_for_goes(tmp_path: Path) -> None:
    draw = Drawing()
    with drawings_kept(tmp_path):
        drawn_once({"a": 1}, "png", draw)
        drawn_once({"a": 2}, "png", draw)
        old = time.time() - 15 * 86_400
        for file in tmp_path.iterdir():
            os.utime(file, (old, old))
        drawn_once({"a": 2}, "png", draw)
    assert len(list(tmp_path.iterdir())) == 1
    with drawings_kept(tmp_path):
        assert drawn_once({"a": 2}, "png", draw) == b"2"


def test_a_kept_drawing_of_a_page_is_the_same(tmp_path: Path) -> None:
    plain = page_drawing(SPECIFICATION, "bars")
    with drawings_kept(tmp_path):
        assert [page_drawing(SPECIFICATION, "bars") for _ in range(2)] == [plain, plain]
    assert len(list(tmp_path.iterdir())) == 1
