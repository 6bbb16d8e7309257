"""Windows of iterations as the exports of a project tell them.

Until something is accepted, the start of a project floats, and an export predicts other windows than a later one. So an
older export has a say only where it does not contradict a later one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, pairwise

#: So many iterations tell the usual length.
_SOME = 3


@dataclass(frozen=True)
class Window:
    """An iteration by its local days, the last one included."""

    first: date
    last: date

    @property
    def weeks(self) -> int:
        return max(1, round(((self.last - self.first).days + 1) / 7))


@dataclass
class Windows:
    """What the exports of one project say, by the stamp of the export and the iteration's number."""

    _told: dict[str, dict[int, Window]] = field(default_factory=dict)

    def add(self, stamp: str, number: int, window: Window) -> bool:
        """Note a window; false if the same export had another for the number, which is replaced."""
        of_export = self._told.setdefault(stamp, {})
        earlier = of_export.get(number, window)
        of_export[number] = window
        return earlier == window

    def merged(self) -> dict[int, Window]:
        """The windows by number, in their order: of the latest export, and of older ones that agree with it."""
        merged: dict[int, Window] = {}
        for stamp in sorted(self._told, reverse=True):
            both = {**self._told[stamp], **merged}
            agrees = all(both[number] == window for number, window in self._told[stamp].items())
            if not merged or (agrees and _fits(both)):
                merged = both
        return dict(sorted(merged.items()))


def _fits(windows: dict[int, Window]) -> bool:
    """Whether time goes on with the numbers, with a week at least for each number between."""
    return all(
        later.first - earlier.last > timedelta(weeks=following - number - 1)
        for (number, earlier), (following, later) in pairwise(sorted(windows.items()))
    )


def usual_weeks(windows: Iterable[Window]) -> int:
    """The most frequent length of the first few, of equally frequent ones the first."""
    return Counter(window.weeks for window in islice(windows, _SOME)).most_common(1)[0][0]
