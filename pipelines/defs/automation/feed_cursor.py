"""What the Clockify sensor remembers: from when the feeds must be read again. Losing it costs one longer look."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pipelines.feeds.clockify_changes import REACH

#: Changes may appear late in the feeds; deletions were seen a minute late.
OVERLAP = timedelta(minutes=10)
_SHORTEST_SPAN = timedelta(minutes=1)


@dataclass(frozen=True)
class FeedCursor:
    """All changes before ``since`` are settled. ``span``: how wide a window fits into one tick."""

    since: datetime
    span: timedelta

    @classmethod
    def read(cls, text: str | None, now: datetime) -> FeedCursor:
        """The saved cursor; the feeds' whole reach where ``text`` is missing, garbled or too old."""
        earliest = now - REACH + timedelta(minutes=1)
        try:
            saved = json.loads(text or "")
            since = datetime.fromisoformat(saved["since"]).astimezone(timezone.utc)
            span = timedelta(seconds=float(saved["span_seconds"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            return cls(earliest, REACH)
        return cls(
            since=min(max(since, earliest), now - OVERLAP),
            span=min(max(span, _SHORTEST_SPAN), REACH),
        )

    @property
    def text(self) -> str:
        return json.dumps(
            {"since": self.since.isoformat(), "span_seconds": self.span.total_seconds()}
        )

    def window_end(self, now: datetime) -> datetime:
        """The end of the window that the next look covers."""
        return min(self.since + self.span, now)

    def narrowed(self) -> FeedCursor:
        """After a window that did not fit into a tick: the same start, half the width."""
        return FeedCursor(self.since, max(self.span / 2, _SHORTEST_SPAN))

    def moved(self, now: datetime, unsettled: Iterable[datetime]) -> FeedCursor:
        """After a window that was read whole: up to its end, but never past an unsettled change."""
        since = min([self.window_end(now), now - OVERLAP, *unsettled])
        return FeedCursor(since, min(self.span * 2, REACH))
