"""One GET of a source's API, within limits of requests and time, whose every failure is one sentence.

Here: HTTP and its errors. Not here: what the answers mean. No sentence quotes a credential, a header or an address.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import requests

from pipelines.sources.budget import RequestBudget

_CONNECT_SECONDS = 5


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
            with allowance.request():
                answer = requests.get(
                    f"{self.base_url}{path}",
                    params=params,
                    headers=self.headers,
                    timeout=(_CONNECT_SECONDS, self.answer_seconds),
                    # `requests` would send the credential's header along to wherever a redirect points.
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            # The exception's own text quotes the address.
            raise FeedError(
                f"{self.service} could not be reached ({type(error).__name__}): check {self.url_setting}."
            ) from None
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
        raise FeedError(f"{self.service} answered {status}: check {self.url_setting}.", status)
