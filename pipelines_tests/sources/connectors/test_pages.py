"""Paging, page by page, against servers of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import Request, Response

from pipelines.pyairbyte.session import NoAnswer, Part, ReadSession


def _response(ids: list[int], headers: dict[str, str]) -> Response:
    response = Response()
    response.status_code = 200
    response.headers.update(headers)
    response._content = json.dumps([{"id": i} for i in ids]).encode()
    response.request = Request("GET", "http://host/services/v5/projects/1/stories").prepare()
    return response


def _numbered(config: dict[str, Any]) -> Any:
    from pipelines.sources.cdk import NumberedPages

    return NumberedPages(config=config, parameters={})


def _offset(always: bool = True) -> Any:
    from pipelines.sources.cdk import OffsetPages

    return OffsetPages(config={}, parameters={}, always=always)


Page = tuple[list[int], dict[str, str]]


def _follow(strategy: Any, answer: Callable[[Any], Page], look: int = 0) -> tuple[list[int], int]:
    """Ids of all pages and the number of requests; fails where paging would not end."""
    from pipelines.sources.cdk.answers import Question, remember_question

    question = Question(ReadSession(), Part("rows"), look)
    ids: list[int] = []
    token: Any = None
    for requests in range(1, 1000):
        page, headers = answer(token or {})
        ids += page
        response = _response(page, headers)
        remember_question(response, question)
        token = strategy.next_page_token(response, len(page), None, last_page_token_value=token)
        if token is None:
            return ids, requests
    raise AssertionError("paging does not end")


def _clockify(
    rows: list[int], *, cap: int = 50, says_last: bool = True, counts: bool = False
) -> Callable[[Any], Page]:
    """A list of Clockify's in pages of at most ``cap`` rows."""

    def answer(token: Any) -> Page:
        size = min(token.get("size", 50), cap)
        end = token.get("page", 1) * size
        headers = {"Last-Page": str(end >= len(rows)).lower()} if says_last else {}
        if counts:
            headers["total-count"] = str(len(rows))
        return rows[end - size : end], headers

    return answer


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize(
    ("rows", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (90, 2), (150, 4)]
)
def test_numbered_pages_end_with_the_one_that_says_so(
    rows: int, requests: int, counts: bool
) -> None:
    """Pages of an uncounted list overlap by three rows and more, which costs a request for 150."""
    answer = _clockify(list(range(rows)), counts=counts)
    ids, made = _follow(_numbered({"page_size": 50}), answer)
    assert sorted(set(ids)) == list(range(rows))
    assert made == (min(requests, 3) if counts else requests)


@pytest.mark.parametrize("rows", [0, 1, 5, 49, 50, 51, 120, 1000])
def test_numbered_pages_that_do_not_say_which_is_the_last(rows: int) -> None:
    """The server caps pages at 50: a page that is not full is no end, only one without rows is."""
    answer = _clockify(list(range(rows)), says_last=False)
    for asked in (50, 1000):
        ids, _ = _follow(_numbered({"page_size": asked}), answer)
        assert sorted(set(ids)) == list(range(rows))


@pytest.mark.parametrize(
    ("rows", "requests"),
    [(0, 1), (20, 1), (49, 1), (50, 2), (120, 2), (200, 2), (201, 2), (500, 4)],
)
def test_numbered_pages_end_with_one_that_is_too_short_for_any_server(
    rows: int, requests: int
) -> None:
    """Of a list without count or header, whose pages the server never makes shorter than 50 rows."""
    from pipelines.sources.cdk import NumberedPages

    pages = NumberedPages(config={"page_size": 200}, parameters={}, shortest_page=50)
    answer = _clockify(list(range(rows)), cap=200, says_last=False)
    ids, made = _follow(pages, lambda token: answer({"size": 200, **token}))
    assert sorted(set(ids)) == list(range(rows))
    assert made == requests


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10, 20])
def test_numbered_pages_of_every_size(size: int) -> None:
    rows = list(range(87))
    ids, _ = _follow(_numbered({"page_size": size}), _clockify(rows, cap=size))
    assert sorted(set(ids)) == rows


