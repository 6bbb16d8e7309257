"""One read of chosen streams into a staging cache that lives as long as the ``with`` block.

Here: the guides' calls in their order: get a source, check it, compare its streams, select some, read them into a
cache. Not here: what happens to the staged rows.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import (
    Deferral,
    StagedStream,
    WindowProgress,
)
from pipelines.pyairbyte.loading import load_pyairbyte, patient_garbage_collector
from pipelines.pyairbyte.parent_state import state_but_of
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.session import Part
from pipelines.pyairbyte.staging_folder import own_folder

if TYPE_CHECKING:
    import pandas as pd
    from airbyte import DuckDBCache, Source

    from pipelines.pyairbyte.outcome import Progress, ReadingExecutor

# What PyAirbyte prints and counts goes through attributes of the process (its standard output, the CDK's HTTP client).
_ONE_READ_AT_A_TIME = threading.Lock()
_SCHEMA = "streams"
#: The CDK's check wraps the connector's sentence into one of its own, and into quotes.
_CHECK_WORDING = re.compile(
    r"""^(["']?)(?:Stream \w+ is not available: |Encountered an error while [\w ]+\. Error: )?(.*?)\1$""",
    re.DOTALL,
)


class ConnectionRefused(Exception):
    """The source's check said no; the message is its reason."""


class ReadPaused(Exception):
    """Nothing may be asked for now; the message is the connector's sentence that says why and until when."""


class UndeclaredStreams(Exception):
    """The running connector and the declared streams do not agree."""


class StagingFailed(Exception):
    """The rows that were read could not be stored; the message says why."""


class StagedRead:
    """A finished read: which streams arrived completely, and why the others did not."""

    def __init__(
        self,
        request: ReadRequest,
        cache: DuckDBCache,
        executor: ReadingExecutor,
        *,
        database: Path,
        read_at: datetime,
        seconds: float,
    ) -> None:
        self._request = request
        self._cache = cache
        self._executor = executor
        self._session = executor.session
        self._database = database
        self._read_at = read_at
        self.seconds = seconds
        self._parents: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}

    @property
    def requests(self) -> int:
        """HTTP requests of the whole read, retries included."""
        return self._session.requests.total()

    @property
    def errors(self) -> dict[str, str]:
        """One sentence for every selected stream that failed."""
        errors = {props.name: self._error(props) for props in self._request.streams}
        return {
            name: error
            for name, error in errors.items()
            if error is not None and error not in self._session.pauses
        }

    @property
    def pause(self) -> str | None:
        """The connector's sentence why it stopped asking, or ``None`` when it did not."""
        return min(self._session.pauses, default=None)

    @property
    def deferred(self) -> list[Deferral]:
        """The selected streams that the pause left partly unread."""
        return [
            Deferral(props, was_begun=self._session.requests[props.name] > 0)
            for props in self._request.streams
            if self._error(props) in self._session.pauses
        ]

    def complete(self) -> Iterator[StagedStream]:
        """The selected streams that arrived completely, in the order of selection."""
        for props in self._request.streams:
            if self._error(props) is None:
                yield self._staged(props)

    def partial(self) -> Iterator[StagedStream]:
        """Of deferred streams that are read by parent, the parents that arrived completely."""
        for deferral in self.deferred:
            if self._is_read_by_parent(deferral.props):
                yield self._staged(deferral.props)

    def to_pandas(self, stream: str) -> pd.DataFrame:
        """A staged stream as a data frame, for a look at what was just read."""
        with self._cache:
            frame: pd.DataFrame = self._cache.get_pandas_dataframe(stream)
        return frame

    def _error(self, props: AirbyteStreamProps) -> str | None:
        needed = [props.name, *([props.scope.stream] if props.scope else [])]
        for name in needed:
            outcome = self._executor.outcomes[name]
            if outcome.error is not None:
                return outcome.error
            if not outcome.complete:
                return f"The source ended before {name} was complete."
        return self._refused_everywhere(props)

    def _refused_everywhere(self, props: AirbyteStreamProps) -> str | None:
        """Why nothing at all could be read of a stream that is no optional one."""
        refused = self._session.refused_parents(props.name)
        if props.optional or props.scope is None or not refused:
            return None
        return next(iter(refused.values())) if self._listed(props) <= refused.keys() else None

    def _is_read_by_parent(self, props: AirbyteStreamProps) -> bool:
        """Whether a part of the stream is worth publishing: a window is read by parent, and the parents are known."""
        if not (props.is_daily and props.scope and self._request.window):
            return False
        return self._executor.outcomes[props.scope.stream].complete

    def _staged(self, props: AirbyteStreamProps) -> StagedStream:
        outcome = self._executor.outcomes[props.name]
        session = self._session
        listed = self._listed(props)
        finished = session.finished_parents(props.name)
        versions = self._parent_versions(props)
        known = self._request.known_versions
        unread = self._request.unread_parents.get(props.name, ())
        unchanged = frozenset(
            parent
            for parent, version in versions.items()
            if known.get(parent) == version and parent not in unread
        ) | session.vouched_parents(props.name)
        refused = session.refused_parents(props.name).keys() | (listed - finished - unchanged)
        progress = self._progress(props, unchanged) if self._is_read_by_parent(props) else None
        if progress:
            refused -= progress.earlier.keys()
        is_full = props.name not in self._request.states
        return StagedStream(
            props=props,
            database=self._database,
            table=f"{_SCHEMA}.{props.name}",
            read_at=self._read_at,
            window=self._request.window if props.is_daily else None,
            full=is_full,
            state=state_but_of(
                refused, outcome.state, {} if is_full else self._request.states[props.name], props
            ),
            # What an earlier read of the window finished may have moved since.
            versions={p: v for p, v in versions.items() if p in finished or p in unchanged},
            unchanged=unchanged,
            records=outcome.records,
            requests=session.requests[props.name] if session.sees_requests else None,
            seconds=self.seconds,
            drift=outcome.conformer.drift,
            warnings=tuple(self._warnings(props)),
            listed=listed,
            refused=frozenset(refused),
            is_refused_whole=self._is_refused_whole(props),
            is_stated_empty=session.is_stated_empty(Part(props.name)),
            known_gone=session.gone(props.name),
            progress=progress,
            earlier_days=self._request.earlier_days if props.is_daily else None,
        )

    def _is_refused_whole(self, props: AirbyteStreamProps) -> bool:
        """Whether nothing is known of what did not come: the list was refused, or that of the parents it is read by."""
        of = [props.name]
        if props.scope and props.publish == "snapshot":
            of.append(props.scope.stream)
        return any(self._session.refusal(Part(name)) is not None for name in of)

    def _warnings(self, props: AirbyteStreamProps) -> list[str]:
        """What is to be told of a stream; where days are read, also of their parents, which others read."""
        of_parents = (
            self._session.notes(props.scope.stream) if props.scope and props.is_daily else []
        )
        return [*of_parents, *self._session.notes(props.name)]

    def _listed(self, props: AirbyteStreamProps) -> frozenset[str]:
        """Ids of the parents that the source lists."""
        if props.scope is None:
            return frozenset()
        rows = self._rows_of(props.scope.stream, (props.scope.key,))
        return frozenset(str(key) for (key,) in rows)

    def _progress(self, props: AirbyteStreamProps, unchanged: frozenset[str]) -> WindowProgress:
        assert props.scope is not None
        earlier = self._request.parents_read.get(props.name, {})
        read = frozenset(self._session.finished_parents(props.name))
        refused = self._session.refused_parents(props.name).keys()
        listed = self._listed(props)
        return WindowProgress(
            read=read,
            # What was read once more is no earlier read's any longer.
            earlier={key: moment for key, moment in earlier.items() if key in listed - read},
            listed=len(listed),
            # What was refused does not come by waiting.
            missing=len(listed - read - set(earlier) - unchanged - refused),
        )

    def _parent_versions(self, props: AirbyteStreamProps) -> dict[str, str]:
        """Versions of the parents that this read listed, by id; the text is the one the connector compares."""
        if props.scope is None or not props.scope.version:
            return {}
        scope = props.scope
        rows = self._rows_of(scope.stream, (scope.key, *scope.version))
        places = {scope.version.index(name): values for name, values in scope.settled.items()}
        return {
            str(key): "|".join(str(value) for value in version)
            for key, *version in rows
            if None not in version
            and all(version[place] in values for place, values in places.items())
        }

    def _rows_of(self, stream: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """Asked once each, because most streams have the same parents."""
        if (stream, columns) not in self._parents:
            import duckdb

            names = ", ".join(f'"{name}"' for name in columns)
            with duckdb.connect(str(self._database), read_only=True) as connection:
                rows = connection.execute(f'SELECT {names} FROM {_SCHEMA}."{stream}"').fetchall()
            self._parents[stream, columns] = rows
        return self._parents[stream, columns]


@contextmanager
def staged_read(
    request: ReadRequest,
    staging_dir: Path,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[StagedRead]:
    """Read ``request`` into a fresh cache under ``staging_dir``; the cache is removed when the block ends.

    Raises ``ConnectionRefused`` when the check fails, ``ReadPaused`` when not even that may be asked now,
    ``UndeclaredStreams`` when the connector lacks a stream and ``StagingFailed`` when the disk is full or no folder.
    A stream that fails does not raise: see ``StagedRead.errors`` and ``StagedRead.deferred``.
    """
    os.environ.setdefault("AIRBYTE_LOGGING_ROOT", str(staging_dir / "logs"))
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(own_folder(staging_dir))
        except OSError as error:
            raise StagingFailed(
                f"{staging_dir} is no folder to stage rows in ({error.strerror}): move away what is there."
            ) from None
        yield _read(request, folder, on_progress)


def _read(
    request: ReadRequest, folder: Path, on_progress: Callable[[Progress], None] | None
) -> StagedRead:
    with _alone_and_silent():
        return _read_into_cache(request, folder, on_progress)


def _read_into_cache(
    request: ReadRequest, folder: Path, on_progress: Callable[[Progress], None] | None
) -> StagedRead:
    load_pyairbyte()
    from airbyte.exceptions import AirbyteConnectorFailedError
    from airbyte.strategies import WriteStrategy
    from sqlalchemy.exc import SQLAlchemyError

    from pipelines.pyairbyte.cache import StagingCache
    from pipelines.pyairbyte.opening import open_source

    source, executor = open_source(request, folder, on_progress)
    # What the check asks may be shared with the streams, so the read begins with it.
    read_at = datetime.now(timezone.utc)
    started = time.monotonic()
    _check(source, executor)
    _compare(executor, request.connector)
    source.select_streams(request.staged_streams)
    database = folder / "staging.duckdb"
    cache = StagingCache(db_path=database, schema_name=_SCHEMA, cache_dir=folder, cleanup=True)
    try:
        with cache, patient_garbage_collector():
            # The cache is new. To replace its empty tables saves the copy that appending would make, and state is the
            # executor's business.
            source.read(
                cache=cache,
                write_strategy=WriteStrategy.REPLACE,
                force_full_refresh=True,
                skip_validation=True,
            )
    except (OSError, SQLAlchemyError, AirbyteConnectorFailedError) as failure:
        # What goes wrong while a connector's words are taken, PyAirbyte takes for the connector's fault.
        cause = getattr(failure, "original_exception", None) or failure
        if not isinstance(cause, OSError | SQLAlchemyError):
            raise
        reason = str(cause).splitlines()[0]
        raise StagingFailed(
            f"its rows cannot be stored in {folder.parent} ({reason})."
        ) from failure
    finally:
        executor.close()
    return StagedRead(
        request,
        cache,
        executor,
        database=database,
        read_at=read_at,
        seconds=time.monotonic() - started,
    )


@contextmanager
def _alone_and_silent() -> Iterator[None]:
    """One thread at a time. PyAirbyte prints where its log files are and how far it is; ``on_progress`` tells instead."""
    with (
        _ONE_READ_AT_A_TIME,
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        yield


def _check(source: Source, executor: ReadingExecutor) -> None:
    from airbyte.exceptions import AirbyteConnectorCheckFailedError

    try:
        source.check()
    except AirbyteConnectorCheckFailedError as failure:
        if executor.session.pauses:
            raise ReadPaused(min(executor.session.pauses)) from None
        reason = (failure.context or {}).get("failure_reason") or failure.original_exception
        raise ConnectionRefused(_CHECK_WORDING.sub(r"\2", str(reason or failure))) from None


def _compare(executor: ReadingExecutor, connector: Connector) -> None:
    declared = {props.name for props in connector.streams}
    offered = executor.offered
    if declared != offered:
        raise UndeclaredStreams(
            f"{connector.name} offers {sorted(offered - declared)} that are not declared, "
            f"and lacks {sorted(declared - offered)}."
        )
