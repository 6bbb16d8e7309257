"""HTTP for the project's own requests, and a GET that tells each failure in one sentence.

Here: the sentences for what goes wrong on the way, a look at a source within limits of requests and time. Not here: what
the answers mean, and how a session keeps to its host (``project.one_host``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.exceptions import InvalidProxyURL, ProxyError, Timeout
from requests.utils import get_environ_proxies, select_proxy

from pipelines.project.one_host import Redirected, keep_to_host
from pipelines.project.texts.addresses import is_this_machine, origin
from pipelines.sources.budget import RequestBudget

_CONNECT_SECONDS = 5


def failed_sentence(
    service: str, url: str, url_setting: str, failure: requests.RequestException | None
) -> str:
    """What to say when ``service`` gave no answer at ``url``, which ``url_setting`` names."""
    at = origin(url)
    if isinstance(failure, Redirected):
        return (
            f"{service} at {at} redirects to {failure.target}, which was not followed, because the credential would go along: "
            f"set {url_setting} to the address that answers by itself."
        )
    proxy = _proxy(url)
    if proxy and isinstance(failure, (ProxyError, InvalidProxyURL)):
        return (
            f"{service} cannot be reached at {at} through the proxy that {proxy} names ({type(failure).__name__}): check {proxy}, "
            "or add the host to NO_PROXY."
        )
    how = "does not answer in time" if isinstance(failure, Timeout) else "cannot be reached"
    through = f", and the proxy that {proxy} names" if proxy else ""
    return f"{service} {how} at {at} ({type(failure).__name__}): check {url_setting}{through}."


def proxy_refused_sentence(service: str, url: str) -> str:
    """What to say about an answer with status 407, which comes from a proxy."""
    proxy = _proxy(url) or "HTTPS_PROXY"
    return (
        f"The proxy on the way to {service} wants a user and a password (407): put them into {proxy}, or add the host "
        "to NO_PROXY."
    )


def _proxy(url: str) -> str | None:
    """The variable that names the proxy for ``url``, if there is one."""
    if is_this_machine(url):
        return None
    proxy = select_proxy(url, get_environ_proxies(url))
    names = (f"{url.partition(':')[0]}_proxy", "all_proxy")
    spellings = (spelling for name in names for spelling in (name, name.upper()))
    return next((name for name in spellings if proxy and os.environ.get(name) == proxy), None)


class FeedError(Exception):
    """The source gave no usable answer; the message is one sentence for people.

    ``status`` is that of the answer; ``None`` when there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class FeedRefused(FeedError):
    """The source has no such feed, or not for this plan or person."""


class FeedBusy(FeedError):
    """The source asks for fewer requests."""


class AllowanceSpent(Exception):
    """The look at the source would take more requests or more time than it may."""


@dataclass
class Allowance:
    """How many requests one look at a source may make, and until when (``time.monotonic``).

    ``budget``: what all processes together may ask of the account.
    """

    requests: int
    seconds: float
    budget: RequestBudget | None = None
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    @contextmanager
    def request(self) -> Iterator[None]:
        """Make one request in the block; raises ``AllowanceSpent`` or ``BudgetSpent`` when there is none left."""
        if self.requests <= 0 or time.monotonic() > self._deadline:
            raise AllowanceSpent
        self.requests -= 1
        with self.budget.request() if self.budget else nullcontext():
            yield


@dataclass(frozen=True)
class Api:
    """Where an API is, how one signs in, and how people call both."""

    service: str
    base_url: str
    headers: Mapping[str, str]
    url_setting: str
    credential_setting: str
    answer_seconds: float = 15

    def get(self, path: str, params: Mapping[str, Any], allowance: Allowance) -> Any:
        """The parsed JSON answer. Raises ``FeedRefused``, ``FeedError``, ``AllowanceSpent`` or ``BudgetSpent``."""
        return self.answer(path, params, allowance)[0]

    def answer(
        self, path: str, params: Mapping[str, Any], allowance: Allowance
    ) -> tuple[Any, Mapping[str, str]]:
        """The parsed JSON answer and its headers; raises as ``get`` does.

        Nothing is tried twice: when to ask again is for the caller to know.
        """
        try:
            with allowance.request(), keep_to_host(requests.Session()) as session:
                answer = session.get(
                    f"{self.base_url}{path}",
                    params=params,
                    headers=self.headers,
                    timeout=(_CONNECT_SECONDS, self.answer_seconds),
                )
        except requests.RequestException as error:
            # The exception's own text quotes the address.
            sentence = failed_sentence(self.service, self.base_url, self.url_setting, error)
            status = error.status if isinstance(error, Redirected) else None
            raise FeedError(sentence, status) from None
        self._raise_for_status(answer.status_code)
        try:
            return answer.json(), answer.headers
        except ValueError:
            raise FeedError(
                f"{self.service} did not answer with JSON: check {self.url_setting}.", status=200
            ) from None

    def _raise_for_status(self, status: int) -> None:
        if status == 200:
            return
        if status == 401:
            raise FeedError(
                f"{self.service} refused the credential: check {self.credential_setting}.", status
            )
        if status in (403, 404):
            raise FeedRefused(f"{self.service} answered {status}", status)
        if status == 429:
            raise FeedBusy(f"{self.service} asks for fewer requests (429).", status)
        if status == 407:
            raise FeedError(proxy_refused_sentence(self.service, self.base_url), status)
        raise FeedError(f"{self.service} answered {status}: check {self.url_setting}.", status)
