"""Runs an installed connector for PyAirbyte: its records go into files in batches, and its other words become outcomes.

PyAirbyte's own executor for programs hands on each record by itself and keeps no outcome per
stream. It lets the program write to this process' standard error. After a failure, it takes the
records that came before it for the whole stream. Here: what each message of Airbyte's protocol
means for a stream. Not here: the program's process (``process``), its streams (``catalog``),
caches, publishing, Dagster. Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from pipelines.project.texts.secrets import blotted, keep_secret
from pipelines.pyairbyte.airbyte_private import PathExecutor
from pipelines.pyairbyte.catalog import InstalledConnector, is_incremental
from pipelines.pyairbyte.conform import Conformer, staged_schema
from pipelines.pyairbyte.discovery import secrets_of
from pipelines.pyairbyte.messages import UNREADABLE, Message, ended_sentence, error_of, messages
from pipelines.pyairbyte.outcome import PROGRESS_SECONDS, Progress, StreamOutcome, StreamState
from pipelines.pyairbyte.process import NotStarted, running
from pipelines.pyairbyte.records_file import RecordsFile
from pipelines.pyairbyte.session import Part, ReadSession
from pipelines.pyairbyte.unreadable import set_aside, text_of


class InstalledExecutor(PathExecutor):
    """Runs a program that speaks Airbyte's protocol; keeps an outcome per stream instead of failing the whole read."""

    def __init__(
        self,
        connector: InstalledConnector,
        config: Mapping[str, Any],
        folder: Path,
        *,
        streams: Sequence[str] = (),
        states: Mapping[str, StreamState] | None = None,
        session: ReadSession | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """``folder``: where records are written; ``streams``: those to read, in the order in which they are asked for."""
        super().__init__(name=connector.name, path=Path(connector.executable))
        self._connector = connector
        self._config = config
        self._folder = folder
        self._states = dict(states or {})
        self._on_progress = on_progress
        self._files: dict[str, RecordsFile] = {}
        self._told: set[str] = set()
        self._reading: Generator[str, None, None] | None = None
        self.session = session or ReadSession()
        self.session.sees_requests = False
        self.outcomes = {
            name: StreamOutcome(Conformer(connector.stream(name)), state=self._states.get(name))
            for name in streams
        }

    def execute(
        self,
        args: list[str],
        *,
        stdin: IO[str] | Any | None = None,  # noqa: ARG002 (sources are asked without)
        suppress_stderr: bool = False,  # noqa: ARG002 (it is kept, and nobody sees more than its last line)
    ) -> Iterator[str]:
        """Answer one connector command as lines of the Airbyte protocol."""
        verb = args[0]
        if verb == "check":
            yield self._check()
        elif verb == "discover":
            yield self._discover()
        elif verb == "read":
            self._reading = self._read()
            yield from self._reading
        else:
            raise ValueError(f"{verb} is nothing that a read asks for")

    @property
    def offered(self) -> set[str]:
        """The streams as the catalog's file has them; it is not asked again what the program offers."""
        return {props.name for props in self._connector.streams}

    def close(self) -> None:
        """End a read early."""
        self.session.abandon()
        if self._reading is not None:
            self._reading.close()

    def _check(self) -> str:
        """The program's verdict; one that gives none has refused."""
        status: Message = {}
        reason = None
        try:
            for secret in secrets_of(self._connector.executable, self._config):
                keep_secret(secret)
            with running(self._connector.executable, ["check"], self._given) as process:
                for message in messages(process):
                    if message["type"] == "CONNECTION_STATUS":
                        status = message["connectionStatus"]
                    reason = error_of(message) or reason
                code = process.ended()
                if not status:
                    why = reason or process.last_words
                    reason = ended_sentence(self.name, "check", code) + (f": {why}" if why else "")
        except NotStarted as error:
            reason = str(error)
        is_right = status.get("status") == "SUCCEEDED"
        said = None if is_right else blotted(str(status.get("message") or reason or "no reason"))
        verdict = {"status": "SUCCEEDED" if is_right else "FAILED", "message": said}
        return json.dumps({"type": "CONNECTION_STATUS", "connectionStatus": verdict})

    def _discover(self) -> str:
        """The streams as the catalog's file has them, in the form in which they are staged."""
        streams = [
            {
                "name": props.name,
                "json_schema": staged_schema(props),
                "supported_sync_modes": ["full_refresh"],
                "source_defined_primary_key": [[name] for name in props.primary_key],
            }
            for props in self._connector.streams
        ]
        return json.dumps({"type": "CATALOG", "catalog": {"streams": streams}})

    def _read(self) -> Generator[str, None, None]:
        started = reported = time.monotonic()
        with ExitStack() as stack:
            for name, outcome in self.outcomes.items():
                path = self._folder / f"{name}.jsonl"
                self._files[name] = stack.enter_context(RecordsFile(path, outcome.conformer))
            try:
                process = stack.enter_context(
                    running(self._connector.executable, ["read"], {**self._given, **self._asked})
                )
                for message in messages(process):
                    table = self._digest(message)
                    if table and self._files[table].is_full:
                        yield self._batch(table)
                    now = time.monotonic()
                    if self._on_progress and now - reported >= PROGRESS_SECONDS:
                        reported = now
                        records = {name: each.records for name, each in self.outcomes.items()}
                        self._on_progress(Progress(records, None, now - started))
                for table, file in self._files.items():
                    if file.waiting:
                        yield self._batch(table)
                self._conclude(process.ended(), blotted(process.last_words))
            except NotStarted as error:
                self._blame_unfinished(str(error))

    def _batch(self, table: str) -> str:
        """Write what came of a stream, and a message that says so."""
        data = self._files[table].write()
        body = {"stream": table, "data": data, "emitted_at": int(time.time() * 1000)}
        return json.dumps({"type": "RECORD", "record": body})

    @property
    def _given(self) -> dict[str, bytes]:
        return {"--config": json.dumps(dict(self._config), default=str).encode()}

    @property
    def _asked(self) -> dict[str, bytes]:
        """The catalog of the streams to read, and where the last read of each ended."""
        entries = [self._connector.entries[name] for name in self.outcomes]
        state = [
            {
                "type": "STREAM",
                "stream": {
                    "stream_descriptor": _descriptor(self._connector.entries[name]),
                    "stream_state": saved,
                },
            }
            for name, saved in self._states.items()
            if name in self.outcomes
        ]
        return {
            "--catalog": json.dumps({"streams": entries}).encode(),
            "--state": json.dumps(state).encode(),
        }

    @cached_property
    def _tables(self) -> Mapping[tuple[str, str | None], str]:
        """The table of each stream that is read, by the stream's own name and namespace."""
        return {
            (entry["stream"]["name"], entry["stream"].get("namespace")): name
            for name in self.outcomes
            for entry in [self._connector.entries[name]]
        }

    def _outcome(self, name: Any, namespace: Any = None) -> tuple[str, StreamOutcome] | None:
        table = self._tables.get((name, namespace)) or self._tables.get((name, None))
        return (table, self.outcomes[table]) if table else None

    def _digest(self, message: Message) -> str | None:
        """Note what the message says about its stream; the table that it is a record of, if any."""
        try:
            return self._noted(message)
        except (AttributeError, LookupError, TypeError, ValueError):
            return self._noted({"type": UNREADABLE})

    def _noted(self, message: Message) -> str | None:
        kind = message["type"]
        if kind == "RECORD":
            return self._take_record(message["record"])
        if kind == "STATE":
            self._take_state(message["state"])
        elif kind == "TRACE":
            self._take_trace(message)
        elif kind == "CONTROL":
            self._tell_all(
                f"{self.name} wants its config changed, such as for a token that it renewed. That is not kept: "
                "where a later read is refused, the config needs a new one."
            )
        elif kind == "LOG":
            _logger(self.name).info(blotted(str(message["log"].get("message"))))
        elif kind == UNREADABLE:
            self._blame_unfinished(
                f"{self.name} wrote a line that is no message of Airbyte's protocol, which may have been a record."
            )
        return None

    def _take_record(self, record: Message) -> str | None:
        known = self._outcome(record.get("stream"), record.get("namespace"))
        if known is None:
            return None
        table, outcome = known
        outcome.records += 1
        data = record.get("data")
        if not isinstance(data, dict):
            data = set_aside("is no object", text_of(data))
        self._files[table].add(data)
        return table

    def _take_state(self, state: Message) -> None:
        if state.get("type") != "STREAM":
            self._tell_all(
                f"{self.name} keeps one state for all its streams, which cannot be saved with one of them: its streams "
                "are read whole each time."
            )
            return
        descriptor = state["stream"]["stream_descriptor"]
        known = self._outcome(descriptor.get("name"), descriptor.get("namespace"))
        # What a stream that is read whole remembers is for reading on after a break, and is no place to begin from.
        if known and is_incremental(self._connector.entries[known[0]]):
            known[1].state = dict(state["stream"].get("stream_state") or {})

    def _take_trace(self, message: Message) -> None:
        trace = message["trace"]
        about = trace.get("error") or trace.get("stream_status") or {}
        descriptor = about.get("stream_descriptor") or {}
        known = self._outcome(descriptor.get("name"), descriptor.get("namespace"))
        error = error_of(message)
        if error and known:
            known[1].error = known[1].error or error
        elif error:
            self._blame_unfinished(error)
        elif known and "stream_status" in trace:
            self._told.add(known[0])
            known[1].complete = about.get("status") == "COMPLETE"

    def _conclude(self, code: int, last_words: str) -> None:
        """What the program's end means for each stream. Old ones tell of no stream by itself: their exit status does."""
        ended = ended_sentence(self.name, "read", code)
        if code != 0:
            self._blame_unfinished(f"{ended}: {last_words}" if last_words else f"{ended}.")
        for name, outcome in self.outcomes.items():
            if outcome.error is not None:
                continue
            if code != 0:
                self.session.refuse(Part(name), f"{ended}, so nothing that is missing is removed.")
            elif name not in self._told:
                outcome.complete = True
                if not outcome.records:
                    self.session.refuse(
                        Part(name),
                        f"{self.name} said nothing of {name}, so nothing of it is removed.",
                    )

    def _blame_unfinished(self, message: str) -> None:
        for outcome in self.outcomes.values():
            if not outcome.complete and outcome.error is None:
                outcome.error = blotted(message)

    def _tell_all(self, sentence: str) -> None:
        for name in self.outcomes:
            self.session.note(name, sentence)


def _descriptor(entry: Message) -> dict[str, Any]:
    stream = entry["stream"]
    return {key: stream[key] for key in ("name", "namespace") if stream.get(key)}


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(f"airbyte.{name}")
