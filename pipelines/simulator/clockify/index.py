"""Time entries sorted once: per user and over all, for windows and pages of large worlds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipelines.simulator.model import Record, World
from pipelines.sources.instants import instant_text


def start_of(entry: Record) -> str:
    start: str = entry["timeInterval"]["start"]
    return start


class EntryIndex:
    """The entries of one state of a world; a newer state needs a new index."""

    def __init__(self, world: World) -> None:
        self._source = world.clockify.time_entries
        self._stamp = (world.revision, len(self._source))
        self.by_id = {entry["id"]: entry for entry in self._source}
        #: Each user's entries, oldest start first; equal starts in order of entry.
        self.by_user: dict[str, list[Record]] = {}
        for entry in sorted(self._source, key=start_of):
            self.by_user.setdefault(entry["userId"], []).append(entry)
        self._starts = {user: [start_of(e) for e in own] for user, own in self.by_user.items()}
        self.running = [e for e in self._source if e["timeInterval"]["end"] is None]
        self._stopped = sorted(
            (e for e in self._source if e["timeInterval"]["end"] is not None), key=start_of
        )
        self._stopped_starts = [start_of(e) for e in self._stopped]
        self._orders: dict[tuple[str, str, str], list[Record]] = {}

    def describes(self, world: World) -> bool:
        """Whether *world* is still in the state that was indexed."""
        source = world.clockify.time_entries
        return self._source is source and self._stamp == (world.revision, len(source))

    def newest_first(
        self, user_id: str, start: datetime | None, end: datetime | None
    ) -> list[Record]:
        """The user's entries with ``start <= timeInterval.start < end``, newest start first."""
        own, starts = self.by_user.get(user_id, []), self._starts.get(user_id, [])
        first = bisect_left(starts, instant_text(start)) if start else 0
        after_last = bisect_left(starts, instant_text(end)) if end else len(own)
        return own[first:after_last][::-1]

    def stopped(
        self, low: str, high: str, order: str, key: Callable[[Record], Any]
    ) -> list[Record]:
        """Everybody's stopped entries with ``low <= timeInterval.start <= high``, by ``key``, which ``order`` names."""
        asked = (low, high, order)
        if asked not in self._orders:
            first = bisect_left(self._stopped_starts, low)
            after_last = bisect_right(self._stopped_starts, high)
            self._orders[asked] = sorted(self._stopped[first:after_last], key=key)
        return self._orders[asked]


class IndexCache:
    """The index of the world that was asked for last."""

    def __init__(self) -> None:
        self._index: EntryIndex | None = None

    def of(self, world: World) -> EntryIndex:
        """The index of *world*, made anew only when the world has changed."""
        if self._index is None or not self._index.describes(world):
            self._index = EntryIndex(world)
        return self._index
