"""Time arithmetic in whole epoch seconds.

Instants are ``int`` seconds since 1970 UTC inside the generator (fast, no zone mistakes) and ISO 8601 text in the
records. Not here: who works when (``calendar``) and Tracker's iterations.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from pipelines.sources import instants

#: The first day of the company's history.
EPOCH = date(2025, 12, 1)
HOUR = 3600
DAY = 24 * HOUR
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

_UNIX_EPOCH = date(1970, 1, 1)


def seconds(moment: datetime) -> int:
    """Epoch seconds of an aware datetime; fractions of a second are cut off."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return int(moment.timestamp())


def iso(at: int) -> str:
    """``2026-03-02T08:15:00Z``."""
    days, rest = divmod(at, DAY)
    hours, rest = divmod(rest, HOUR)
    return f"{_iso_day(days)}T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}Z"


@cache
def _iso_day(days: int) -> str:
    return (_UNIX_EPOCH + timedelta(days=days)).isoformat()


def iso_duration(length: int) -> str:
    """``PT8H30M`` of 30,600 seconds."""
    return instants.iso_duration(timedelta(seconds=length))


@cache
def midnight(zone: str, day: date) -> int:
    """The instant at which ``day`` begins in ``zone``."""
    return int(instants.local_midnight(day, ZoneInfo(zone)).timestamp())


def local_day(zone: str, at: int) -> date:
    """The date on the wall in ``zone``."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date()


def utc_day(at: int) -> date:
    return _UNIX_EPOCH + timedelta(days=at // DAY)


def quarter(at: int) -> int:
    """How many quarters of a year have begun since that of the epoch, in UTC."""
    day = utc_day(at)
    return 4 * (day.year - EPOCH.year) + (day.month - 1) // 3 - (EPOCH.month - 1) // 3


def utc_offset(zone: str, at: int) -> str:
    """``-07:00``, as Tracker shows a project's zone on the day of the call."""
    text = datetime.fromtimestamp(at, timezone.utc).astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def days(first: date, last: date) -> Iterator[date]:
    """Every date from ``first`` to ``last``, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def monday(day: date) -> date:
    """The Monday of the week that holds ``day``."""
    return day - timedelta(days=day.weekday())
