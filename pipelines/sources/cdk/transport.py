"""The way of every request of a read over the network, retries included: counted, within the budget, bounded.

Here: what holds for all requests and all answers alike. Not here: what an answer means (``errors``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException

from pipelines.project.requests_private import with_body
from pipelines.pyairbyte.session import ReadSession, session_of
from pipelines.sources.budget import BudgetSpent, RequestBudget

#: Limits of one answer where the config sets none (``answer_megabytes``, ``answer_seconds``).
ANSWER_MEGABYTES = 100
ANSWER_SECONDS = 600
_CONNECTIONS = 32
_MEGABYTE = 2**20
#: Read in pieces of 10 kB, as ``requests`` does, the threads of a read would wait for each other after each.
_BYTES_AT_ONCE = _MEGABYTE


@dataclass(frozen=True)
class Wording:
    """How sentences call the API and the variables that limit a read of it."""

    service: str
    budget_setting: str
    size_setting: str = "PIPELINES_ANSWER_MEGABYTES"
    time_setting: str = "PIPELINES_ANSWER_SECONDS"


def mount_transport(
    http: Session, config: Mapping[str, Any], stream: str, wording: Wording
) -> None:
    """Let ``http`` make the requests of ``stream`` under the limits that ``config`` sets.

    A request that the hour's budget does not allow, or that comes after its read was abandoned, is not made and ends its
    stream with an error. An answer that is larger or slower than allowed does so, too.
    """
    session = session_of(config)
    budget = session.shared("budget", lambda: RequestBudget.of(config))
    limits = _Limits(
        int(config.get("answer_megabytes") or ANSWER_MEGABYTES),
        float(config.get("answer_seconds") or ANSWER_SECONDS),
    )
    adapter = _Transport(session, budget, stream, wording, limits)
    http.mount("http://", adapter)
    http.mount("https://", adapter)


@dataclass(frozen=True)
class _Limits:
    megabytes: int
    seconds: float


class _Transport(HTTPAdapter):
    def __init__(
        self,
        session: ReadSession,
        budget: RequestBudget | None,
        stream: str,
        wording: Wording,
        limits: _Limits,
    ) -> None:
        super().__init__(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)
        self._session = session
        self._budget = budget
        self._stream = stream
        self._wording = wording
        self._limits = limits

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if self._session.is_abandoned:
            raise AirbyteTracedException(message="The read was abandoned.")
        try:
            with self._budget.request() if self._budget else nullcontext():
                self._session.count_request(self._stream)
                response = super().send(request, *args, **kwargs)
                return with_body(response, self._body(response))
        except BudgetSpent as spent:
            sentence = (
                f"{self._wording.service}: {spent}; goes on after {spent.free_at:%H:%M} UTC with the next sync; "
                f"raise {self._wording.budget_setting} if the plan allows more."
            )
            self._session.pause(sentence)
            raise AirbyteTracedException(
                message=sentence, failure_type=FailureType.transient_error
            ) from None

    def _body(self, response: Response) -> bytes:
        """The decompressed body, which may be neither larger nor later than the limits say."""
        pieces: list[bytes] = []
        size = 0
        until = time.monotonic() + self._limits.seconds
        try:
            with _interrupted_after(self._limits.seconds, response.raw.shutdown):
                for piece in response.iter_content(_BYTES_AT_ONCE):
                    size += len(piece)
                    if size > self._limits.megabytes * _MEGABYTE:
                        raise self._too_large(response)
                    pieces.append(piece)
        except RequestException:
            if time.monotonic() < until:
                raise
        if time.monotonic() >= until:
            raise self._too_slow(response)
        return b"".join(pieces)

    def _too_large(self, response: Response) -> AirbyteTracedException:
        response.close()
        return _failure(
            f"{self._wording.service} answered {_path(response)} with more than {self._limits.megabytes} MB: nothing is "
            f"read from that. Lower the page size, or raise {self._wording.size_setting}."
        )

    def _too_slow(self, response: Response) -> AirbyteTracedException:
        response.close()
        return _failure(
            f"{self._wording.service} needs more than {self._limits.seconds:.0f} seconds for its answer to "
            f"{_path(response)}: lower the page size, or raise {self._wording.time_setting}."
        )


@contextmanager
def _interrupted_after(seconds: float, interrupt: Callable[[], None]) -> Iterator[None]:
    """``interrupt`` is called when the block lasts longer: an answer may come byte by byte, each in time."""
    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _failure(sentence: str) -> AirbyteTracedException:
    return AirbyteTracedException(message=sentence, failure_type=FailureType.transient_error)


def _path(response: Response) -> str:
    return str(response.request.path_url.partition("?")[0])
