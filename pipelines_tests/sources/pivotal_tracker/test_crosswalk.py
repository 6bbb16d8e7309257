"""The crosswalk file: read as it is, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.sources.pivotal_tracker.crosswalk import (
    CrosswalkError,
    Successor,
    read_crosswalk,
    read_titles,
)
from pipelines.sources.pivotal_tracker.importers import Titled


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


URL = "https://www.pivotaltracker.com/story/show"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"id,name,external_id,epic_id,url\n77,A,{URL}/187654321,3,https://app.shortcut.com/acme/story/77/a\n"
            "78,B,,3,https://app.shortcut.com/acme/story/78\n",
            [Successor(187654321, "77", "shortcut")],
        ),
        (
            f"ID,Team,Title,Description,Cycle Number\nENG-12,Eng,A,Moved from {URL}/187654321,1\nENG-13,Eng,B,,2\n",
            [Successor(187654321, "ENG-12", "linear")],
        ),
        (
            "Summary,Issue key,Issue id,Custom field (Pivotal ID)\nA,PAY-1,10001,187654321\nB,PAY-2,10002,#187654322\n",
            [Successor(187654321, "PAY-1", "jira"), Successor(187654322, "PAY-2", "jira")],
        ),
        (
            f"Tracker,Card\n{URL.replace('story/show', 'n/projects/9/stories')}/5,https://linear.app/acme/issue/ENG-7/x\n",
            [Successor(5, "ENG-7", "linear")],
        ),
        (
            f"external_id,key\n{URL}/5,C-1\n{URL}/5,C-1\n",
            [Successor(5, "C-1", "successor")],
        ),
    ],
    ids=["shortcut", "linear", "jira", "any", "twice"],
)
def test_what_importers_leave_behind(tmp_path: Path, text: str, expected: list[Successor]) -> None:
    path = tmp_path / "import.csv"
    path.write_text(text)
    assert list(read_crosswalk(path)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,type,name\n77,story,A\n", "no column has Tracker's story URLs"),
        ("id,type,url\n77,story,https://app.shortcut.com/a/story/77\n", "or titles of stories"),
        (f"external_id,key\n{URL}/5,C-1\n{URL}/5,C-2\n", "line 3: story 5 is C-2, but line 2"),
        (f"external_id,key\n{URL}/5,C-1\n{URL}/6,C-1\n", "line 3: story 6 is C-1, but line 2"),
    ],
)
def test_a_file_of_another_system_that_tells_no_successors(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "import.csv"
    path.write_text(text)
    with pytest.raises(CrosswalkError, match=message):
        read_crosswalk(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "id,type,name,url\n77,story,Pay by card,https://app.shortcut.com/a/story/77\n78,story,,\n",
            [Titled("Pay by card", "77", "shortcut")],
        ),
        (
            "ID,Team,Title,Cycle Number\nENG-12,Eng,Pay by card,1\n",
            [Titled("Pay by card", "ENG-12", "linear")],
        ),
        ("Summary,Issue key\nPay by card,PAY-1\n", [Titled("Pay by card", "PAY-1", "jira")]),
    ],
    ids=["shortcut", "linear", "jira"],
)
def test_a_file_without_tracker_s_ids_tells_titles(
    tmp_path: Path, text: str, expected: list[Titled]
) -> None:
    path = tmp_path / "import.csv"
    path.write_text(text)
    assert list(read_titles(path)) == expected
    assert read_crosswalk(path) == ()
