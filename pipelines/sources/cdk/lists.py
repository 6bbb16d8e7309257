"""One list as it comes, page by page: what of it was seen, and whether it can be all of it.

Here: the arithmetic of pages, pure values. Not here: requests and headers (``pages``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.pyairbyte.unreadable import text_of

#: So many rows of a page are asked for once more with the next page, where pages allow it. A row of them that is seen again
#: shows that nothing slipped through between the two.
OVERLAP = 3


def identity(row: dict[str, Any]) -> Any:
    """What tells a row from the others of its list: its id, or all of it."""
    found = row.get("id", row.get("guid", row.get("_id")))
    return found if isinstance(found, str | int) else text_of(row)


@dataclass
class ListSoFar:
    """What came of a list. ``reach`` is how many of its rows, counted from the first, the pages have covered."""

    reach: int = 0
    #: Rows that no earlier page had. One that is twice on a page counts twice: the server lists it twice.
    came: int = 0
    #: The server's own counts, as far as it gives any.
    totals: list[int] = field(default_factory=list)
    #: Whether the page before said that there are more.
    is_more_promised: bool = False
    #: Rows of the largest page.
    page_rows: int = 0
    _seen: set[Any] = field(default_factory=set)

    def take(self, rows: Sequence[dict[str, Any]], start: int, total: int | None) -> PageTaken:
        """Note a page that begins at the row number ``start``, with the ``total`` that came with it."""
        keys = [identity(row) for row in rows]
        new = [key for key in keys if key not in self._seen]
        overlap = self.reach - start
        is_shorter = bool(self.totals and total is not None and total < self.totals[-1])
        taken = PageTaken(
            rows=len(keys),
            new=len(new),
            is_torn=is_shorter or bool(overlap > 0 and keys and len(new) == len(keys)),
            is_repeated=bool(self._seen and keys and not new and len(keys) > overlap),
        )
        self._seen.update(keys)
        self.came += len(new)
        self.reach = max(self.reach, start + len(keys))
        self.page_rows = max(self.page_rows, len(keys))
        if total is not None:
            self.totals.append(total)
        return taken

    def disagreement(self) -> str | None:
        """How what came and the server's count differ at the end of the list; ``None`` when they do not.

        The count may grow while the list is read.
        """
        if not self.totals or min(self.totals) <= self.came <= max(self.totals):
            return None
        return f"{self.came:,} rows came, although it counts {self.totals[-1]:,}"


@dataclass(frozen=True)
class PageTaken:
    """What a page brought: its ``rows``, and which of them are ``new``.

    ``is_torn``: the list is shorter than it was, or none of the rows is there that were to come again. A row may have slipped
    through between two pages.
    ``is_repeated``: all that was there before came again, so the server does not understand which page is asked for.
    """

    rows: int
    new: int
    is_torn: bool
    is_repeated: bool


def next_numbered(reach: int, largest: int) -> tuple[int, int]:
    """Page number and size with which a list goes on that was read up to row ``reach``.

    Of all numbered pages that begin ``OVERLAP`` rows or more before ``reach`` it is the one that gets furthest. Where pages
    are too small for that, it is the one that begins where the last ended.

    >>> next_numbered(50, 50)  # rows 47 to 93
    (2, 47)
    >>> next_numbered(2, 2)
    (2, 2)
    """
    from_row = reach - OVERLAP
    best = max(
        ((from_row // size + 1) * size, size) for size in range(max(largest // 2, 1), largest + 1)
    )
    end, size = best
    if from_row < 1 or end < reach + largest // 2:
        return reach // largest + 1, largest
    return end // size, size
