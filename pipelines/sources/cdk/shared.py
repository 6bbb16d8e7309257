"""Answers that several streams of one read need, each requested once, and parsed once for streams that keep pace.

The CDK's own request cache is not used, because it is one in-memory database for the whole process.
A second read could get the first one's answers from it, and streams that start together all miss
it.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from pipelines.project.requests_private import with_body
from pipelines.sources.cdk.body import with_parsed

#: So many of the latest answers are kept as they were parsed. Streams that share a list read it side by side.
_AT_HAND = 4


@dataclass(frozen=True)
class _Answer:
    """A response without its parsed value; bodies are compressed because they are kept until the read is over."""

    status: int
    url: str
    request: PreparedRequest
    headers: CaseInsensitiveDict[str]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> _Answer:
        return cls(
            response.status_code,
            response.url,
            response.request,
            response.headers,
            zlib.compress(response.content, 1),
        )

    def response(self, latest: Response | None) -> Response:
        """The response for another stream; ``latest``: the one that was asked for, if it is still there."""
        response = Response()
        response.status_code = self.status
        response.url = self.url
        response.request = self.request
        response.headers = self.headers
        if latest is None:
            return with_body(response, zlib.decompress(self.body))
        return with_parsed(with_body(response, latest.content), latest)


class SharedResponses:
    """The answers of one read by what was asked; whoever asks while an answer is on its way waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Future[_Answer]] = {}
        self._latest: OrderedDict[str, Response] = OrderedDict()

    def get(self, question: str, ask: Callable[[], Response]) -> Response:
        """The answer to ``question``; a failed ``ask`` fails for everybody, it is not repeated."""
        with self._lock:
            is_first = question not in self._answers
            answer = self._answers.setdefault(question, Future())
        if not is_first:
            kept = answer.result()
            return kept.response(self._latest.get(question))
        try:
            response = ask()
            with self._lock:
                self._latest[question] = response
                while len(self._latest) > _AT_HAND:
                    self._latest.popitem(last=False)
            answer.set_result(_Answer.of(response))
        except BaseException as failure:
            answer.set_exception(failure)
            raise
        return response
