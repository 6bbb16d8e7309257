"""Faults, rate limits, revoked credentials and delays, seen from outside."""

from __future__ import annotations

import time

import pytest
import requests

from pipelines.simulator.traffic import RateLimit
from pipelines_tests.simulator.client import Client, ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


@pytest.fixture
def client(serve: Serve) -> Client:
    stories = [worlds.story(number) for number in range(1, 6)]
    return serve(worlds.world(tracker=worlds.tracker_data(stories=stories)))


def statuses(client: Client, path: str, times: int) -> list[int]:
    return [client.tracker(path).status_code for _ in range(times)]


def test_a_fault_strikes_as_often_as_told_and_where_told(client: Client) -> None:
    client.server.add_fault("/me$", status=502, times=2, after=1)
    assert statuses(client, "/projects", 1) == [200]
    assert statuses(client, "/me", 5) == [200, 502, 502, 200, 200]


def test_a_fault_can_be_told_by_the_query(client: Client) -> None:
    client.server.add_fault(r"/stories\?.*offset=2", times=None)
    assert client.project("/stories", {"offset": 0}).status_code == 200
    assert client.project("/stories", {"offset": 2}).status_code == 500
    client.server.clear_faults()
    assert client.project("/stories", {"offset": 2}).status_code == 200


def test_faults_speak_the_language_of_the_api(client: Client) -> None:
    client.server.add_fault(".", status=500, times=2)
    assert client.tracker("/me").json()["code"] == "api_internal_error"
    assert isinstance(client.clockify("/user").json()["code"], int)
    client.server.add_fault(".", status=403, times=2)
    assert client.tracker("/me").json()["code"] == "unauthorized_operation"
    assert client.clockify("/user").json()["code"] == 403
    client.server.add_fault(".", status=401)
    assert client.clockify("/user").json()["code"] == 4003


@pytest.mark.parametrize("seconds", [None, 7])
def test_429_with_and_without_retry_after(client: Client, seconds: int | None) -> None:
    client.server.add_fault("/me", status=429, retry_after=seconds)
    response = client.tracker("/me")
    assert response.status_code == 429
    assert response.headers.get("Retry-After") == (str(seconds) if seconds else None)


def test_reset_breaks_the_connection_before_an_answer(client: Client) -> None:
    client.server.add_fault("/me", "reset")
    with pytest.raises(requests.ConnectionError):
        client.tracker("/me")
    assert client.tracker("/me").status_code == 200
    assert [seen.status for seen in client.server.requests.seen] == [0, 200]


def test_truncated_breaks_it_in_the_middle(client: Client) -> None:
    client.server.add_fault("/stories", "truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.project("/stories")
    assert len(ids(client.project("/stories"))) == 5


def test_invalid_json_is_complete_for_http(client: Client) -> None:
    client.server.add_fault("/stories", "invalid_json")
    response = client.project("/stories")
    assert response.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()


@pytest.mark.parametrize("status", [200, 503])
def test_html_page(client: Client, status: int) -> None:
    client.server.add_fault("/me", "html", status=status)
    response = client.tracker("/me")
    assert response.status_code == status
    assert response.text.startswith("<!DOCTYPE html>")


def test_slow_answer_and_latency_of_all(client: Client) -> None:
    client.server.add_fault("/me", "slow", delay_ms=300)
    client.server.change_behaviour(latency_ms=40)
    begin = time.perf_counter()
    assert client.tracker("/me").status_code == 200
    middle = time.perf_counter()
    assert client.tracker("/me").status_code == 200
    end = time.perf_counter()
    assert middle - begin > 0.34
    assert 0.04 < end - middle < middle - begin


def test_credentials_can_be_revoked_after_some_requests(client: Client) -> None:
    client.server.revoke_credentials("tracker", after=2)
    assert statuses(client, "/me", 4) == [200, 200, 403, 403]
    assert client.tracker("/me").json()["code"] == "invalid_authentication"
    assert client.clockify("/user").status_code == 200
    client.server.revoke_credentials("clockify")
    assert client.clockify("/user").json()["code"] == 4003
    client.server.clear_faults()
    assert statuses(client, "/me", 1) == [200]


def test_rate_limit_counts_each_api_for_itself(serve: Serve) -> None:
    client = serve(worlds.world(), requests_per_hour=2)
    assert statuses(client, "/me", 3) == [200, 200, 429]
    limited = client.tracker("/me")
    assert "Retry-After" not in limited.headers
    assert client.clockify("/user").status_code == 200
    client.server.change_behaviour(send_retry_after=True)
    assert 3590 <= int(client.tracker("/me").headers["Retry-After"]) <= 3600


def test_rate_limit_is_a_sliding_window() -> None:
    """Two a second: the third has to wait until the first is a second old."""
    now = 100.0
    limit = RateLimit(clock=lambda: now)
    assert [limit.wait(2, None) for _ in range(3)] == [0, 0, 1]
    now = 100.9
    assert limit.wait(2, None) == 1
    now = 101.0
    assert [limit.wait(2, None) for _ in range(3)] == [0, 0, 1]
    assert RateLimit().wait(None, None) == 0


def test_requests_are_counted(client: Client) -> None:
    client.project("/stories", {"limit": 2})
    client.project("/stories", {"limit": 2, "offset": 2})
    client.clockify("/user")
    log = client.server.requests
    assert log.total == 3
    assert log.count("/stories$") == 2
    assert dict(log.by_api) == {"tracker": 2, "clockify": 1}
    assert log.seen[1].query == "limit=2&offset=2"
    log.clear()
    assert log.total == 0
