"""What the resource hands to a destination, and what it wants back.

Here: the records and the protocol between reading and publishing. Not here: either of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from pipelines.pyairbyte.conform import Drift
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector


@dataclass(frozen=True)
class Window:
    """A half-open span of UTC days, ``[start, end)``, both at midnight.

    ``open_ended``: the last day is today. The delete scope then includes rows of later days, such
    as planned leave.
    """

    start: datetime
    end: datetime
    open_ended: bool = False


@dataclass(frozen=True)
class WindowProgress:
    """How far a window was read that is read parent by parent; ids are text.

    ``read``: the parents that this read finished; the delete scope is these alone. ``earlier``:
    parents whose window was read already, and as of when. ``missing``: how many of the ``listed``
    parents did change and are in neither of the two.
    """

    read: frozenset[str]
    earlier: Mapping[str, datetime]
    listed: int
    missing: int


@dataclass(frozen=True)
class EarlierDays:
    """Parents that are not ``known`` lack days before the window: read from ``first_day`` on.

    Examples are a project that was added after the others were read, and a person whose days were
    refused.
    """

    first_day: date
    known: frozenset[str]


@dataclass(frozen=True)
class Deferral:
    """A stream that a read put off before its end. ``was_begun``: a part of it was requested."""

    props: AirbyteStreamProps
    was_begun: bool


@dataclass(frozen=True)
class StagedStream:
    """One stream in a staging file: read completely, or of a window the parents that ``progress`` names.

    ``table`` is an address in the DuckDB file ``database``: conformed columns plus PyAirbyte's own. ``read_at`` is
    when the read began: what the source said then, or later, is in the table.
    """

    props: AirbyteStreamProps
    database: Path
    table: str
    read_at: datetime
    window: Window | None
    #: True when the read was asked for everything, not only for what changed since a saved state.
    full: bool
    state: Mapping[str, Any] | None
    #: Versions by parent id (as text) that this read is up to date with; parents without a version are left out.
    versions: Mapping[str, str]
    #: Ids (as text) of parents that did not change and were not read: their rows stay as they are.
    unchanged: frozenset[str]
    records: int
    #: ``None`` where they are not known.
    requests: int | None
    seconds: float
    drift: Drift
    #: Answers that the connector left out and why, such as for an endpoint that this plan or host
    #: lacks.
    warnings: Sequence[str] = ()
    #: Ids (as text) of the parents that are listed, and of the parents that lack an answer. Rows of
    #: the latter may exist although the read did not find them. ``is_refused_whole``: this holds
    #: for all rows of the stream.
    listed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    is_refused_whole: bool = False
    #: Whether the source itself has counted none, and again when it was asked once more.
    is_stated_empty: bool = False
    #: Keys (as text) of the rows that are gone by the source's own word.
    known_gone: frozenset[str] = frozenset()
    #: Of a window: parents that were read from an earlier day on.
    earlier_days: EarlierDays | None = None
    #: Of a window that is read by parent.
    progress: WindowProgress | None = None


@dataclass(frozen=True)
class PublishedStream:
    """What publishing did: rows now in the table, and rows added, changed and removed by this read.

    ``version`` stays the same as long as no row became another; empty where the destination cannot tell.
    ``warnings`` say what of the read was not applied.
    """

    table: str
    rows: int
    added: int
    changed: int
    removed: int
    preview: Sequence[Mapping[str, Any]]
    version: str = ""
    warnings: Sequence[str] = ()


class DestinationRefused(Exception):
    """The destination cannot take what would be read; the message is one sentence that says why."""


class OpenDestination(Protocol):
    """A destination that is open. Each ``publish`` is all or nothing and includes what the next read starts from.

    All methods may raise ``DestinationRefused``.
    """

    def prepare(self) -> None:
        """Called once before a read, so that a wrong destination is found before anything is asked of the source."""

    def states(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, dict[str, Any]]:
        """Saved states by stream name; streams without one are left out."""

    def versions(
        self, streams: Sequence[AirbyteStreamProps], window: Window | None
    ) -> Mapping[str, Mapping[str, str]]:
        """By stream name and parent id: the parent versions with which all that is asked for was read.

        That is the whole of a stream, or of a daily one what lies in ``window``.
        """

    def parents_read(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> Mapping[str, Mapping[str, datetime]]:
        """By stream name and parent id: what unfinished reads of ``window`` have read, and when they began."""

    def keys(
        self, streams: Sequence[AirbyteStreamProps], window: Window | None
    ) -> Mapping[str, Mapping[str | None, frozenset[str]]]:
        """By stream name and parent id (``None`` where there are no parents): the keys of the rows that are known.

        Of a daily stream that is what lies in ``window``. A composite key is one text, its parts joined by ``|``.
        """

    def rows(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> Mapping[str, Mapping[str, str]]:
        """By stream name and key (as ``keys`` has it): the rows that lie in ``window``, each as a JSON object.

        That is their columns, and under ``_extra`` what is kept beside them. Streams that have too many rows for that are left out.
        """

    def earlier_days(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> EarlierDays | None:
        """Whose days before ``window`` are to be read with it; ``None``: nobody's."""

    def read_today(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, datetime]:
        """Name to moment of the read, for each of ``streams`` that was read on this UTC day."""

    def version(self, props: AirbyteStreamProps) -> str:
        """What stays the same as long as no row of the stream becomes another; see ``PublishedStream``."""

    def waiting(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[str]:
        """Those of ``streams`` that were deferred lately and not published since, by name."""

    def by_turn(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[AirbyteStreamProps]:
        """``streams`` in the order of their last turn, published or broken off: the oldest first."""

    def defer(self, deferrals: Sequence[Deferral]) -> None:
        """Remember which streams wait for a later read."""

    def publish(self, staged: StagedStream) -> PublishedStream:
        """Apply one stream; raises, leaving everything as it was, when it cannot."""


class Destination(Protocol):
    """Where streams go."""

    def open(self) -> AbstractContextManager[OpenDestination]:
        """Open it for as long as the block lasts: before a read and after it, never while a source is asked.

        May raise ``DestinationRefused``.
        """


class Destinations(Protocol):
    """Where the streams of each connector go."""

    def destination_of(self, connector: Connector) -> Destination:
        """The destination of the connector's streams."""
