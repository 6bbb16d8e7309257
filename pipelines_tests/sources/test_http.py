"""The one HTTP client: the credential stays with its host, and every failure names what to change."""

from __future__ import annotations

import pytest
import requests

from pipelines.project.one_host import keep_to_host
from pipelines.project.texts.secrets import keep_secret
from pipelines.sources.http import Allowance, Api, FeedError
from pipelines_tests.support.answering_server import Answer, answering

KEY = "feed-key-1234567890"
#: Names that no resolver knows, so that only a proxy could be asked for them.
ELSEWHERE = "http://api.example.invalid"


def _ask(url: str) -> object:
    api = Api("Clockify", url, {"X-Api-Key": KEY}, "CLOCKIFY_API_URL", "CLOCKIFY_API_KEY")
    return api.get("/x", {}, Allowance(1, 60))


def _said(url: str) -> str:
    with pytest.raises(FeedError) as error:
        _ask(url)
    return str(error.value)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _redirecting(status: int, location: str | None) -> Answer:
    return Answer(status, headers={"Location": location} if location else {})


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with (
        answering(lambda _: Answer()) as other,
        answering(lambda _: _redirecting(status, f"{other.url}/login?key={KEY}")) as first,
    ):
        said = _said(first.url)
        assert not other.asked
    assert len(first.asked) == 1
    assert f"redirects to {other.url}, which" in said
    assert "set CLOCKIFY_API_URL" in said
    assert KEY not in said


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("/elsewhere", "another path of it"),
        (f"https://{KEY}.example.com/x", "https://[secret].example.com,"),
        ("//example.com/x", "http://example.com,"),
        ("ftp://example.com/x", "an unreadable address"),
        (None, "a place that it does not name"),
    ],
)
def test_where_a_redirect_points_is_told_as_far_as_it_is_safe(
    location: str | None, told: str
) -> None:
    keep_secret(KEY)
    with answering(lambda _: _redirecting(302, location)) as server:
        assert told in _said(server.url)
    assert len(server.asked) == 1


def test_a_posted_body_does_not_follow_a_redirect() -> None:
    with (
        answering(lambda _: Answer()) as other,
        answering(lambda _: _redirecting(307, other.url)) as first,
        keep_to_host(requests.Session()) as session,
        pytest.raises(requests.RequestException),
    ):
        session.post(first.url, json={"text": "x"}, timeout=60)
    assert not other.asked


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_this_machine_is_reached_without_a_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with answering(lambda _: Answer()) as server:
        assert _ask(server.url) == []


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_not_there_is_named_by_its_variable(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://ann:proxy-password@127.0.0.1:9")
    said = _said(ELSEWHERE)
    assert f"through the proxy that {variable} names" in said
    assert "NO_PROXY" in said
    assert "proxy-password" not in said


def test_a_proxy_that_wants_a_password_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _: Answer(407, "")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert "put them into http_proxy" in _said(ELSEWHERE)


def test_without_a_proxy_only_the_address_is_to_blame() -> None:
    said = _said(ELSEWHERE)
    assert said.endswith("check CLOCKIFY_API_URL.")
    assert "cannot be reached at http://api.example.invalid (" in said


def test_user_and_password_of_an_address_go_to_its_host_alone() -> None:
    with answering(lambda _: Answer()) as server:
        _ask(server.url.replace("://", "://gate:keeper-word@"))
    assert server.asked[0].headers["Authorization"].startswith("Basic ")
