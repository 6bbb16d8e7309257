"""What a connector declares about its streams, as plain frozen records.

Here: the records, the connector as all others see it, and the type of a declared field. Not here: where the declarations
are read from (``manifest``, ``catalog``), Dagster and PyAirbyte: what is here must be cheap enough for a code server.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

PublishMode = Literal["snapshot", "incremental", "daily_window", "daily_log"]

_SCALARS = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


class ManifestError(Exception):
    """A manifest or catalog does not say what must be known of a stream; the message names file and stream."""


@dataclass(frozen=True)
class StreamColumn:
    """A declared field: its name, its DuckDB type in the warehouse, and what it means."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class StreamScope:
    """The parents that a stream is read by: ``key`` is a parent's id in ``stream``, ``column`` the same in the child.

    A windowed read says nothing about rows of parents that ``stream`` no longer lists. ``version``
    names the fields of the parent that move with every change below it. A parent with an unchanged
    version is not read again. ``settled`` limits this to parents whose fields have one of the named
    values. Below other parents, changes may leave the version as it is.
    """

    stream: str
    key: str
    column: str
    version: tuple[str, ...] = ()
    settled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class AirbyteStreamProps:
    """One declared stream. ``x-`` keys of its schema say how it is published (see the connectors' charter)."""

    namespace: str
    name: str
    description: str
    primary_key: tuple[str, ...]
    columns: tuple[StreamColumn, ...]
    publish: PublishMode
    #: Incremental streams: the column by which the source can be asked for what is new.
    cursor: str | None = None
    #: Daily streams: path of the instant whose UTC day is the partition, e.g. ``time_interval.start``.
    day: str | None = None
    scope: StreamScope | None = None
    #: Child rows arrive complete for their parent: all rows with the same value here are replaced together.
    replace_by: str | None = None
    #: A source or plan may lack the stream; then it is empty, with a warning.
    optional: bool = False
    #: A read that has others to read, too, leaves it out when it was read on the same UTC day.
    once_a_day: bool = False

    @property
    def is_daily(self) -> bool:
        return self.publish in ("daily_window", "daily_log")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Connector(ABC):
    """What is read: its Airbyte name (``source-...``) and its streams.

    ``namespace`` is where the streams live: the first part of their asset keys and addresses.
    """

    name: str
    namespace: str

    @cached_property
    def streams(self) -> tuple[AirbyteStreamProps, ...]:
        """All declared streams, in the order in which they are declared."""
        return tuple(self._read_streams())

    def stream(self, name: str) -> AirbyteStreamProps:
        """The declared stream ``name``; ``KeyError`` when there is none."""
        for props in self.streams:
            if props.name == name:
                return props
        raise KeyError(f"{self.name} declares no stream {name!r}")

    @abstractmethod
    def _read_streams(self) -> Iterator[AirbyteStreamProps]: ...


def columns_of(fields: Mapping[str, Mapping[str, Any]]) -> tuple[StreamColumn, ...]:
    """The columns of ``fields``, JSON schemas by name.

    A table cannot tell names that differ in the case of letters alone. Of these the first is a column; the others are as if
    they were not declared.
    """
    columns: dict[str, StreamColumn] = {}
    for name, field_schema in fields.items():
        columns.setdefault(name.casefold(), _column(name, field_schema))
    return tuple(columns.values())


def _column(name: str, field: Mapping[str, Any]) -> StreamColumn:
    return StreamColumn(
        name=name,
        type=_duckdb_type(field),
        description=" ".join(str(field.get("description", "")).split()),
    )


def _duckdb_type(field: Mapping[str, Any]) -> str:
    """The warehouse type of a JSON schema field: scalars natively, everything nested or open as JSON."""
    declared = field.get("type", [])
    types = {declared} if isinstance(declared, str) else set(declared)
    types.discard("null")
    if len(types) != 1:
        return "JSON"
    only = types.pop()
    if only == "string":
        by_format = {"date-time": "TIMESTAMPTZ", "date": "DATE"}
        return by_format.get(field.get("format", ""), "VARCHAR")
    return _SCALARS.get(only, "JSON")
