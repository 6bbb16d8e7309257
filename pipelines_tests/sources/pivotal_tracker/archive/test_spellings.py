"""One export in many spellings: as spreadsheets, old versions of Tracker and other systems write it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.dates import day
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story, told

HEADER = "Id,Title,Type,Current State,Created at,Accepted at\n"


def of_text(folder: Path, text: str | bytes, **options: str) -> tuple[dict[str, list], list[str]]:  # type: ignore[type-arg]
    path = folder / "harbor.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return told(path, zone="UTC", **options)


def test_headers_until_mid_2014(tmp_path: Path) -> None:
    found, notes = of_text(
        tmp_path,
        "Id,Story,Story Type,Current State,Note\n"
        '7,Organize,release,accepted,"Links are missing (Rafa Lind - Jan 2, 2012)"\n',
    )
    (row,) = found["stories"]
    assert (row["name"], row["story_type"], row["comments"][0]["text"]) == (
        "Organize",
        "release",
        "Links are missing",
    )
    assert notes == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 22, 2014", date(2014, 11, 22)),
        ("November 22, 2014", date(2014, 11, 22)),
        ("22-Nov-14", date(2014, 11, 22)),
        ("22 Nov 2014", date(2014, 11, 22)),
        ("22.11.2014", date(2014, 11, 22)),
        ("2014-11-22", date(2014, 11, 22)),
        ("2014/11/22", date(2014, 11, 22)),
        ("2014-11-22 00:00:00", date(2014, 11, 22)),
        ("2014-11-22T08:00:00Z", date(2014, 11, 22)),
        ("Nov 31, 2014", None),
        ("Nov 22, 0014", None),
        ("41965", None),
    ],
)
def test_dates(text: str, expected: date | None) -> None:
    assert day(text) == expected


def test_dates_of_numbers_are_told_apart_by_all_of_them(tmp_path: Path) -> None:
    """13 is no month, so that the first number of 11/13/2014 is; and in 13/11/2014 it is the day."""
    us, _ = of_text(
        tmp_path,
        HEADER + "1,a,bug,accepted,11/2/2014,11/13/14\n2,b,bug,accepted,1/2/2014 10:15,3/4/2014\n",
    )
    assert [row["created_at"] for row in us["stories"]] == [
        "2014-11-02T00:00:00Z",
        "2014-01-02T00:00:00Z",
    ]
    rest, _ = of_text(tmp_path, HEADER + "1,a,bug,accepted,2/11/2014,13/11/2014\n")
    assert rest["stories"][0]["created_at"] == "2014-11-02T00:00:00Z"


@pytest.mark.parametrize("more", ["", "2,b,bug,started,11/13/2014,\n3,c,bug,started,13/11/2014,\n"])
def test_dates_that_nobody_can_tell_apart_are_refused(tmp_path: Path, more: str) -> None:
    with pytest.raises(ArchiveError, match=r"harbor\.csv, column Created at: .*write its dates as"):
        of_text(tmp_path, HEADER + "1,a,bug,started,1/2/2014,\n" + more)


def test_a_day_that_is_its_month_is_in_no_doubt(tmp_path: Path) -> None:
    found, _ = of_text(tmp_path, HEADER + "1,a,bug,started,5/5/2014,\n")
    assert found["stories"][0]["created_at"] == "2014-05-05T00:00:00Z"


def test_decimal_commas_apostrophes_and_whole_numbers_with_a_fraction(tmp_path: Path) -> None:
    found, notes = of_text(
        tmp_path,
        "Id;Title;Type;Current State;Estimate;Description\n"
        "7,0;a;feature;started;0,5;'=SUM(A1)\n8;b;feature;started;-1,0;'quoted'\n",
    )
    assert [(r["id"], r.get("estimate"), r["description"]) for r in found["stories"]] == [
        (7, 0.5, "=SUM(A1)"),
        (8, None, "'quoted'"),
    ]
    assert notes == []


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_line_that_names_the_separator(tmp_path: Path, first: str) -> None:
    found, notes = of_text(
        tmp_path, first + "Id;Title;Type;Current State\n1;a, b;bug;started\nx;c;bug;started\n"
    )
    assert [row["name"] for row in found["stories"]] == ["a, b"]
    assert notes[0].startswith("harbor.csv, line 4")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_unicode_encodings(tmp_path: Path, codec: str) -> None:
    found, _ = of_text(tmp_path, export(story(Title="Überweisung 😀")).encode(codec))
    assert found["stories"][0]["name"] == "Überweisung 😀"


@pytest.mark.parametrize(
    ("codec", "line_end", "name"),
    [
        ("cp1252", "\n", "Windows-1252"),
        ("mac_roman", "\r", "Mac Roman"),
        ("mac_roman", "\n", "Mac Roman"),
    ],
)
def test_code_pages_are_told_apart_by_the_words_they_make(
    tmp_path: Path, codec: str, line_end: str, name: str
) -> None:
    title = "Café für José Peña: „Größe“ prüfen"
    text = export(story(Title=title)).replace("\n", line_end)
    found, notes = of_text(tmp_path, text.encode(codec, "replace"))
    assert found["stories"][0]["name"] == title.encode(codec, "replace").decode(codec)
    assert notes == [f"harbor.csv: is not UTF-8 and was read as {name}."]


def test_one_broken_byte_replaces_one_character(tmp_path: Path) -> None:
    content = export(story(Title="Größe"), story(Id="2", Title="Maß")).encode()
    found, notes = of_text(tmp_path, content.replace("ß".encode(), b"\xff", 1))
    assert [row["name"] for row in found["stories"]] == ["Grö\ufffde", "Maß"]
    assert notes == ["harbor.csv: bytes that are not UTF-8 were replaced by \ufffd."]


def test_a_quote_that_is_not_closed_costs_one_row(tmp_path: Path) -> None:
    """The rows after it are read, although the open quote reaches into them."""
    rows = ["1,a,bug,started,,", '2,"b,bug,started,,', '3,"c",bug,started,,', "4,d,bug,started,,"]
    found, notes = of_text(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert [row["id"] for row in found["stories"]] == [1, 3, 4]
    assert len(notes) == 1
    assert notes[0].startswith("harbor.csv, line 3: is not CSV")


def test_cells_beyond_the_header_are_comments_or_the_row_is_left_out(tmp_path: Path) -> None:
    text = "Id,Title,Type,Current State,Comment\n1,a,bug,started,one,two\n"
    found, notes = of_text(tmp_path, text)
    assert [c["text"] for c in found["stories"][0]["comments"]] == ["one", "two"]
    assert notes == []
    found, notes = of_text(tmp_path, HEADER + "1,a,bug,started,,,more\n2,b,bug,started,,\n")
    assert [row["id"] for row in found["stories"]] == [2]
    assert "line 2: has 7 cells, but the header has 6, and was left out" in notes[0]


def test_a_cell_of_a_million_characters_is_read(tmp_path: Path) -> None:
    found, notes = of_text(tmp_path, export(story(Description="word " * 200_000)))
    assert len(found["stories"][0]["description"]) == 999_999
    assert notes == []
