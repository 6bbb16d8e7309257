"""Everything that leans on the insides of PyAirbyte and the Airbyte CDK, in one file.

PyAirbyte's own executor for manifests falls short in six ways, each mended here:

* it ignores saved state, so an "incremental" read silently reads everything (known upstream, still so in 0.71.3);
* one failing stream fails the whole read, although the CDK finishes the others;
* nobody learns which parts of a stream were read to their end, so a read cannot go on where another stopped;
* undeclared fields are dropped, and a retyped one fails the load (see ``conform``);
* each record is a message of its own (see ``batches``);
* the config, with its secrets, is written to temporary files, which a killed process leaves behind.

Not here: caches, publishing, Dagster. Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import orjson
from airbyte._executors.declarative import DeclarativeExecutor
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.sources.concurrent_source.concurrent_read_processor import ConcurrentReadProcessor
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.partitions.types import PartitionCompleteSentinel
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pipelines.pyairbyte.batches import RECORDS, Spool, batched
from pipelines.pyairbyte.conform import Conformer, staged_schema
from pipelines.pyairbyte.props import Connector

StreamState = dict[str, Any]

#: What the CDK puts into the state of a stream that has no cursor.
_NO_CURSOR = "__ab_no_cursor_state_message"
_POOL_SIZE = 32
_BYTES_AT_ONCE = 2**20
_PROGRESS_SECONDS = 5.0


@dataclass
class StreamOutcome:
    """How the read of one stream ended. ``error`` is one sentence, ``None`` when it was read completely."""

    conformer: Conformer
    records: int = 0
    complete: bool = False
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    #: Of a stream that is read by parent: ids (as text) of those read to their end, and of those refused in part.
    finished: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    #: Whether something was refused that is no single parent's.
    is_refused_whole: bool = False
    #: The state the read arrived at, for the next one to start from; ``None`` where a stream has none.
    state: StreamState | None = None


@dataclass(frozen=True)
class Progress:
    """What a running read has done so far."""

    records: Mapping[str, int]
    requests: int
    seconds: float


class StreamwiseExecutor(DeclarativeExecutor):
    """Runs a manifest in process; keeps an outcome per stream instead of failing the whole read."""

    def __init__(
        self,
        connector: Connector,
        config: Mapping[str, Any],
        folder: Path,
        *,
        streams: Sequence[str] = (),
        states: Mapping[str, StreamState] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """``folder``: where records are written; ``streams``: the order in which the selected streams are to be begun."""
        super().__init__(name=connector.name, manifest=connector.manifest)
        self._connector = connector
        self._config = dict(config)
        self._folder = folder
        self._order = {name: position for position, name in enumerate(streams)}
        self._states = dict(states or {})
        self._on_progress = on_progress
        self.outcomes: dict[str, StreamOutcome] = {}
        #: Why the connector stopped asking, in its words: what it left unread is to be read later.
        self.pauses: set[str] = set()
        self.requests: Counter[str] = Counter()
        self._reading: Generator[str, None, None] | None = None
        self._is_abandoned = threading.Event()

    def execute(
        self,
        args: list[str],
        *,
        stdin: IO[str] | Any | None = None,
        suppress_stderr: bool = False,
    ) -> Iterator[str]:
        """Answer one connector command as lines of the Airbyte protocol."""
        verb = args[0]
        if verb == "check":
            yield self._check()
        elif verb == "discover":
            yield self._discover()
        elif verb == "read":
            options = dict(zip(args[1::2], args[2::2], strict=True))
            self._reading = self._read(Path(options["--catalog"]))
            yield from self._reading
        else:
            yield from super().execute(args, stdin=stdin, suppress_stderr=suppress_stderr)

    def close(self) -> None:
        """End a read whose records nobody takes any more, such as when they cannot be stored; no request follows.

        The CDK's threads wait until what they have read is taken, and a process waits for its threads when it ends.
        """
        self._is_abandoned.set()
        if self._reading is not None:
            self._reading.close()

    def _check(self) -> str:
        with (
            _counted(self.requests, self._is_abandoned),
            _noted(self._connector, self.outcomes, self.pauses),
        ):
            status = self._source.check(_logger(self.name), self._config)
        return _line(AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status))

    def _discover(self) -> str:
        with _counted(self.requests, self._is_abandoned):
            catalog = self._source.discover(_logger(self.name), self._config)
        for stream in catalog.streams:
            stream.json_schema = staged_schema(self._connector.stream(stream.name))
        return _line(AirbyteMessage(type=Type.CATALOG, catalog=catalog))

    def _read(self, catalog_path: Path) -> Generator[str, None, None]:
        catalog = ConcurrentDeclarativeSource.read_catalog(str(catalog_path))
        catalog.streams.sort(key=lambda configured: self._order.get(configured.stream.name, 0))
        self.outcomes = {
            configured.stream.name: StreamOutcome(
                Conformer(self._connector.stream(configured.stream.name))
            )
            for configured in catalog.streams
        }
        started = reported = time.monotonic()
        spool = Spool(
            self._folder, {name: outcome.conformer for name, outcome in self.outcomes.items()}
        )
        messages = self._source.read(_logger(self.name), self._config, catalog)
        try:
            with (
                _counted(self.requests, self._is_abandoned),
                _noted(self._connector, self.outcomes, self.pauses),
                _finished_parents_noted(self._connector, self.outcomes),
                batched(spool),
                _emptied(messages, self._is_abandoned),
            ):
                for message in messages:
                    if spool.failure:
                        raise spool.failure
                    line = self._digest(message)
                    if line is not None:
                        yield line
                    now = time.monotonic()
                    if self._on_progress and now - reported >= _PROGRESS_SECONDS:
                        reported = now
                        self._on_progress(self.progress(now - started))
        except AirbyteTracedException as failure:
            # Raised once all streams are done if any failed; their own errors were noted on the way.
            self._blame_unfinished(failure.message or str(failure))

    def progress(self, seconds: float) -> Progress:
        """The read's counts so far, after ``seconds``."""
        records = {name: outcome.records for name, outcome in self.outcomes.items()}
        return Progress(records, self.requests.total(), seconds)

    def _digest(self, message: AirbyteMessage) -> str | None:
        """Note what the message says about its stream; the line to hand on to PyAirbyte, if any."""
        if message.type == Type.RECORD and message.record:
            self.outcomes[message.record.stream].records += message.record.data[RECORDS]
            return _batch_line(message.record)
        if message.type == Type.STATE and message.state and message.state.stream:
            reached = message.state.stream
            saved = dict(vars(reached.stream_state or AirbyteStateBlob()))
            if not saved.get(_NO_CURSOR):
                self.outcomes[reached.stream_descriptor.name].state = saved
            return None
        if message.type == Type.TRACE and message.trace:
            self._note_trace(message)
            return None
        if message.type == Type.LOG and message.log:
            _logger(self.name).info(message.log.message)
        return None

    def _note_trace(self, message: AirbyteMessage) -> None:
        trace = message.trace
        assert trace is not None
        if trace.type == TraceType.ERROR and trace.error:
            stream = trace.error.stream_descriptor.name if trace.error.stream_descriptor else None
            if stream in self.outcomes and self.outcomes[stream].error is None:
                self.outcomes[stream].error = trace.error.message
        if trace.type == TraceType.STREAM_STATUS and trace.stream_status:
            status = trace.stream_status
            if status.status == AirbyteStreamStatus.COMPLETE:
                self.outcomes[status.stream_descriptor.name].complete = True

    def _blame_unfinished(self, message: str) -> None:
        for outcome in self.outcomes.values():
            if not outcome.complete and outcome.error is None:
                outcome.error = message

    @cached_property
    def _source(self) -> ConcurrentDeclarativeSource:
        """One for all commands, because making it takes longer than asking a few questions."""
        state = [
            AirbyteStateMessage(
                type=AirbyteStateType.STREAM,
                stream=AirbyteStreamState(
                    stream_descriptor=StreamDescriptor(name=stream),
                    stream_state=AirbyteStateBlob(**saved),
                ),
            )
            for stream, saved in self._states.items()
        ]
        with _schema_unread():
            source = _SourceBuiltOnce(
                config=self._config, state=state, source_config=self._manifest_dict
            )
        AirbyteEntrypoint.set_up_secret_filter(
            self._config, source.spec(_logger(self.name)).connectionSpecification
        )
        return source


