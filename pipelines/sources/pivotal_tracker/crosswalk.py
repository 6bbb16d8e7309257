"""The story crosswalk: which story of Tracker became which one of its successor, from a CSV that somebody keeps.

Columns ``tracker_id``, ``successor_id``, ``system``, in any order; others are ignored. Or a file of the other system in which
one column tells Tracker's stories, or their titles (``importers``). A story has at most one successor in a system, and a successor stands for
one story. Here: reading and checking the file. Not here: what follows from it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.pivotal_tracker.importers import Pair, Titled, pairs_in, titles_in

#: The system of successors that live on a host with Tracker's own API, such as LiteTracker; their ids are numbers.
TRACKER_V5 = "tracker-v5"

_COLUMNS = ("tracker_id", "successor_id", "system")


class CrosswalkError(Exception):
    """The file cannot be used; the message names it, and the line."""


@dataclass(frozen=True)
class Successor:
    """One line: the story ``story_id`` of Tracker goes on as ``successor_id`` in ``system``."""

    story_id: int
    successor_id: str
    system: str


def read_crosswalk(path: Path | None) -> tuple[Successor, ...]:
    """The lines of the file that name a story, none without a file. Raises ``CrosswalkError``."""
    return tuple(line for line in _read(path) if isinstance(line, Successor))


def read_titles(path: Path | None) -> tuple[Titled, ...]:
    """The lines of a file in which no column tells Tracker's stories, but one their titles. Raises ``CrosswalkError``."""
    return tuple(line for line in _read(path) if isinstance(line, Titled))


def _read(path: Path | None) -> Sequence[Successor] | Sequence[Titled]:
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(path, csv.DictReader(file, strict=True))
    except OSError as error:
        raise CrosswalkError(f"{path}: cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CrosswalkError(f"{path}: is not a CSV file in UTF-8: {error}.") from None


def _rows(path: Path, reader: csv.DictReader[str]) -> Sequence[Successor] | Sequence[Titled]:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        return _rows_of_importer(path, reader, missing[0])
    rows: list[Successor] = []
    lines_by_story: dict[tuple[int, str], int] = {}
    lines_by_successor: dict[tuple[str, str], int] = {}
    for cells in reader:
        where = f"{path}, line {reader.line_num}"
        row = _successor(where, {name: (cells[name] or "").strip() for name in _COLUMNS})
        twin = lines_by_story.setdefault((row.story_id, row.system), reader.line_num)
        if twin != reader.line_num:
            raise CrosswalkError(
                f"{where}: story {row.story_id} has a successor in {row.system} on line {twin} already."
            )
        twin = lines_by_successor.setdefault((row.successor_id, row.system), reader.line_num)
        if twin != reader.line_num:
            raise CrosswalkError(
                f"{where}: {row.successor_id} of {row.system} is a successor on line {twin} already."
            )
        rows.append(row)
    return rows


def _rows_of_importer(
    path: Path, reader: csv.DictReader[str], missing: str
) -> Sequence[Successor] | Sequence[Titled]:
    """What a file of another system says; a line that says the same again is no other one."""
    header = [name for name in reader.fieldnames or () if name]
    cells = [(reader.line_num, {name: row.get(name) or "" for name in header}) for row in reader]
    pairs = pairs_in(header, cells)
    if pairs is None:
        titles = titles_in(header, cells)
        if titles:
            return titles
        raise CrosswalkError(
            f"{path}, line 1: column {missing} is missing, and no column has Tracker's story URLs, or ids under "
            "a name with pivotal, tracker or external, or titles of stories, beside keys or URLs of another system."
        )
    by_story: dict[tuple[int, str], Pair] = {}
    by_successor: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        twins = (
            by_story.setdefault((pair.story_id, pair.system), pair),
            by_successor.setdefault((pair.successor_id, pair.system), pair),
        )
        for twin in twins:
            if (twin.story_id, twin.successor_id) != (pair.story_id, pair.successor_id):
                raise CrosswalkError(
                    f"{path}, line {pair.line}: story {pair.story_id} is {pair.successor_id}, but line {twin.line} "
                    f"says that story {twin.story_id} is {twin.successor_id}."
                )
    return [Successor(p.story_id, p.successor_id, p.system) for p in by_story.values()]


def _successor(where: str, cells: dict[str, str]) -> Successor:
    tracker_id, successor_id, system = (cells[name] for name in _COLUMNS)
    if not _is_story_id(tracker_id):
        raise CrosswalkError(f"{where}, column tracker_id: {tracker_id!r} is not a story id.")
    if not successor_id or not system:
        empty = "system" if successor_id else "successor_id"
        raise CrosswalkError(f"{where}, column {empty}: is empty.")
    if system == TRACKER_V5 and not _is_story_id(successor_id):
        raise CrosswalkError(
            f"{where}, column successor_id: {successor_id!r} is not a story id, as {system} has them."
        )
    return Successor(int(tracker_id), successor_id, system)


def _is_story_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
