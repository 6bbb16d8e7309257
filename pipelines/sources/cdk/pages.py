"""How one page leads to the next in each API, and when a list has come to its end.

A list ends where the server says so, by its own count or by a page after the last. An answer that
contradicts this raises ``Contradiction``. It may have too few or too many rows for the count, or
repeat an earlier page. It may be empty where more was promised, or the list may have become shorter
while it was read. A part that lacked rows is read a second time. Then the server's word is not
enough: only a page without new rows ends the list.

Tokens carry what the next decision needs, since one strategy pages several partitions at a time.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import (
    PaginationStrategy,
)
from requests import Response

from pipelines.sources.cdk.answers import Contradiction, path_of, question_of
from pipelines.sources.cdk.body import parsed_body
from pipelines.sources.cdk.extractors import Record, rows_of
from pipelines.sources.cdk.lists import OVERLAP, ListSoFar, PageTaken, next_numbered

Token = dict[str, Any]


def _take(
    so_far: ListSoFar, response: Response, rows: list[Record], start: int, total: int | None
) -> PageTaken:
    taken = so_far.take(rows, start, total)
    if taken.is_repeated:
        raise Contradiction(
            f"{path_of(response)} sends the same page whichever is asked for: the list cannot be read completely."
        )
    if taken.is_torn:
        raise Contradiction(f"{path_of(response)} changed while it was read.")
    return taken


def _total_of(response: Response) -> int | None:
    """The server's own count of the whole list, in a header."""
    for header in ("X-Tracker-Pagination-Total", "total-count"):
        said = response.headers.get(header)
        if said is not None:
            if not said.strip().isdecimal():
                raise Contradiction(f"{path_of(response)} counts its rows as {said[:20]!r}.")
            return int(said)
    return None


def _total_beside(
    response: Response, envelope: str, rows: list[Record], *, is_sure: bool
) -> int | None:
    """The server's own count beside the list. Unless that ``is_sure``, one that equals the page may be the page's."""
    holder = parsed_body(response)
    for key in envelope.split(".")[:-1]:
        holder = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        return None
    said = holder.get("count", holder.get("total"))
    if not isinstance(said, int) or isinstance(said, bool):
        return None
    return said if is_sure or said != len(rows) else None


def _total_of_report(response: Response) -> int | None:
    """The number of entries in a report's totals, which a report leaves out unless it is asked for them."""
    body = parsed_body(response)
    totals = body.get("totals") if isinstance(body, dict) else None
    sums = totals[0] if isinstance(totals, list) and totals else None
    said = sums.get("entriesCount") if isinstance(sums, dict) else None
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _end(so_far: ListSoFar, response: Response) -> None:
    """The list is at its end: tell the session what the server counted, if it is true."""
    disagreement = so_far.disagreement()
    if disagreement:
        raise Contradiction(f"{path_of(response)}: {disagreement}, so the list is not complete.")
    if so_far.totals:
        question = question_of(response)
        question.session.state_total(question.part, so_far.came)


