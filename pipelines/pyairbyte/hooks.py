"""Where a read reaches into the Airbyte CDK, which has no place of its own for it; each hook holds for a ``with`` block.

Each hook says which name it leans on, and the upstream issue or that none is known (looked for in 2026-11, with 7.39.1). The
contracts are in ``pipelines_tests/pyairbyte/test_private_names.py``, which fails with a sentence when a name changes. Here:
hearing of requests, who reads a partition, leaving a read early, and what is not done. Not here: how records travel
(``batches``), and the read (``executor``). Importing this module imports the CDK: do it inside functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from airbyte_cdk.models import AirbyteMessage, FailureType
from airbyte_cdk.sources.concurrent_source import concurrent_source
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pipelines.project.one_host import Redirected, keep_to_host
from pipelines.project.requests_private import with_body
from pipelines.pyairbyte.session import ReadSession

_POOL_SIZE = 32
_BYTES_AT_ONCE = 2**20


@contextmanager
def schema_unread() -> Iterator[None]:
    """While the block lasts, the CDK does not read its schema of manifests, which takes most of a second.

    The manifests are the package's own; its tests hold them against that schema.
    """
    # Private: the name in that module. No issue known.
    original = concurrent_declarative_source.get_declarative_component_schema
    concurrent_declarative_source.get_declarative_component_schema = dict
    try:
        yield
    finally:
        concurrent_declarative_source.get_declarative_component_schema = original


@contextmanager
def read_by(make_reader: Callable[..., Any]) -> Iterator[None]:
    """While the block lasts, the CDK's concurrent reads use what ``make_reader`` makes of a ``PartitionReader``'s arguments."""
    # Private: the name in that module; a reader's queue and how it ends a partition. No issue known.
    original = concurrent_source.PartitionReader
    concurrent_source.PartitionReader = make_reader
    try:
        yield
    finally:
        concurrent_source.PartitionReader = original


@contextmanager
def emptied(messages: Iterator[AirbyteMessage], session: ReadSession) -> Iterator[None]:
    """Takes the rest of ``messages`` when the block is left before their end, for which nothing more is asked."""
    try:
        yield
    except (GeneratorExit, OSError):
        session.abandon()
        with suppress(AirbyteTracedException):
            deque(messages, maxlen=0)
        raise


@contextmanager
def every_client(session: ReadSession) -> Iterator[None]:
    """While the block lasts, every HTTP client of the CDK tells ``session`` of its requests, and keeps to its host.

    A connector may make requests in its own components. It then repeats this for its own clients.
    The CDK builds the clients of parent streams in factories of their own, so the class is the one
    place to hook.
    """
    # Private: a client's name and its session. No issue known.
    original = HttpClient.__init__

    def made(client: HttpClient, *args: Any, **kwargs: Any) -> None:
        original(client, *args, **kwargs)
        adapter = _ToldAdapter(session, client._name)
        client._session.mount("http://", adapter)
        client._session.mount("https://", adapter)
        keep_to_host(client._session, _redirected)

    HttpClient.__init__ = made
    try:
        yield
    finally:
        HttpClient.__init__ = original


def _redirected(redirected: Redirected) -> AirbyteTracedException:
    """The end of a stream: a connector that nobody taught redirects would ask again and again."""
    return AirbyteTracedException(
        message=str(redirected), failure_type=FailureType.config_error, exception=redirected
    )


class _ToldAdapter(HTTPAdapter):
    """Counts what really goes over the network: retries included, answers from the request cache not.

    Of an abandoned read nothing goes over it any more.
    """

    def __init__(self, session: ReadSession, stream: str) -> None:
        super().__init__(pool_connections=_POOL_SIZE, pool_maxsize=_POOL_SIZE)
        self._session = session
        self._stream = stream

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if self._session.is_abandoned:
            raise AirbyteTracedException(message="The read was abandoned.")
        self._session.count_request(self._stream)
        response = super().send(request, *args, **kwargs)
        # Without this it is read in pieces of 10 kB, and the threads wait for each other after each.
        return with_body(response, b"".join(response.iter_content(_BYTES_AT_ONCE)))
