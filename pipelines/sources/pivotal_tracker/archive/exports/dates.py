"""Dates as an export writes them, and as spreadsheets rewrite them.

A date of numbers alone (``11/6/2023``) does not say which number is the day. All dates of a file
do, as soon as one number is above 12. Where none is, the file is refused.

Here: text to date. Not here: which zone a day is in (``cells``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: What lies outside is a slip of the pen.
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
#: As an export writes it.
WRITTEN = r"([A-Za-z]{3,9})\.? (\d{1,2}), (\d{4})"
_TIME = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_PATTERN = re.compile(WRITTEN + _TIME)
_DAY_FIRST = re.compile(r"(\d{1,2})[-. ]([A-Za-z]{3,9})\.?[-. ,]+(\d{4}|\d{2})" + _TIME)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME)
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME)


class AmbiguousDates(Exception):
    """Which number is the day, cannot be told: ``contradict`` where dates say the one and the other."""

    def __init__(self, dates: str, *, contradict: bool) -> None:
        super().__init__(dates)
        self.contradict = contradict


# The same few thousand days come again and again in an export, and would be most of its reading.
@lru_cache(maxsize=1 << 14)
def day(text: str, *, day_first: bool | None = None) -> date | None:
    """The date that ``text`` is, ``None`` for anything else. ``day_first`` tells of dates of numbers alone.

    >>> day("May 6, 2014"), day("6-Nov-23"), day("11/22/2014", day_first=False)
    (datetime.date(2014, 5, 6), datetime.date(2023, 11, 6), datetime.date(2014, 11, 22))
    """
    try:
        found = _day(text, day_first)
    except ValueError:
        return None
    return found if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _day(text: str, day_first: bool | None) -> date | None:
    if written := _PATTERN.fullmatch(text):
        return date(int(written[3]), _month(written[1]), int(written[2]))
    if found := _YEAR_FIRST.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return date(_year(found[3]), _month(found[2]), int(found[1]))
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        is_day_first = found[2] == "." if day_first is None else day_first
        number, month = (first, second) if is_day_first else (second, first)
        return date(_year(found[4]), month, number)
    return None


def is_numbers(text: str) -> bool:
    """Whether it is a date of numbers alone, where somebody has to say which number is the day."""
    found = _NUMBERS.fullmatch(text)
    return found is not None and found[2] != "."


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether the day comes first in these dates of numbers alone; ``None`` without any.

    Raises ``AmbiguousDates`` where nothing tells, or some say the one and some the other.
    """
    doubtful = None
    votes: dict[bool, str] = {}
    for text in texts:
        found = _NUMBERS.fullmatch(text)
        if found is None or found[2] == ".":
            continue
        first, second = int(found[1]), int(found[3])
        if first != second and max(first, second) > 12:
            votes.setdefault(first > 12, text)
        elif first != second:
            doubtful = doubtful or text
    if len(votes) == 2:
        raise AmbiguousDates(f"{votes[True]!r} and {votes[False]!r}", contradict=True)
    if not votes and doubtful:
        raise AmbiguousDates(repr(doubtful), contradict=False)
    return next(iter(votes), None)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _year(text: str) -> int:
    """Tracker began in 2006, so that two digits are of this century."""
    return int(text) if len(text) == 4 else 2000 + int(text)
