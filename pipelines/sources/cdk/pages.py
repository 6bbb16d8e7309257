"""How one page leads to the next in each API.

Tokens carry what the next decision needs, since one strategy pages several partitions at a time.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

import hashlib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

import orjson
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import (
    PaginationStrategy,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import Response

from pipelines.sources.cdk.extractors import Record, rows_of

Token = dict[str, Any]


def _fingerprint(rows: list[Record]) -> str:
    """Tells a page from another by its first row, to notice a server that ignores what page is asked for."""
    return hashlib.sha256(orjson.dumps(rows[0])).hexdigest() if rows else ""


@dataclass
class NumberedPages(PaginationStrategy):
    """Clockify: ``page`` counts from 1; header ``last-page`` ends the list, or else a page that is not full.

    Token: ``page``, and ``first``, the fingerprint of the page before.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    envelope: str | None = None
    largest_page: int = 5000

    @property
    def initial_token(self) -> None:
        return None

    def get_page_size(self) -> int:
        return min(int(self.config.get("page_size") or 1000), self.largest_page)

    def next_page_token(
        self, response: Response, *_: Any, last_page_token_value: Any = None, **__: Any
    ) -> Token | None:
        rows = rows_of(response, self.envelope)
        token = last_page_token_value or {"page": 1}
        first = _fingerprint(rows)
        is_last = response.headers.get("last-page", "").strip().lower()
        if not rows or is_last == "true" or first == token.get("first"):
            return None
        if is_last != "false" and len(rows) < self.get_page_size():
            return None
        return {"page": token["page"] + 1, "first": first}


@dataclass
class OffsetPages(PaginationStrategy):
    """Tracker: the next offset is the offset plus the rows that came, until ``total`` is reached.

    Servers may send fewer rows than asked for. Endpoints that do not page send no headers and everything at once.
    Look-alikes may page without headers: with ``always``, such a list goes on until a page is empty or shorter than
    its first. A page that begins like the one before means that ``offset`` is not understood.

    Token: ``offset``, ``first`` (fingerprint of the page before), ``rows`` (length of the first page).
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
        rows = rows_of(response)
        token = last_page_token_value or {"offset": 0}
        total = response.headers.get("X-Tracker-Pagination-Total")
        next_offset = token["offset"] + len(rows)
        first = _fingerprint(rows)
        if not rows or (total is None and not self.always):
            return None
        if total is not None and next_offset >= int(total):
            return None
        if first == token.get("first"):
            if total is None:
                return None
            raise AirbyteTracedException(
                message=f"{response.request.path_url.partition('?')[0]} sends the same page whatever offset is asked "
                f"for, although it has {total} rows: the list cannot be read completely.",
                failure_type=FailureType.system_error,
            )
        length = token.get("rows", len(rows))
        if total is None and len(rows) < length:
            return None
        return {"offset": next_offset, "first": first, "rows": length}
