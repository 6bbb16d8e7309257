"""What the Clockify sensor remembers: from when the feeds must be read again, and whether they asked to be left alone.

Losing it costs one longer look.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from pipelines.sources.clockify.changes import REACH

#: Changes may appear late in the feeds; deletions were seen a minute late.
OVERLAP = timedelta(minutes=10)
LONGEST_REST = timedelta(hours=6)
_SHORTEST_SPAN = timedelta(minutes=1)


@dataclass(frozen=True)
class FeedCursor:
    """All changes before ``since`` are settled. ``span``: how wide a window fits into one tick.

    Until ``resting_until`` the feeds are not asked, for ``reason``.
    """

    since: datetime
    span: timedelta
    resting_until: datetime | None = None
    reason: str = ""

    @classmethod
    def read(cls, text: str | None, now: datetime) -> FeedCursor:
        """The saved cursor; the feeds' whole reach where ``text`` is missing, garbled or too old."""
        earliest = now - REACH + timedelta(minutes=1)
        try:
            saved = json.loads(text or "")
            since = datetime.fromisoformat(saved["since"]).astimezone(timezone.utc)
            span = timedelta(seconds=float(saved["span_seconds"]))
            rest = saved.get("resting_until")
            resting_until = datetime.fromisoformat(rest) if rest else None
            is_resting = resting_until is not None and now < resting_until <= now + LONGEST_REST
        except (ValueError, TypeError, KeyError, OverflowError):
            return cls(earliest, REACH)
        return cls(
            since=min(max(since, earliest), now - OVERLAP),
            span=min(max(span, _SHORTEST_SPAN), REACH),
            resting_until=resting_until if is_resting else None,
            reason=str(saved.get("reason", "")) if is_resting else "",
        )

    @property
    def text(self) -> str:
        saved: dict[str, object] = {
            "since": self.since.isoformat(),
            "span_seconds": self.span.total_seconds(),
        }
        if self.resting_until:
            saved["resting_until"] = self.resting_until.isoformat()
            saved["reason"] = self.reason
        return json.dumps(saved)

    def window_end(self, now: datetime) -> datetime:
        """The end of the window that the next look covers."""
        return min(self.since + self.span, now)

    def resting(self, until: datetime, reason: str) -> FeedCursor:
        """The same place, not to be asked about before ``until``."""
        return replace(self, resting_until=until, reason=reason)

    def narrowed(self) -> FeedCursor:
        """After a window that did not fit into a tick: the same start, half the width."""
        return FeedCursor(self.since, max(self.span / 2, _SHORTEST_SPAN))

    def moved(self, now: datetime, unsettled: Iterable[datetime]) -> FeedCursor:
        """After a window that was read whole: up to its end, but never past an unsettled change."""
        since = min([self.window_end(now), now - OVERLAP, *unsettled])
        return FeedCursor(since, min(self.span * 2, REACH))
