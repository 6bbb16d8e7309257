"""Answers that several streams share: asked for once, parsed once while they are recent, and changed by nobody."""

from __future__ import annotations

import json

from requests import PreparedRequest, Response

from pipelines.project.requests_private import with_body
from pipelines.sources.cdk.body import as_list, parsed_body
from pipelines.sources.cdk.shared import SharedResponses


def answer(body: object) -> Response:
    response = Response()
    response.status_code = 200
    response.url = "http://host/list"
    response.request = PreparedRequest()
    return with_body(response, json.dumps(body).encode())


def ask_and_parse(body: object) -> Response:
    """As a requester does, which looks into an answer before it hands it on."""
    response = answer(body)
    parsed_body(response)
    return response


def never() -> Response:
    raise AssertionError("asked twice")


def test_a_recent_answer_is_parsed_once_and_an_older_one_again() -> None:
    shared = SharedResponses()
    first = shared.get("page 1", lambda: ask_and_parse([{"id": 1}]))
    second = shared.get("page 1", never)
    assert parsed_body(second) is parsed_body(first)
    assert (second.content, second.url, second.status_code) == (first.content, first.url, 200)
    for number in range(2, 12):
        shared.get(f"page {number}", lambda: ask_and_parse([]))
    third = shared.get("page 1", never)
    assert parsed_body(third) == [{"id": 1}]
    assert parsed_body(third) is not parsed_body(first)
    assert third.content == first.content


def test_what_one_stream_makes_of_an_answer_is_not_what_another_gets() -> None:
    shared = SharedResponses()
    owner = shared.get("owner", lambda: ask_and_parse({"id": 7}))
    listed = as_list(owner)
    assert parsed_body(listed) == [{"id": 7}]
    assert listed.headers["last-page"] == "true"
    assert listed.url == owner.url
    other = shared.get("owner", never)
    assert parsed_body(other) == {"id": 7}
    assert "last-page" not in other.headers