class _SourceBuiltOnce(ConcurrentDeclarativeSource):
    """A source that builds its streams for its first command and has them for the others."""

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:  # noqa: ARG002
        """See the CDK; ``config`` is always the source's own."""
        return self._all_streams

    @cached_property
    def _all_streams(self) -> list[AbstractStream]:
        return super().streams(self._config)


@contextmanager
def _schema_unread() -> Iterator[None]:
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
def _emptied(messages: Iterator[AirbyteMessage], is_abandoned: threading.Event) -> Iterator[None]:
    """Takes the rest of ``messages`` when the block is left before their end, for which nothing more is asked."""
    try:
        yield
    except (GeneratorExit, OSError):
        is_abandoned.set()
        with suppress(AirbyteTracedException):
            deque(messages, maxlen=0)
        raise


@contextmanager
def _counted(counter: Counter[str], is_abandoned: threading.Event) -> Iterator[None]:
    """While the block lasts, every HTTP client of the CDK counts its requests under its stream's name.

    The CDK builds the clients of parent streams in factories of their own, so the class is the one place to hook.
    """
    original = HttpClient.__init__

    def counting(client: HttpClient, *args: Any, **kwargs: Any) -> None:
        original(client, *args, **kwargs)
        adapter = _CountingAdapter(counter, client._name, is_abandoned)
        client._session.mount("http://", adapter)
        client._session.mount("https://", adapter)

    HttpClient.__init__ = counting
    try:
        yield
    finally:
        HttpClient.__init__ = original


class _Notes(logging.Handler):
    """Notes what the connector says of its streams beside their records: see ``connectors.components``.

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
def _noted(
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
def _finished_parents_noted(
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


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(f"airbyte.{name}")


def _line(message: AirbyteMessage) -> str:
    return AirbyteEntrypoint.airbyte_message_to_string(message)


def _batch_line(batch: AirbyteRecordMessage) -> str:
    body = {"stream": batch.stream, "data": batch.data, "emitted_at": batch.emitted_at}
    return orjson.dumps({"type": "RECORD", "record": body}).decode()
