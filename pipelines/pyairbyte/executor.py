"""Runs a connector's manifest for PyAirbyte, and leans on its insides and the CDK's with ``hooks`` and ``batches``.

PyAirbyte's own executor for manifests falls short in six ways, each mended here:

* it ignores saved state, so an "incremental" read silently reads everything (still so in 0.71.3; see ``airbyte_private``);
* one failing stream fails the whole read, although the CDK finishes the others;
* nobody learns which parts of a stream were read to their end, so a read cannot go on where another stopped (see
  ``session``);
* undeclared fields are dropped, and a retyped one fails the load (see ``conform``);
* each record is a message of its own (see ``batches``);
* the config, with its secrets, is written to temporary files, which a killed process leaves behind.

Not here: caches, publishing, Dagster. Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import orjson
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
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from pipelines.project.texts.secrets import keep_secret
from pipelines.pyairbyte.airbyte_private import DeclarativeExecutor
from pipelines.pyairbyte.batches import RECORDS, WHOLE, Spool, batched
from pipelines.pyairbyte.conform import Conformer, staged_schema
from pipelines.pyairbyte.hooks import emptied, every_client, schema_unread
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.outcome import PROGRESS_SECONDS, Progress, StreamOutcome, StreamState
from pipelines.pyairbyte.session import ReadSession, with_session

#: What the CDK puts into the state of a stream that has no cursor.
_NO_CURSOR = "__ab_no_cursor_state_message"


class StreamwiseExecutor(DeclarativeExecutor):
    """Runs a manifest in process; keeps an outcome per stream instead of failing the whole read."""

    def __init__(
        self,
        connector: ManifestConnector,
        config: Mapping[str, Any],
        folder: Path,
        *,
        streams: Sequence[str] = (),
        states: Mapping[str, StreamState] | None = None,
        session: ReadSession | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """``folder``: where records are written; ``streams``: the order in which the selected streams are to be begun.

        ``session``: what this read and the connector's components tell each other.
        """
        super().__init__(name=connector.name, manifest=connector.manifest)
        self._connector = connector
        self.session = session or ReadSession()
        self._config = with_session(config, self.session)
        self._folder = folder
        self._order = {name: position for position, name in enumerate(streams)}
        self._states = dict(states or {})
        self._on_progress = on_progress
        self.outcomes: dict[str, StreamOutcome] = {}
        self._reading: Generator[str, None, None] | None = None

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
        """End a read early, such as when its records cannot be stored; no request follows.

        The CDK's threads wait until what they have read is taken, and a process waits for its threads when it ends.
        """
        self.session.abandon()
        if self._reading is not None:
            self._reading.close()

    def _check(self) -> str:
        with every_client(self.session):
            status = self._source.check(_logger(self.name), self._config)
        return _line(AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status))

    def _discover(self) -> str:
        with every_client(self.session):
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
            self._folder,
            {name: outcome.conformer for name, outcome in self.outcomes.items()},
            self.session,
        )
        messages = self._source.read(_logger(self.name), self._config, catalog)
        try:
            with (
                every_client(self.session),
                batched(spool),
                emptied(messages, self.session),
            ):
                for message in messages:
                    if spool.failure:
                        raise spool.failure
                    line = self._digest(message)
                    if line is not None:
                        yield line
                    now = time.monotonic()
                    if self._on_progress and now - reported >= PROGRESS_SECONDS:
                        reported = now
                        self._on_progress(self.progress(now - started))
        except AirbyteTracedException as failure:
            # Raised once all streams are done if any failed; their own errors were noted on the way.
            self._blame_unfinished(failure.message or str(failure))

    def progress(self, seconds: float) -> Progress:
        """The read's counts so far, after ``seconds``."""
        records = {name: outcome.records for name, outcome in self.outcomes.items()}
        return Progress(records, self.session.requests.total(), seconds)

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
            return self._note_trace(message)
        if message.type == Type.LOG and message.log:
            _logger(self.name).info(message.log.message)
        return None

    def _note_trace(self, message: AirbyteMessage) -> str | None:
        """Of a stream that is whole, a line that says so: it can be loaded while others are read."""
        trace = message.trace
        assert trace is not None
        if trace.type == TraceType.ERROR and trace.error:
            stream = trace.error.stream_descriptor.name if trace.error.stream_descriptor else None
            if stream in self.outcomes and self.outcomes[stream].error is None:
                self.outcomes[stream].error = trace.error.message
        if trace.type == TraceType.STREAM_STATUS and trace.stream_status:
            status = trace.stream_status
            if status.status == AirbyteStreamStatus.COMPLETE:
                name = status.stream_descriptor.name
                self.outcomes[name].complete = True
                return _batch_line(
                    AirbyteRecordMessage(
                        stream=name, data={WHOLE: True}, emitted_at=int(time.time() * 1000)
                    )
                )
        return None

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
        with schema_unread():
            source = _SourceBuiltOnce(
                config=self._config, state=state, source_config=self._manifest_dict
            )
        source.chosen = self._needed_streams
        specification = source.spec(_logger(self.name)).connectionSpecification
        AirbyteEntrypoint.set_up_secret_filter(self._config, specification)
        for secret in get_secrets(specification, self._config):
            keep_secret(str(secret))
        return source

    @property
    def offered(self) -> set[str]:
        """Names of all streams that the source offers."""
        return {str(stream.get("name")) for stream in self._source.offered_configs}

    @property
    def _needed_streams(self) -> frozenset[str] | None:
        """The selected streams and those that the check asks for; ``None`` where it cannot be told, which means all."""
        checked = self._connector.manifest.get("check", {}).get("stream_names")
        return frozenset(self._order) | frozenset(checked) if self._order and checked else None


class _SourceBuiltOnce(ConcurrentDeclarativeSource):
    """A source that builds its streams for its first command and has them for the others, and builds only ``chosen`` ones.

    Building a stream takes longer than asking it for a page.
    """

    chosen: frozenset[str] | None = None

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:  # noqa: ARG002
        """See the CDK; ``config`` is always the source's own."""
        return self._all_streams

    @cached_property
    def offered_configs(self) -> list[dict[str, Any]]:
        """What the manifest says of each stream."""
        return [*self._stream_configs(self._source_config), *self.dynamic_streams]

    @cached_property
    def _all_streams(self) -> list[AbstractStream]:
        if self.chosen is None:
            return super().streams(self._config)
        self._prepare_for_stream_build()
        chosen = [stream for stream in self.offered_configs if stream.get("name") in self.chosen]
        streams: list[AbstractStream] = self._create_streams(chosen, self.offered_configs)
        return streams


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(f"airbyte.{name}")


def _line(message: AirbyteMessage) -> str:
    return AirbyteEntrypoint.airbyte_message_to_string(message)


def _batch_line(batch: AirbyteRecordMessage) -> str:
    body = {"stream": batch.stream, "data": batch.data, "emitted_at": batch.emitted_at}
    return orjson.dumps({"type": "RECORD", "record": body}).decode()
