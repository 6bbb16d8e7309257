"""Paging, page by page, against servers of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from requests import Request, Response

Answer = Callable[[int], tuple[list[int], dict[str, str]]]


def _response(ids: list[int], headers: dict[str, str]) -> Response:
    response = Response()
    response.status_code = 200
    response.headers.update(headers)
    response._content = json.dumps([{"id": i} for i in ids]).encode()
    response.request = Request("GET", "http://host/services/v5/projects/1/stories").prepare()
    return response


def _follow(strategy: Any, key: str, first: int, answer: Answer) -> tuple[list[int], int]:
    """Ids of all pages and the number of requests; fails where paging would not end."""
    ids: list[int] = []
    token: Any = None
    for requests in range(1, 1000):
        page, headers = answer(token[key] if token else first)
        ids += page
        token = strategy.next_page_token(
            _response(page, headers), len(page), None, last_page_token_value=token
        )
        if token is None:
            return ids, requests
    raise AssertionError("paging does not end")


def _numbered(page_size: int) -> Any:
    from pipelines.sources.cdk import NumberedPages

    return NumberedPages(config={"page_size": page_size}, parameters={})


def _offset(always: bool = True) -> Any:
    from pipelines.sources.cdk import OffsetPages

    return OffsetPages(config={}, parameters={}, always=always)


@pytest.mark.parametrize("header", ["last-page", "Last-Page", None])
@pytest.mark.parametrize(
    ("rows", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)]
)
def test_numbered_pages(rows: int, requests: int, header: str | None) -> None:
    def answer(page: int) -> tuple[list[int], dict[str, str]]:
        end = page * 50
        headers = {header: str(end >= rows).lower()} if header else {}
        return list(range(rows))[end - 50 : end], headers

    # Without the header only a page that is not full is known to be the last.
    extra = 1 if header is None and rows and rows % 50 == 0 else 0
    assert _follow(_numbered(50), "page", 1, answer) == (list(range(rows)), requests + extra)


def test_numbered_pages_end_where_the_page_is_ignored() -> None:
    ids, requests = _follow(_numbered(3), "page", 1, lambda _: ([1, 2, 3], {}))
    assert (set(ids), requests) == ({1, 2, 3}, 2)
    assert _follow(_numbered(3), "page", 1, lambda _: ([], {"last-page": "false"})) == ([], 1)


def _total(rows: int, cap: int, name: str = "X-Tracker-Pagination-Total") -> Answer:
    return lambda offset: (list(range(rows))[offset : offset + cap], {name: str(rows)})


@pytest.mark.parametrize("name", ["X-Tracker-Pagination-Total", "x-tracker-pagination-total"])
@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (49, 1), (50, 1), (51, 2), (5001, 101)])
def test_offset_pages_follow_what_came_until_the_total(rows: int, requests: int, name: str) -> None:
    """The server caps pages at 50 although more were asked for."""
    assert _follow(_offset(), "offset", 0, _total(rows, 50, name)) == (list(range(rows)), requests)
    assert _follow(_offset(always=False), "offset", 0, _total(rows, 50, name))[1] == requests


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (7, 2), (50, 2), (51, 2), (120, 3)])
def test_offset_pages_without_headers(rows: int, requests: int) -> None:
    """A look-alike that caps pages at 50 and does not say so: on to an empty or a shorter page."""

    def answer(offset: int) -> tuple[list[int], dict[str, str]]:
        return list(range(rows))[offset : offset + 50], {}

    assert _follow(_offset(), "offset", 0, answer) == (list(range(rows)), requests)


def test_offset_pages_of_an_endpoint_that_does_not_page() -> None:
    assert _follow(_offset(always=False), "offset", 0, lambda _: ([1, 2], {})) == ([1, 2], 1)


def test_offset_pages_where_the_offset_is_ignored() -> None:
    """Without a total everything came at once; with a total that says there is more, rows would be missing."""
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException

    ids, requests = _follow(_offset(), "offset", 0, lambda _: ([1, 2], {}))
    assert (set(ids), requests) == ({1, 2}, 2)
    with pytest.raises(AirbyteTracedException, match="cannot be read completely"):
        _follow(_offset(), "offset", 0, lambda _: ([1, 2], {"X-Tracker-Pagination-Total": "9"}))
