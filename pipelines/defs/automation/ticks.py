"""What every tick shares: the time, and how long it may wait. Dagster ends a tick after 60 seconds."""

from __future__ import annotations

from datetime import datetime, timezone

#: No request begins later than this; the last one may take 20 seconds more.
SECONDS_TO_LOOK = 20.0
#: How long a tick waits for a warehouse that somebody else has open, each of the two times it may open it.
SECONDS_TO_LOCK = 5.0


def utc_now() -> datetime:
    """The moment of a tick."""
    return datetime.now(timezone.utc)
