"""Instants between text and ``datetime``: whole seconds, UTC, ``Z``, as both APIs write them.

Here: parsing, writing and the local midnight of a zone. Not here: what an instant means to an endpoint.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo


def parse_instant(text: str) -> datetime:
    """The UTC instant of ISO 8601 *text* with an offset or ``Z``; text without one is read as UTC.

    Raises ``ValueError`` for anything else.
    """
    normal = text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text
    instant = datetime.fromisoformat(normal)
    if instant.tzinfo is None:
        return instant.replace(tzinfo=timezone.utc)
    return instant.astimezone(timezone.utc)


def instant_text(instant: datetime) -> str:
    """*instant* as ``YYYY-MM-DDTHH:MM:SSZ``; a fraction of a second is cut off."""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which *day* begins in *zone*."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def iso_duration(length: timedelta) -> str:
    """*length* as Clockify writes it: hours may exceed 24, zero parts are left out, zero is ``PT0S``."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n]
    return "PT" + ("".join(parts) or "0S")
