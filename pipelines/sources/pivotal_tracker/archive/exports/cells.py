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
from typing import TypeVar
from zoneinfo import ZoneInfo

from pipelines.simulator.instants import instant_text, local_midnight
from pipelines.sources.pivotal_tracker.archive.exports.table import Row

_Chosen = TypeVar("_Chosen")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN_DATE = r"([A-Za-z]{3,9})\.? (\d{1,2}), (\d{4})"
# An author may have parentheses of their own.
_AUTHOR = r"[^()\n]*(?:\([^()\n]*\)[^()\n]*)*"
_COMMENT = re.compile(rf"(.*)\(({_AUTHOR}) - ({_WRITTEN_DATE})\)\s*", re.DOTALL)

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


# The same few thousand days come again and again in an export, and would be most of its reading.
_often = lru_cache(maxsize=1 << 14)


@_often
def day(text: str) -> date | None:
    """``Nov 22, 2014`` (English, as an export writes it) or ``2014-11-22``; ``None`` for anything else.

    >>> day("May 6, 2014")
    datetime.date(2014, 5, 6)
    """
    written = re.fullmatch(_WRITTEN_DATE, text)
    try:
        if written is None:
            return date.fromisoformat(text)
        month = _MONTHS.index(written[1][:3].lower()) + 1
        return date(int(written[3]), month, int(written[2]))
    except ValueError:
        return None


def day_of(row: Row, column: str) -> date | None:
    """The date in a column, ``None`` where it is empty."""
    text = row.one(column)
    if not text:
        return None
    found = day(text)
    if found is None:
        raise row.error(column, f"{text!r} is not a date such as Nov 22, 2014")
    return found


@_often
def beginning(of: date, zone: ZoneInfo) -> str:
    """The first second of a local day, as v5 writes instants."""
    return instant_text(local_midnight(of, zone))


@_often
def end(of: date, zone: ZoneInfo) -> str:
    """The last second of a local day."""
    return instant_text(local_midnight(of + timedelta(days=1), zone) - timedelta(seconds=1))


def number_of(row: Row, column: str) -> int | None:
    """The whole number in a column, ``None`` where it is empty."""
    text = row.one(column)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,18}", text):
        raise row.error(column, f"{text!r} is not a whole number")
    return int(text)


def estimate_of(row: Row) -> float | None:
    """The estimate in points; ``None`` where the cell is empty or -1."""
    text = row.one("Estimate")
    if text in ("", "-1"):
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise row.error("Estimate", f"{text!r} is not a number of points")
    points = float(text)
    return int(points) if points.is_integer() else points


def type_of(row: Row) -> str:
    """The story type, or ``epic``; an empty cell is a feature, as in Tracker's own import."""
    return _choice(
        row, "Type", row.one("Type").lower() or "feature", {name: name for name in TYPES}
    )


def state_of(row: Row) -> str:
    """The state; an empty cell is unscheduled, as in Tracker's own import."""
    text = row.one("Current State").lower() or "unscheduled"
    return _choice(row, "Current State", text, {name: name for name in STATES})


def priority_of(row: Row) -> str | None:
    """``p0`` to ``p3`` or ``none``; ``None`` where the cell is empty."""
    return _choice(row, "Priority", row.one("Priority").lower(), _PRIORITIES)


def is_resolved(row: Row, text: str) -> bool:
    return _choice(row, "Blocker Status", text.lower(), _BLOCKER_STATES)


def is_complete(row: Row, text: str) -> bool:
    return _choice(row, "Task Status", text.lower(), _TASK_STATES)


def review_status(row: Row, text: str) -> str:
    return _choice(row, "Review Status", text.lower().replace(" ", "_"), _REVIEW_STATES)


def labels_of(row: Row) -> list[str]:
    """Label names, in lower case as Tracker stores them, each once.

    >>> labels_of(Row("f.csv", 2, {"Labels": ["Dunning, ui , dunning"]}))
    ['dunning', 'ui']
    """
    names = (name.strip().lower() for name in row.one("Labels").split(","))
    return list(dict.fromkeys(name for name in names if name))


def comment_of(cell: str) -> Comment:
    """A comment cell in its parts.

    >>> comment_of("Fine (I think) (Ines Okafor - Mar 8, 2024)")
    Comment(text='Fine (I think)', author='Ines Okafor', day=datetime.date(2024, 3, 8))
    """
    found = _COMMENT.fullmatch(cell)
    written = day(found[3]) if found else None
    if found is None or written is None:
        return Comment(cell, None, None)
    return Comment(found[1].strip(), found[2].strip(), written)


def _choice(row: Row, column: str, text: str, choices: Mapping[str, _Chosen]) -> _Chosen:
    if text not in choices:
        raise row.error(column, f"{text!r} is none of {', '.join(filter(None, choices))}")
    return choices[text]
