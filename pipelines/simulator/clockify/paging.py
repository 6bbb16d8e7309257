"""Pages of Clockify's lists: ``page``, ``page-size``, ``last-page``, ``total-count``."""

from __future__ import annotations

from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.call import Call, Page
from pipelines.simulator.model import Record


def page_of(
    call: Call,
    rows: list[Record],
    *,
    default_size: int = 50,
    max_size: int | None = None,
    with_total: bool = False,
) -> Page:
    """The page of *rows* that *call* asks for; a page past the end is empty and the last."""
    number, size = call.integer("page", 1), call.integer("page-size", default_size)
    largest = max_size or call.behaviour.clockify_page_max
    if size < 1:
        raise errors.invalid("Page size must be a positive value")
    if size > largest:
        raise errors.invalid(f"Page size must not be greater than {largest}")
    if number < 0 or (number == 0 and call.behaviour.page_zero_is_error):
        raise errors.invalid("Page must be a positive value")
    begin = (max(number, 1) - 1) * size
    chosen = rows[begin : begin + size]
    return Page(chosen, begin + size >= len(rows), len(rows) if with_total else None)


def headers(page: Page) -> dict[str, str]:
    sent = {"last-page": str(page.is_last).lower()}
    if page.total is not None:
        sent["total-count"] = str(page.total)
    return sent


def ordered(call: Call, rows: list[Record], fields: dict[str, str], default: str) -> list[Record]:
    """*rows* by ``sort-column`` (names of *fields*) and ``sort-order``; equal and absent values keep a stable order."""
    column = call.choice("sort-column", fields, default)
    descending = call.choice("sort-order", ("ASCENDING", "DESCENDING"), "ASCENDING") == "DESCENDING"
    return sorted(rows, key=lambda row: str(row[fields[column]] or ""), reverse=descending)
