"""Pages of Tracker's lists: what ``limit`` and ``offset`` ask for."""

from __future__ import annotations

from pipelines.simulator.behaviour import LOOK_ALIKE_PAGE
from pipelines.simulator.model import Record
from pipelines.simulator.tracker.call import Call
from pipelines.sources.pivotal_tracker.v5 import errors
from pipelines.sources.pivotal_tracker.v5.paging import Page


def page_of(
    call: Call, rows: list[Record], *, default: int = 100, negative_offset: bool = False
) -> Page:
    """The page of *rows* that *call* asks for.

    A larger ``limit`` than the server's maximum is cut to it; a page beyond the end is empty. With
    *negative_offset*, ``offset=-12`` starts twelve rows before the end.
    """
    largest = call.behaviour.tracker_page_max
    if call.behaviour.look_alike:
        default = largest = LOOK_ALIKE_PAGE
    limit, offset = call.integer("limit", default), call.integer("offset", 0)
    if limit < 0:
        raise errors.invalid_parameter("limit must not be negative", "limit")
    if offset < 0 and not negative_offset:
        raise errors.invalid_parameter("offset must not be negative", "offset")
    limit = min(limit, largest)
    start = offset if offset >= 0 else len(rows) + offset
    return Page(rows[max(start, 0) : max(start + limit, 0)], len(rows), limit, offset)
