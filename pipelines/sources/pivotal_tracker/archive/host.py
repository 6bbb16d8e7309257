"""A v5 host as its archivist sees it: whole lists, page by page, whatever the host knows of paging and ``fields``.

Here: pages, and asking again when a host is busy or fails. Not here: which lists there are (``lists``), what becomes
of the rows (``writer``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any

from pipelines.sources.budget import RequestBudget
from pipelines.sources.http import Allowance, Api, FeedBusy, FeedError, FeedRefused
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.lists import PROJECTS, Record, fields_of

_PAGE_SIZE = 500
_RETRIES = 5
#: More than any host has; an archive is complete or it is none.
_WITHOUT_END = 10**9


@dataclass
class Host:
    """Reads ``api`` within ``budget``, which it waits for; waits ``retry_seconds`` before the first retry."""

    api: Api
    page_size: int = _PAGE_SIZE
    budget: InitVar[RequestBudget | None] = None
    retry_seconds: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    _refused_fields: set[str] = field(default_factory=set)

    def __post_init__(self, budget: RequestBudget | None) -> None:
        self._allowance = Allowance(_WITHOUT_END, _WITHOUT_END, budget)

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return _WITHOUT_END - self._allowance.requests

    def projects(self) -> list[Record]:
        """All projects of the token; a host that refuses this one is of no use."""
        try:
            return list(self.rows(f"/{PROJECTS}", fields_of(PROJECTS), is_paged=False))
        except FeedRefused as refusal:
            raise ArchiveError(
                f"{refusal} for the list of projects: check {self.api.credential_setting} and "
                f"{self.api.url_setting}."
            ) from None

    def rows(self, path: str, fields: str = "", *, is_paged: bool) -> Iterator[Record]:
        """Every row of a list. Raises ``FeedRefused`` where the host has no such list.

        A list goes on until the total of its header is reached. Without such a header, one that Tracker would page
        goes on until a page is empty or shorter than the first, and any other is whole.
        """
        offset, first_length, last = 0, 0, None
        while True:
            limit = {"limit": self.page_size} if is_paged else {}
            page, headers = self.get(
                path, {**limit, **({"offset": offset} if offset else {})}, fields
            )
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise ArchiveError(f"{path} did not answer with a list of objects.")
            if page and page[0] == last:
                raise ArchiveError(f"{path} sends the same page whatever offset is asked for.")
            yield from page
            total = headers.get("X-Tracker-Pagination-Total")
            offset += len(page)
            first_length = first_length or len(page)
            if total is not None and offset < int(total) and not page:
                raise ArchiveError(f"{path} ended after {offset:,} of {total} rows.")
            is_last = (
                len(page) < first_length or not is_paged if total is None else offset >= int(total)
            )
            if not page or is_last:
                return
            last = page[0]

    def get(
        self, path: str, params: Mapping[str, Any], fields: str = ""
    ) -> tuple[Any, Mapping[str, str]]:
        """One answer and its headers; asked without ``fields`` where the host does not know what they name."""
        if fields and fields not in self._refused_fields:
            try:
                return self._answer(path, {**params, "fields": fields})
            except FeedError as error:
                if error.status != 400:
                    raise
                self._refused_fields.add(fields)
        return self._answer(path, params)

    def _answer(self, path: str, params: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        for attempt in range(_RETRIES + 1):
            try:
                return self.api.answer(path, params, self._allowance)
            except (FeedBusy, FeedError) as error:
                passing = error.status is None or error.status in (408, 429) or error.status >= 500
                if not passing or attempt == _RETRIES:
                    raise
            self.sleep(self.retry_seconds * 2**attempt)
        raise AssertionError("the last attempt returns or raises")