@given(
    rows=st.integers(60, 160),
    gone=st.lists(st.integers(0, 159), max_size=2),
    after=st.integers(1, 3),
    counts=st.booleans(),
)
def test_a_deletion_between_two_pages_loses_no_live_row(
    rows: int, gone: list[int], after: int, counts: bool
) -> None:
    """Either the pages overlap enough, or the list is found to have moved."""
    live = list(range(rows))
    asked = 0

    def answer(token: Any) -> Page:
        nonlocal asked
        if asked == after:
            for row in set(gone) & set(live):
                live.remove(row)
        asked += 1
        return _clockify(live, counts=counts)(token)

    try:
        ids, _ = _follow(_numbered({"page_size": 50}), answer)
    except NoAnswer:
        return
    assert set(live) <= set(ids)


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([([1, 2, 3], {})] * 2, id="the page is ignored"),
        pytest.param([([1, 2, 3], {"last-page": "false"})] * 2, id="and there is said to be more"),
        pytest.param([([], {"last-page": "false"})], id="nothing, and more"),
        pytest.param(
            [([1, 2, 3], {"last-page": "false"}), ([], {"last-page": "true"})], id="more was said"
        ),
        pytest.param([([1], {"last-page": "true", "total-count": "4"})], id="too few"),
        pytest.param([([1, 2], {"last-page": "true", "total-count": "1"})], id="too many"),
        pytest.param([([], {"last-page": "true", "total-count": "4"})], id="none of four"),
        pytest.param([([1], {"total-count": "many"})], id="no number"),
    ],
)
def test_numbered_pages_that_contradict_themselves(pages: list[Page]) -> None:
    coming = iter(pages)
    with pytest.raises(NoAnswer):
        _follow(_numbered({"page_size": 3}), lambda _: next(coming))


def test_a_second_look_does_not_believe_that_a_page_is_the_last() -> None:
    """Every page says that it is the last one; the page after the last has no rows."""
    rows = list(range(12))

    def answer(token: Any) -> Page:
        size = min(token.get("size", 5), 5)
        end = token.get("page", 1) * size
        return rows[end - size : end], {"last-page": "true"}

    assert _follow(_numbered({"page_size": 1000}), answer) == (rows[:5], 1)
    ids, _ = _follow(_numbered({"page_size": 1000}), answer, look=1)
    assert sorted(set(ids)) == rows


def _tracker(
    rows: list[int], cap: int = 50, name: str | None = "X-Tracker-Pagination-Total"
) -> Callable[[Any], Page]:
    def answer(token: Any) -> Page:
        offset = token.get("offset", 0)
        return rows[offset : offset + cap], {name: str(len(rows))} if name else {}

    return answer


@pytest.mark.parametrize("name", ["X-Tracker-Pagination-Total", "x-tracker-pagination-total"])
@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (49, 1), (50, 1), (51, 2), (5001, 101)])
def test_offset_pages_follow_what_came_until_the_total(rows: int, requests: int, name: str) -> None:
    """The server caps pages at 50 although more were asked for."""
    answer = _tracker(list(range(rows)), name=name)
    assert _follow(_offset(), answer) == (list(range(rows)), requests)
    assert _follow(_offset(always=False), answer)[1] == requests


@pytest.mark.parametrize("rows", [0, 1, 4, 7, 50, 51, 120])
def test_offset_pages_without_headers(rows: int) -> None:
    """A look-alike that caps pages at 50 and does not say so: on until nothing new comes."""
    ids, _ = _follow(_offset(), _tracker(list(range(rows)), name=None))
    assert sorted(set(ids)) == list(range(rows))


def test_offset_pages_without_headers_read_on_after_a_short_page() -> None:
    """The third page is cut short: the next one begins where it ended."""
    rows = list(range(200))

    def answer(token: Any) -> Page:
        offset = token.get("offset", 0)
        return rows[offset : offset + (20 if 90 <= offset < 100 else 50)], {}

    ids, _ = _follow(_offset(), answer)
    assert sorted(set(ids)) == rows


def test_offset_pages_of_an_endpoint_that_does_not_page() -> None:
    assert _follow(_offset(always=False), lambda _: ([1, 2], {})) == ([1, 2], 1)


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([([1, 2], {})] * 2, id="the offset is ignored"),
        pytest.param([([1, 2], {"X-Tracker-Pagination-Total": "9"})] * 2, id="and counted"),
        pytest.param([([], {"X-Tracker-Pagination-Total": "9"})], id="nothing of nine"),
        pytest.param(
            [
                ([1, 2], {"X-Tracker-Pagination-Total": "3"}),
                ([], {"X-Tracker-Pagination-Total": "3"}),
            ],
            id="no second page",
        ),
        pytest.param([([1, 2], {"X-Tracker-Pagination-Total": "1"})], id="too many"),
        pytest.param([([1, 2], {"X-Tracker-Pagination-Total": "x"})], id="no number"),
        pytest.param(
            [
                ([1, 2], {"X-Tracker-Pagination-Total": "4"}),
                ([2, 3], {"X-Tracker-Pagination-Total": "4"}),
            ],
            id="a row moved to a page that was read",
        ),
        pytest.param(
            [
                ([1, 2], {"X-Tracker-Pagination-Total": "5"}),
                ([4, 5], {"X-Tracker-Pagination-Total": "4"}),
            ],
            id="a row was deleted",
        ),
    ],
)
def test_offset_pages_that_contradict_themselves(pages: list[Page]) -> None:
    coming = iter(pages)
    with pytest.raises(NoAnswer):
        _follow(_offset(), lambda _: next(coming))