@dataclass
class NumberedPages(PaginationStrategy):
    """Clockify: ``page`` counts from 1; header ``last-page`` says which is the last.

    Without the header, the length of the first page is taken as the server's page size, whatever
    was asked for. The list then ends with an empty page, or with one shorter than
    ``shortest_page``, the server's smallest page size. A list that the server does not count is
    requested in overlapping pages, so that no row is missed between two.

    ``usual_page``: the rows to ask for where the config does not say; no more than
    ``largest_page``. ``counts_entries``: the list is a report with the number of its entries in its
    totals.

    Token: ``page``; ``size``, the rows to ask for, where it is not the strategy's; ``list``, what came so far.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    envelope: str | None = None
    largest_page: int = 5000
    shortest_page: int = 0
    usual_page: int = 1000
    counts_entries: bool = False

    @property
    def initial_token(self) -> None:
        return None

    def get_page_size(self) -> int:
        return min(int(self.config.get("page_size") or self.usual_page), self.largest_page)

    def next_page_token(
        self, response: Response, *_: Any, last_page_token_value: Any = None, **__: Any
    ) -> Token | None:
        token = last_page_token_value or {"page": 1, "list": ListSoFar()}
        so_far: ListSoFar = token["list"]
        size = token.get("size") or self.get_page_size()
        rows = rows_of(response, self.envelope)
        start = (token["page"] - 1) * size
        total = _total_of_report(response) if self.counts_entries else _total_of(response)
        if total is None and self.envelope is not None:
            is_sure = start == 0 and len(rows) < size
            total = _total_beside(response, self.envelope, rows, is_sure=is_sure)
        taken = _take(so_far, response, rows, start, total)
        is_last = response.headers.get("last-page", "").strip().lower()
        if not taken.new:
            if so_far.is_more_promised or is_last == "false":
                raise Contradiction(
                    f"{path_of(response)} says that there are more rows, and sends none."
                )
            _end(so_far, response)
            return None
        so_far.is_more_promised = is_last == "false"
        is_whole = bool(so_far.totals) and so_far.came >= so_far.totals[-1]
        if is_last == "true" and question_of(response).look == 0:
            _end(so_far, response)
            return None
        is_short = len(rows) < min(size, self.shortest_page) and question_of(response).look == 0
        if is_last != "false" and (is_whole or is_short):
            _end(so_far, response)
            return None
        return self._next(so_far)

    def _next(self, so_far: ListSoFar) -> Token:
        largest = min(self.get_page_size(), so_far.page_rows)
        if so_far.totals:
            return {"page": so_far.reach // largest + 1, "size": largest, "list": so_far}
        page, size = next_numbered(so_far.reach, largest)
        return {"page": page, "size": size, "list": so_far}


@dataclass
class ArchivedTooPages(NumberedPages):
    """A list that may leave out what is archived unless it is asked for: then it is asked for that, too.

    Whether the list leaves it out is seen from the rows. Token: also ``archived``, and ``before``, the rows of the first list.
    """

    def next_page_token(
        self, response: Response, *_: Any, last_page_token_value: Any = None, **__: Any
    ) -> Token | None:
        token = last_page_token_value or {"page": 1, "list": ListSoFar()}
        following = super().next_page_token(response, last_page_token_value=token)
        rows = rows_of(response, self.envelope)
        carried = {
            "came_archived": token.get("came_archived") or any(row.get("archived") for row in rows),
            **{name: token[name] for name in ("archived", "before") if name in token},
        }
        if following is not None:
            return {**following, **carried}
        came = token["list"].came
        if "archived" in token:
            # The count of the part is that of both lists.
            question = question_of(response)
            question.session.state_total(question.part, token["before"] + came)
            return None
        if carried["came_archived"]:
            return None
        return {"page": 1, "list": ListSoFar(), "archived": "true", "before": came}


@dataclass
class OffsetPages(PaginationStrategy):
    """Tracker: the next offset is the offset plus the rows that came, until ``total`` is reached.

    Servers may send fewer rows than asked for. Endpoints that do not page send no headers and everything at once.
    Look-alikes may page without headers: with ``always``, such a list goes on, in pages that overlap, until nothing new
    comes.

    Token: ``offset``; ``list``, what came so far.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    always: bool = True

    @property
    def initial_token(self) -> None:
        return None

    def get_page_size(self) -> int:
        return int(self.config.get("page_size") or 500)

    def next_page_token(
        self, response: Response, *_: Any, last_page_token_value: Any = None, **__: Any
    ) -> Token | None:
        question = question_of(response)
        if question.session.is_hopeless(question.part):
            return None
        token = last_page_token_value or {"offset": 0, "list": ListSoFar()}
        so_far: ListSoFar = token["list"]
        taken = _take(so_far, response, rows_of(response), token["offset"], _total_of(response))
        if so_far.totals:
            if not taken.new or so_far.reach >= so_far.totals[-1]:
                _end(so_far, response)
                return None
            return {"offset": so_far.reach, "list": so_far}
        if not taken.new or not self.always:
            _end(so_far, response)
            return None
        overlap = min(OVERLAP, so_far.page_rows // 5)
        return {"offset": so_far.reach - overlap, "list": so_far}
