"""Row counts: whether a table grew or shrank by much more than it usually does between two reads.

Here: arithmetic on counts. Not here: where the counts of earlier reads are kept. A read that would remove more than
half of a table is refused before it happens (``warehouse.publish``); this notices what is less plain than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

#: With fewer earlier reads than this nothing is known about what is usual.
ENOUGH_HISTORY = 5

# A change is unusual beyond all of: some rows, some share of the table, and a multiple of how changes usually scatter.
_ROWS = 10
_SHARE = 0.05
_SPREADS = 6.0


@dataclass(frozen=True)
class RowCountChange:
    """The last change of a table's row count beside the usual one, in rows.

    ``usual`` and ``allowed`` (the largest distance from it) are ``None`` without enough history.
    """

    rows: int
    change: int | None
    usual: float | None
    allowed: float | None

    @property
    def ok(self) -> bool:
        if self.change is None or self.usual is None or self.allowed is None:
            return True
        return abs(self.change - self.usual) <= self.allowed


def row_count_change(earlier: Sequence[int], rows: int) -> RowCountChange:
    """Compare ``rows`` with the counts after ``earlier`` reads, oldest first.

    What is usual is the median of the earlier changes, not the level, because most tables grow; their scatter is the
    median distance from it, so that one odd read of the past neither hides nor causes a warning. Example: after
    100, 104, 107, 112, 115 the usual change is +3.5, give or take 10 rows (the floor): 128 passes, 129 does not.
    """
    if len(earlier) < ENOUGH_HISTORY:
        change = rows - earlier[-1] if earlier else None
        return RowCountChange(rows, change, None, None)
    changes = [after - before for before, after in pairwise(earlier)]
    usual = median(changes)
    scatter = median(abs(change - usual) for change in changes)
    allowed = max(_ROWS, _SHARE * earlier[-1], _SPREADS * scatter)
    return RowCountChange(rows, rows - earlier[-1], usual, allowed)
