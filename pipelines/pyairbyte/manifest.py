"""A connector that a manifest of Airbyte's low-code CDK defines.

Here: how its streams are read from the file. Not here: running it (``executor``), Dagster and PyAirbyte; reading a manifest
must be cheap enough for a code server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from pipelines.pyairbyte.props import (
    AirbyteStreamProps,
    Connector,
    ManifestError,
    StreamScope,
    columns_of,
)

#: What asset keys and tables can be called.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class ManifestConnector(Connector):
    """A declarative connector, which is run in this process, and the manifest that defines it.

    A manifest without ``x-`` keys works too: a stream with an ``incremental_sync`` is published as incremental, any other
    as a snapshot.
    """

    manifest_path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        with self.manifest_path.open(encoding="utf-8") as file:
            manifest: dict[str, Any] = yaml.load(file, loader)
        return manifest

    def _read_streams(self) -> Iterator[AirbyteStreamProps]:
        for entry in self.manifest["streams"]:
            stream = self._resolved(entry)
            name = stream["name"]
            if not _NAME.fullmatch(name):
                raise ManifestError(
                    f"{self.manifest_path}: the stream {name!r} would be a table of that name: "
                    "call it something of letters, digits and _."
                )
            schema = self._schema(name, stream)
            cursor = schema.get("x-cursor") or self._cursor(stream)
            yield AirbyteStreamProps(
                namespace=self.namespace,
                name=name,
                description=" ".join(
                    schema.get("description", f"Stream {name} of {self.name}.").split()
                ),
                primary_key=self._primary_key(name, stream),
                columns=columns_of(
                    {
                        field: self._resolved(declared)
                        for field, declared in schema["properties"].items()
                    }
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
