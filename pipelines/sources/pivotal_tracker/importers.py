"""What importers leave behind: CSV files of another system in which one column tells Tracker's stories.

Shortcut keeps an ``external_id``, Linear and Jira keep what somebody mapped to a column: a Tracker URL or id. Names of columns
differ, so their cells tell: one column has Tracker's ids or URLs, another the keys or URLs of the other system.

A file that tells none may tell titles: a story of the same title is then the same story.

Here: finding the columns. Not here: what a crosswalk may say (``crosswalk``), and which story has a title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

_STORY_URL = re.compile(r"https?://[^\s\"'<>]*/(?:story/show|stories)/(\d{1,18})\b")
_STORY_ID = re.compile(r"#?(\d{1,18})")
#: Names of columns with numbers that are ids of Tracker.
_OF_TRACKER = re.compile(r"pivotal|tracker|external", re.IGNORECASE)
_KEY = re.compile(r"([A-Z][A-Z0-9_]{0,20}-\d{1,9})")
_ANY = re.compile(r"(.+)", re.DOTALL)
#: Addresses of a story by system, and what in them identifies it.
_ADDRESSES = {
    "shortcut": re.compile(
        r"https?://app\.(?:shortcut|clubhouse)\.(?:com|io)/[^/]+/story/(\d+)\S*"
    ),
    "linear": re.compile(r"https?://linear\.app/[^/]+/issue/([A-Z][A-Z0-9]*-\d+)\S*"),
    "jira": re.compile(r"https?://[^/\s]+/browse/([A-Z][A-Z0-9_]*-\d+)\S*"),
    "github": re.compile(r"https?://github\.com/([^/]+/[^/]+/issues/\d+)\S*"),
}
#: Columns that name a row of such a file, in the order in which they are looked for.
_TITLES = ("name", "title", "summary")
_NAMES = ("issue key", "key", "identifier", "id", "issue id", "number")
_SOME_SYSTEM = "successor"
#: Columns that only one system's files have.
_MARKS = {"linear": "cycle number", "shortcut": "epic_id", "jira": "issue key"}


@dataclass(frozen=True)
class Pair:
    """A line: the story of Tracker and what it became; ``line`` counts from 1."""

    line: int
    story_id: int
    successor_id: str
    system: str


@dataclass(frozen=True)
class Titled:
    """A line without Tracker's id: what has this ``title`` in the other system."""

    title: str
    successor_id: str
    system: str


def titles_in(
    header: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]]
) -> list[Titled] | None:
    """The lines that tell a title and a key; ``None`` where no column has titles, or it is not told which system this is."""
    lower = {name.strip().lower(): name for name in header}
    title = next((lower[name] for name in _TITLES if name in lower), None)
    found = _successors_in([name for name in header if name != title], rows)
    if title is None or found is None or found[2] == _SOME_SYSTEM:
        return None
    column, pattern, system = found
    lines = ((row[title].strip(), _group(pattern, row[column])) for _, row in rows)
    return [Titled(text, key, system) for text, key in lines if text and key]


def pairs_in(
    header: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]]
) -> list[Pair] | None:
    """The lines that tell a story's successor; ``None`` where no two columns do."""
    tracker = _best(header, rows, _story_of)
    if tracker is None:
        return None
    found = _successors_in([name for name in header if name != tracker], rows)
    return _pairs(rows, tracker, *found) if found else None


def _successors_in(
    columns: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]]
) -> tuple[str, re.Pattern[str], str] | None:
    """The column that identifies rows of the other system, how, and which system that is."""
    for system, address in _ADDRESSES.items():
        column = _best(columns, rows, partial(_in_column, address))
        if column is not None:
            return column, address, system
    lower = {name.strip().lower(): name for name in columns}
    named = next((lower[name] for name in _NAMES if name in lower), None)
    column = _best(columns, rows, partial(_in_column, _KEY)) or named
    if column is None:
        return None
    system = next((name for name, mark in _MARKS.items() if mark in lower), _SOME_SYSTEM)
    return column, _ANY, system


def _pairs(
    rows: Sequence[tuple[int, Mapping[str, str]]],
    tracker: str,
    successor: str,
    pattern: re.Pattern[str],
    system: str,
) -> list[Pair]:
    found = []
    for line, row in rows:
        story_id, successor_id = (
            _story_of(tracker, row[tracker].strip()),
            _group(pattern, row[successor]),
        )
        if story_id is not None and successor_id is not None:
            found.append(Pair(line, int(story_id), successor_id, system))
    return found


def _best(
    columns: Sequence[str],
    rows: Sequence[tuple[int, Mapping[str, str]]],
    told: Callable[[str, str], str | None],
) -> str | None:
    """The column with most cells that tell it: at least half of the cells that are not empty."""
    shares: dict[str, int] = {}
    for column in columns:
        cells = [row[column].strip() for _, row in rows if row[column].strip()]
        telling = sum(told(column, cell) is not None for cell in cells)
        if telling * 2 >= len(cells) > 0:
            shares[column] = telling
    return max(shares, key=lambda name: shares[name], default=None)


def _story_of(column: str, cell: str) -> str | None:
    """The story that a cell names: by one URL, or by its id in a column of Tracker's ids."""
    urls = set(_STORY_URL.findall(cell))
    if len(urls) == 1:
        return str(urls.pop())
    if _OF_TRACKER.search(column):
        return _group(_STORY_ID, cell)
    return None


def _in_column(pattern: re.Pattern[str], _column: str, cell: str) -> str | None:
    return _group(pattern, cell)


def _group(pattern: re.Pattern[str], cell: str) -> str | None:
    found = pattern.fullmatch(cell.strip())
    return found[1] if found else None
