"""Answers that several streams of one read need, each requested once.

The CDK's own request cache is not used, because it is one in-memory database for the whole process.
A second read could get the first one's answers from it, and streams that start together all miss
it.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from requests import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from pipelines.project.requests_private import with_body


@dataclass(frozen=True)
class _Answer:
    """A response without its parsed values; bodies are compressed because they are kept until the read is over."""

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

    def response(self) -> Response:
        response = Response()
        response.status_code = self.status
        response.url = self.url
        response.request = self.request
        response.headers = self.headers
        return with_body(response, zlib.decompress(self.body))


class SharedResponses:
    """The answers of one read by what was asked; whoever asks while an answer is on its way waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Future[_Answer]] = {}

    def get(self, question: str, ask: Callable[[], Response]) -> Response:
        """The answer to ``question``; a failed ``ask`` fails for everybody, it is not repeated."""
        with self._lock:
            is_first = question not in self._answers
            answer = self._answers.setdefault(question, Future())
        if not is_first:
            return answer.result().response()
        try:
            response = ask()
            answer.set_result(_Answer.of(response))
        except BaseException as failure:
            answer.set_exception(failure)
            raise
        return response
