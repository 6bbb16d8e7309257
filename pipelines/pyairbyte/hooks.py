"""Where a read reaches into the Airbyte CDK, which has no place of its own for it; each hook holds for a ``with`` block.

Here: counting requests, hearing what is said of streams and their parents, leaving a read early, and what is not done.
Not here: how records travel (``batches``), and the read (``executor``). Importing this module imports the CDK: do it
inside functions.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from airbyte_cdk.models import AirbyteMessage, FailureType
from airbyte_cdk.sources.concurrent_source.concurrent_read_processor import ConcurrentReadProcessor
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.streams.concurrent.partitions.types import PartitionCompleteSentinel
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pipelines.project.one_host import Redirected, keep_to_host
from pipelines.pyairbyte.outcome import StreamOutcome
from pipelines.pyairbyte.props import Connector

_POOL_SIZE = 32
_BYTES_AT_ONCE = 2**20


@contextmanager
def schema_unread() -> Iterator[None]:
    """While the block lasts, the CDK does not read its schema of manifests, which takes most of a second.

    The manifests are the package's own; its tests hold them against that schema.
    """
    original = concurrent_declarative_source.get_declarative_component_schema
    concurrent_declarative_source.get_declarative_component_schema = dict
    try:
        yield
    finally:
        concurrent_declarative_source.get_declarative_component_schema = original


@contextmanager
def emptied(messages: Iterator[AirbyteMessage], is_abandoned: threading.Event) -> Iterator[None]:
    """Takes the rest of ``messages`` when the block is left before their end, for which nothing more is asked."""
    try:
        yield
    except (GeneratorExit, OSError):
        is_abandoned.set()
        with suppress(AirbyteTracedException):
            deque(messages, maxlen=0)
        raise


@contextmanager
def counted(counter: Counter[str], is_abandoned: threading.Event) -> Iterator[None]:
    """While the block lasts, every HTTP client of the CDK counts its requests under its stream's name.

    It keeps to its host, too. The CDK builds the clients of parent streams in factories of their own, so the class is the one place to hook.
    """
    original = HttpClient.__init__

    def counting(client: HttpClient, *args: Any, **kwargs: Any) -> None:
        original(client, *args, **kwargs)
        adapter = _CountingAdapter(counter, client._name, is_abandoned)
        client._session.mount("http://", adapter)
        client._session.mount("https://", adapter)
        keep_to_host(client._session, _redirected)

    HttpClient.__init__ = counting
    try:
        yield
    finally:
        HttpClient.__init__ = original


class _Notes(logging.Handler):
    """Notes what the connector says of its streams beside their records: see ``sources.cdk``.

    A warning may name its ``stream``, and the ``partition`` of it that was left out; a ``pause`` is why nothing more
    is asked for now.
    """

    def __init__(
        self, connector: Connector, outcomes: Mapping[str, StreamOutcome], pauses: set[str]
    ) -> None:
        super().__init__(logging.WARNING)
        self._connector = connector
        self._outcomes = outcomes
        self._pauses = pauses

    def emit(self, record: logging.LogRecord) -> None:
        pause = getattr(record, "pause", None)
        if pause:
            self._pauses.add(pause)
        stream = getattr(record, "stream", "")
        outcome = self._outcomes.get(stream)
        if outcome is None:
            return
        if record.getMessage() not in outcome.warnings:
            outcome.warnings.append(record.getMessage())
        parent = _parent(self._connector, stream, getattr(record, "partition", {}))
        if parent is None:
            outcome.is_refused_whole = True
        else:
            outcome.refused.add(parent)


@contextmanager
def noted(
    connector: Connector, outcomes: Mapping[str, StreamOutcome], pauses: set[str]
) -> Iterator[None]:
    handler = _Notes(connector, outcomes, pauses)
    logger = logging.getLogger("airbyte")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def finished_parents_noted(
    connector: Connector, outcomes: Mapping[str, StreamOutcome]
) -> Iterator[None]:
    """While the block lasts, outcomes learn which parents of their streams were read to the last page.

    The CDK tells nobody; it calls this method once all records of a partition were handed on.
    """
    original = ConcurrentReadProcessor.on_partition_complete_sentinel

    def noting(
        processor: ConcurrentReadProcessor, sentinel: PartitionCompleteSentinel
    ) -> Iterable[AirbyteMessage]:
        stream, read_slice = sentinel.partition.stream_name(), sentinel.partition.to_slice()
        parent = _parent(connector, stream, read_slice or {})
        if sentinel.is_successful and parent is not None:
            outcomes[stream].finished.add(parent)
        return original(processor, sentinel)

    ConcurrentReadProcessor.on_partition_complete_sentinel = noting
    try:
        yield
    finally:
        ConcurrentReadProcessor.on_partition_complete_sentinel = original


def _parent(connector: Connector, stream: str, partition: Mapping[str, Any]) -> str | None:
    """The id of the parent that a partition of ``stream`` belongs to, or ``None`` where it belongs to none."""
    scope = connector.stream(stream).scope
    parent = partition.get(scope.column) if scope else None
    return None if parent is None else str(parent)


def _redirected(redirected: Redirected) -> AirbyteTracedException:
    """The end of a stream: a connector that nobody taught redirects would ask again and again."""
    return AirbyteTracedException(
        message=str(redirected), failure_type=FailureType.config_error, exception=redirected
    )


class _CountingAdapter(HTTPAdapter):
    """Counts what really goes over the network: retries included, answers from the request cache not.

    Of an abandoned read nothing goes over it any more.
    """

    def __init__(self, counter: Counter[str], stream: str, is_abandoned: threading.Event) -> None:
        super().__init__(pool_connections=_POOL_SIZE, pool_maxsize=_POOL_SIZE)
        self._counter = counter
        self._stream = stream
        self._is_abandoned = is_abandoned

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if self._is_abandoned.is_set():
            raise AirbyteTracedException(message="The read was abandoned.")
        self._counter[self._stream] += 1
        response = super().send(request, *args, **kwargs)
        # Without this it is read in pieces of 10 kB, and the threads wait for each other after each.
        response._content = b"".join(response.iter_content(_BYTES_AT_ONCE))
        return response
