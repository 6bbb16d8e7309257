"""What a manifest declares about a connector's streams, as plain frozen records.

Here: the records and how they are read from a manifest file. Not here: Dagster and PyAirbyte; reading a manifest
must be cheap enough for a code server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

PublishMode = Literal["snapshot", "incremental", "daily_window", "daily_log"]

_SCALARS = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


class ManifestError(Exception):
    """A manifest does not say what must be known of a stream; the message names file and stream."""


@dataclass(frozen=True)
class StreamColumn:
    """A declared field: its name, its DuckDB type in the warehouse, and what it means."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class StreamScope:
    """The parents that a stream is read by: ``key`` is a parent's id in ``stream``, ``column`` the same in the child.

    A windowed read says nothing about rows of parents that ``stream`` no longer lists. Where ``version`` names the
    parent's fields that move with every change below it, a parent whose version did not move is not read again.
    ``settled`` narrows that to parents whose fields have one of the named values: the others change without a sign.
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
class Connector:
    """A declarative connector: its Airbyte name (``source-...``) and the manifest that defines it.

    ``namespace`` is where its streams live: the first part of their asset keys and addresses. A manifest without ``x-``
    keys works too: a stream with an ``incremental_sync`` is published as incremental, any other as a snapshot.
    """

    name: str
    namespace: str
    manifest_path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        with self.manifest_path.open(encoding="utf-8") as file:
            manifest: dict[str, Any] = yaml.load(file, loader)
        return manifest

    @cached_property
    def streams(self) -> tuple[AirbyteStreamProps, ...]:
        """All declared streams, in the manifest's order."""
        return tuple(self._read_streams())

    def stream(self, name: str) -> AirbyteStreamProps:
        """The declared stream ``name``; ``KeyError`` when there is none."""
        for props in self.streams:
            if props.name == name:
                return props
        raise KeyError(f"{self.name} declares no stream {name!r}")

    def _read_streams(self) -> Iterator[AirbyteStreamProps]:
        for entry in self.manifest["streams"]:
            stream = self._resolved(entry)
            name = stream["name"]
            schema = self._schema(name, stream)
            cursor = schema.get("x-cursor") or self._cursor(stream)
            yield AirbyteStreamProps(
                namespace=self.namespace,
                name=name,
                description=" ".join(
                    schema.get("description", f"Stream {name} of {self.name}.").split()
                ),
                primary_key=self._primary_key(name, stream),
                columns=tuple(
                    _column(name, self._resolved(declared))
                    for name, declared in schema["properties"].items()
                ),
                publish=schema.get("x-publish") or ("incremental" if cursor else "snapshot"),
                cursor=cursor,
                day=schema.get("x-day"),
                scope=_scope(schema.get("x-scope")),
                replace_by=schema.get("x-replace-by"),
                optional=bool(schema.get("x-optional", False)),
                once_a_day=bool(schema.get("x-once-a-day", False)),
            )

    def _schema(self, name: str, stream: Mapping[str, Any]) -> dict[str, Any]:
        loader = self._resolved(stream.get("schema_loader", {}))
        if "schema" not in loader:
            raise ManifestError(
                f"{self.manifest_path}: stream {name} has no inline schema, so its columns are not known: "
                "give it a schema_loader of type InlineSchemaLoader."
            )
        return self._resolved(loader["schema"])

    def _cursor(self, stream: Mapping[str, Any]) -> str | None:
        """The cursor of a manifest that says nothing of how it is published."""
        return self._resolved(stream.get("incremental_sync", {})).get("cursor_field")

    def _primary_key(self, name: str, stream: Mapping[str, Any]) -> tuple[str, ...]:
        key = stream.get("primary_key")
        if not key:
            raise ManifestError(
                f"{self.manifest_path}: stream {name} has no primary_key, so its rows cannot be told apart."
            )
        return (key,) if isinstance(key, str) else tuple(key)

    def _resolved(self, node: Any) -> dict[str, Any]:
        """``node`` with a ``$ref`` (or a bare ``#/...`` string) on its top level followed and merged."""
        if isinstance(node, str) and node.startswith("#/"):
            return self._resolved(self._at(node))
        if isinstance(node, Mapping) and "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**self._resolved(self._at(node["$ref"])), **rest}
        return dict(node)

    def _at(self, reference: str) -> Any:
        node: Any = self.manifest
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return node


def _scope(declared: Mapping[str, Any] | None) -> StreamScope | None:
    if declared is None:
        return None
    return StreamScope(
        declared["stream"],
        declared["key"],
        declared["column"],
        tuple(declared.get("version", ())),
        {name: tuple(values) for name, values in declared.get("settled", {}).items()},
    )


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
