"""Instants as sources write them: one parser, and the form in which any destination reads them as meant.

Here: ISO 8601 and its usual variants, between the years 1 and 9999. Not here: durations, and which texts are instants.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_FORM = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r" ?(?:([Zz]|UTC)|([+-])(\d\d)(?::?(\d\d))?)?"
)
# How nearly all are written: Python's own parser reads these, several times faster, where they name a moment.
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z")
# What DuckDB and PostgreSQL read as it is meant.
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?")


def read_instant(text: str) -> datetime | None:
    """The instant in UTC that ``text`` names; without a zone it is in UTC, a date is its first moment. ``None`` for others.

    A leap second is the first moment of the next minute, 24:00 of the next day; what is below a microsecond is cut off.
    """
    return _understood(text)[0]


def plain_instant(text: str) -> str | None:
    """``text`` itself where every destination reads it as it is meant, else the same instant in UTC; ``None`` if it is none."""
    return _understood(text)[1]


# A record's instant is asked for by the window's filter, by the conformer and for the cursor, one soon after another.
@lru_cache(maxsize=1 << 14)
def _understood(text: str) -> tuple[datetime | None, str | None]:
    """The instant that ``text`` names, and how it is written plainly."""
    if _USUAL.fullmatch(text):
        try:
            return datetime.fromisoformat(f"{text[:-1]}+00:00"), text
        except ValueError:
            # No day or no time of day; or a leap second, which Python does not know.
            pass
    moment = _any_instant(text)
    if moment is None:
        return None, None
    return moment, text if _PLAIN.fullmatch(text) else f"{moment.replace(tzinfo=None).isoformat()}Z"


def _any_instant(text: str) -> datetime | None:
    """As ``read_instant``, in whatever form."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    microsecond = int((found[7] or "").ljust(6, "0")[:6])
    extra = timedelta()
    if second == 60:
        second, extra = 59, timedelta(seconds=1)
    if (hour, minute, second, microsecond) == (24, 0, 0, 0):
        hour, extra = 0, timedelta(days=1)
    offset = timedelta(hours=int(found[10] or 0), minutes=int(found[11] or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second, microsecond, timezone.utc)
        return moment + extra - (-offset if found[9] == "-" else offset)
    except (OverflowError, ValueError):
        return None
