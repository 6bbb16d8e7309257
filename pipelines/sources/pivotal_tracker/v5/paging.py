"""One page of a list, and the headers with which Tracker sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """One page of a list that sends pagination headers."""

    rows: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


def headers(page: Page) -> dict[str, str]:
    return {
        "X-Tracker-Pagination-Total": str(page.total),
        "X-Tracker-Pagination-Limit": str(page.limit),
        "X-Tracker-Pagination-Offset": str(page.offset),
        "X-Tracker-Pagination-Returned": str(len(page.rows)),
    }
