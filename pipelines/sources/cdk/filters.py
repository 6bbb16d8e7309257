"""Which records of an answer are wanted: in the window, and neither known nor read already."""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from pipelines.pyairbyte.instants import read_instant
from pipelines.pyairbyte.session import Part, session_of
from pipelines.pyairbyte.unreadable import reason_of, set_aside, text_of


def instant(text: str) -> datetime:
    """An ISO 8601 instant or date; without a zone it is UTC. Raises ``ValueError`` for other texts."""
    moment = read_instant(text)
    if moment is None:
        raise ValueError(f"{text!r} is no instant")
    return moment


@dataclass
class WindowFilter:
    """Keeps records with ``start_date`` <= the instant at ``path`` < ``end_date``; bounds not configured are open.

    The APIs' own bounds are shifted, inclusive or exclusive, as it happens; these are exact. A record without a
    readable instant there is set aside. Of a parent that the config's
    ``known_parents`` does not name, if it names any, the window begins at ``earliest_start_date``; ``parent`` is the field
    of the partition that holds it.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    path: list[str]
    parent: str

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        names = ("start_date", "end_date", "earliest_start_date")
        bounds = (self.config.get(name) for name in names)
        self._start, self._end, self._earliest = (
            instant(bound) if bound else None for bound in bounds
        )
        self._known = self.config.get("known_parents")

    def filter_records(
        self,
        records: Iterable[Mapping[str, Any]],
        stream_slice: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> Iterator[Mapping[str, Any]]:
        """The records of the window, in their order."""
        parent = str((stream_slice or {}).get(self.parent))
        is_known = self._known is None or parent in self._known
        start = self._start if is_known else self._earliest
        for record in records:
            value: Any = record
            for key in self.path:
                value = value.get(key) if isinstance(value, Mapping) else None
            moment = read_instant(value) if isinstance(value, str) else None
            if reason_of(record):
                yield record
            elif moment is None:
                reason = f"{'.'.join(self.path)} is no instant"
                yield {**record, **set_aside(reason, text_of(dict(record)))}
            elif (start is None or moment >= start) and (self._end is None or moment < self._end):
                yield record


@dataclass
class UnknownVersionFilter:
    """Keeps records unless the config's ``known_versions`` has, for their ``key``, the values of ``version``.

    Values are joined by ``|``; one that is missing makes the version unknown. ``of_stream`` is the
    stream that the records are read for. By stream, the config's ``unread_parents`` names the
    records that this stream still lacks while others have them. ``none_where_empty``: a field of
    the record that is null or 0 where there is nothing below it; it then counts as read.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    key: str
    version: list[str]
    of_stream: str = ""
    none_where_empty: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._session = session_of(self.config)
        unread = frozenset((self.config.get("unread_parents") or {}).get(self.of_stream, ()))
        versions = (self.config.get("known_versions") or {}).items()
        self._known = {key: version for key, version in versions if key not in unread}

    def filter_records(
        self, records: Iterable[Mapping[str, Any]], **_: Any
    ) -> Iterator[Mapping[str, Any]]:
        """The records that are new or have another version, in their order."""
        for record in records:
            values = [record.get(name) for name in self.version]
            version = None if None in values else "|".join(str(value) for value in values)
            parent = record.get(self.key)
            if parent is None or reason_of(record):
                # Nothing can be read for it; the stream of the parents itself sets it aside.
                continue
            if version is not None and self._known.get(str(parent)) == version:
                continue
            if record.get(self.none_where_empty, ...) in (None, 0):
                self._session.finish(Part(self.of_stream, str(parent)))
            else:
                yield record


@dataclass
class UnreadParentFilter(UnknownVersionFilter):
    """Keeps records as ``UnknownVersionFilter`` does, unless the config's ``parents_read`` lists their ``key``."""

    version: list[str] = field(default_factory=list)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        self._read = frozenset(self.config.get("parents_read") or ())

    def filter_records(
        self, records: Iterable[Mapping[str, Any]], **_: Any
    ) -> Iterator[Mapping[str, Any]]:
        """The records with children that are still to be read, in their order."""
        for record in super().filter_records(records):
            if str(record[self.key]) not in self._read:
                yield record
