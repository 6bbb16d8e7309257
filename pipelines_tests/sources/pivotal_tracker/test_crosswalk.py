"""The crosswalk file: read as it is, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.pivotal_tracker.crosswalk import CrosswalkError, Successor, read_crosswalk


def written(folder: Path, text: str) -> Path:
    path = folder / "crosswalk.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_are_successors(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeffsystem,note,successor_id,tracker_id\nlinear,x, ENG-12 ,187654321\n\ntracker-v5,,5,187654322\n",
    )
    assert read_crosswalk(path) == (
        Successor(187654321, "ENG-12", "linear"),
        Successor(187654322, "5", "tracker-v5"),
    )
    assert read_crosswalk(None) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: column tracker_id is missing"),
        ("tracker_id,system\n", "line 1: column successor_id is missing"),
        ("{}x,E-1,linear\n", "line 2, column tracker_id: 'x' is not a story id"),
        ("{}1,,linear\n", "line 2, column successor_id: is empty"),
        ("{}1,E-1\n", "line 2, column system: is empty"),
        ("{}1,E-1,tracker-v5\n", "line 2, column successor_id: 'E-1' is not a story id"),
        ("{}1,E-1,linear\n1,E-2,linear\n", "line 3: story 1 has a successor in linear on line 2"),
        ("{}1,E-1,linear\n2,E-1,linear\n", "line 3: E-1 of linear is a successor on line 2"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text.replace("{}", "tracker_id,successor_id,system\n"))
    with pytest.raises(CrosswalkError) as error:
        read_crosswalk(path)
    assert message in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CrosswalkError, match=r"nowhere\.csv: cannot be read"):
        read_crosswalk(tmp_path / "nowhere.csv")
