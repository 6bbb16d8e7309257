"""What single cells of an export say: dates, numbers, words, comments.

A date has neither time nor zone. What begins on a day begins with its first second, what ends on it ends with its last
one, in the project's zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipelines.sources.instants import instant_text, local_midnight
from pipelines.sources.pivotal_tracker.archive.exports.dates import WRITTEN, day, is_numbers
from pipelines.sources.pivotal_tracker.archive.exports.table import Row

# An author may have parentheses of their own.
_AUTHOR = r"[^()\n]*(?:\([^()\n]*\)[^()\n]*)*"
_COMMENT = re.compile(rf"(.*)\(({_AUTHOR}) - ({WRITTEN})\)\s*", re.DOTALL)

_LONGEST_SIGNATURE = 300
_LAST_ITERATION = 9999

TYPES = ("feature", "bug", "chore", "release", "epic")
STATES = (
    *("unscheduled", "unstarted", "planned", "started"),
    *("finished", "delivered", "accepted", "rejected"),
)
_PRIORITIES = {
    "": None,
    "none": "none",
    **{
        f"{name} - {word}": name
        for name, word in zip(
            ("p0", "p1", "p2", "p3"), ("critical", "high", "medium", "low"), strict=True
        )
    },
    **{name: name for name in ("p0", "p1", "p2", "p3")},
}
_REVIEW_STATES = {"": "unstarted", **{s: s for s in ("unstarted", "in_review", "pass", "revise")}}
_BLOCKER_STATES = {"": False, "blocked": False, "resolved": True}
_TASK_STATES = {"": False, "not completed": False, "completed": True}


@dataclass(frozen=True)
class Comment:
    """A comment cell; author and day are ``None`` where the cell does not end with them."""

    text: str
    author: str | None
    day: date | None


_often = lru_cache(maxsize=1 << 14)


def day_of(row: Row, column: str) -> date | None:
    """The date in a column, ``None`` where it is empty or no date."""
    text = row.one(column)
    if not text:
        return None
    order = row.table.day_first(column) if is_numbers(text) else None
    found = day(text, day_first=order)
    if found is None:
        row.tell(column, f"{text!r} is not a date such as Nov 22, 2014, and was left out")
    return found


@_often
def beginning(of: date, zone: ZoneInfo) -> str:
    """The first second of a local day, as v5 writes instants."""
    return instant_text(local_midnight(of, zone))


@_often
def end(of: date, zone: ZoneInfo) -> str:
    """The last second of a local day."""
    return instant_text(local_midnight(of + timedelta(days=1), zone) - timedelta(seconds=1))


def id_of(row: Row) -> int:
    """The id. Raises ``RowError``."""
    text = row.one("Id").removeprefix("#")
    if not text:
        raise row.leave_out("Id", "is empty")
    if "E+" in text.upper():
        raise row.leave_out(
            "Id", f"{text!r} has lost digits in a spreadsheet: export the project again"
        )
    found = _whole(text)
    if found is None:
        raise row.leave_out("Id", f"{text!r} is not a whole number")
    return found


def iteration_number_of(row: Row) -> int | None:
    """The number of the iteration, ``None`` where it is empty or no number."""
    text = row.one("Iteration")
    found = _whole(text) if text else None
    if text and (found is None or not 0 < found <= _LAST_ITERATION):
        row.tell("Iteration", f"{text!r} is not the number of an iteration, and was left out")
        return None
    return found


def _whole(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,18})(?:[.,]0+)?", text, re.ASCII)
    return int(found[1]) if found else None


def estimate_of(row: Row) -> float | None:
    """The estimate in points; ``None`` where the cell is empty, -1, or no number."""
    text = row.one("Estimate").replace(",", ".")
    if not text or re.fullmatch(r"-1(\.0+)?", text):
        return None
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        row.tell("Estimate", f"{text!r} is not a number of points, and was left out")
        return None
    points = float(text)
    return int(points) if points.is_integer() else points


def type_of(row: Row) -> str:
    """The story type, or ``epic``; an empty cell is a feature, as in Tracker's own import. Raises ``RowError``."""
    return _of_few(row, "Type", row.one("Type").lower() or "feature", TYPES)


def state_of(row: Row) -> str:
    """The state; an empty cell is unscheduled, as in Tracker's own import. Raises ``RowError``."""
    return _of_few(row, "Current State", row.one("Current State").lower() or "unscheduled", STATES)


def priority_of(row: Row) -> str | None:
    """``p0`` to ``p3`` or ``none``, or the cell's own word; ``None`` where it is empty."""
    return _word(row, "Priority", row.one("Priority").lower(), _PRIORITIES)


def is_resolved(row: Row, text: str) -> bool:
    return _is(row, "Blocker Status", text, _BLOCKER_STATES)


def is_complete(row: Row, text: str) -> bool:
    return _is(row, "Task Status", text, _TASK_STATES)


def review_status(row: Row, text: str) -> str | None:
    """The status of a review, or the cell's own word."""
    return _word(row, "Review Status", text.lower().replace(" ", "_"), _REVIEW_STATES)


def labels_of(row: Row) -> list[str]:
    """Label names, in lower case as Tracker stores them, each once.

    >>> labels_of(Row(None, 2, {"Labels": ["Dunning, ui , dunning"]}))
    ['dunning', 'ui']
    """
    names = (name.strip().lower() for name in row.one("Labels").split(","))
    return list(dict.fromkeys(name for name in names if name))


def comment_of(cell: str) -> Comment:
    """A comment cell in its parts.

    >>> comment_of("Fine (I think) (Ines Okafor - Mar 8, 2024)")
    Comment(text='Fine (I think)', author='Ines Okafor', day=datetime.date(2024, 3, 8))
    """
    text, tail = cell[:-_LONGEST_SIGNATURE], cell[-_LONGEST_SIGNATURE:]
    found = _COMMENT.fullmatch(tail)
    written = day(found[3]) if found else None
    if found is None or written is None:
        return Comment(cell, None, None)
    return Comment((text + found[1]).strip(), found[2].strip(), written)


def _of_few(row: Row, column: str, text: str, words: tuple[str, ...]) -> str:
    """One of a few words, without which a row says nothing."""
    if text not in words:
        raise row.leave_out(column, f"{text!r} is none of {', '.join(words)}")
    return text


def _word(row: Row, column: str, text: str, known: Mapping[str, str | None]) -> str | None:
    if text in known:
        return known[text]
    row.tell(column, f"{text!r} is none of {', '.join(filter(None, known))}, and was kept as it is")
    return text


def _is(row: Row, column: str, text: str, known: Mapping[str, bool]) -> bool:
    found = known.get(text.lower())
    if found is None:
        row.tell(
            column, f"{text!r} is none of {', '.join(filter(None, known))}, and was taken for no"
        )
    return bool(found)
