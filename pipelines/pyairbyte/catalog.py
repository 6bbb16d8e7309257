"""A connector that is installed as a program of its own, such as ``source-faker`` of the package ``airbyte-source-faker``.

What its streams are says a catalog: the file of Airbyte's protocol in which each stream has its schema, its key and how it
is synced. It was written once, so that nobody has to start the connector to know them. Here: how streams are read from the
file. Not here: running the program (``installed``), making the file (``scaffolder``), Dagster and PyAirbyte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.pyairbyte.props import AirbyteStreamProps, Connector, ManifestError, columns_of


@dataclass(frozen=True)
class InstalledConnector(Connector):
    """A program that speaks Airbyte's protocol, and the catalog of its streams.

    ``executable`` is a path, or a name to be found beside this Python or on the PATH.
    ``catalog_path`` is a configured catalog of Airbyte's protocol. A stream with the ``sync_mode``
    ``incremental`` is published as incremental, any other as a snapshot. A table has one row per
    primary key whatever the ``destination_sync_mode`` is; earlier versions of a row are in its
    history. What ``discover`` answers will do, too: its streams are all read whole.

    A table is called as its stream in small letters, with ``_`` in place of what is no letter or digit.
    """

    executable: str
    catalog_path: Path

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """By table: the stream's part of the catalog, as the connector is to get it back."""
        try:
            catalog = json.loads(self.catalog_path.read_text(encoding="utf-8"))
            entries = [_configured(entry) for entry in catalog["streams"]]
            by_table = {plain_name(entry["stream"]["name"]): entry for entry in entries}
        except FileNotFoundError:
            raise ManifestError(
                f"{self.catalog_path} is missing: it says which streams {self.name} has. `dg scaffold defs "
                "pipelines.pyairbyte.PyAirbyteComponent NAME --executable ...` writes it."
            ) from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ManifestError(
                f"{self.catalog_path} is no catalog of Airbyte's protocol: an object with a list `streams`."
            ) from None
        if len(by_table) < len(entries):
            raise ManifestError(
                f"{self.catalog_path}: two streams would have the same table; leave one of them out."
            )
        return by_table

    def _read_streams(self) -> Iterator[AirbyteStreamProps]:
        for table, entry in self.entries.items():
            stream = entry["stream"]
            fields = stream.get("json_schema", {}).get("properties") or {}
            key = self._primary_key(entry)
            if not set(key) <= fields.keys():
                raise self._error(stream, f"has no field {', '.join(sorted({*key} - {*fields}))}")
            yield AirbyteStreamProps(
                namespace=self.namespace,
                name=table,
                description=_description(stream, self.name),
                primary_key=tuple(key),
                columns=columns_of(
                    {
                        name: field if isinstance(field, Mapping) else {}
                        for name, field in fields.items()
                    }
                ),
                publish="incremental" if is_incremental(entry) else "snapshot",
            )

    def _primary_key(self, entry: Mapping[str, Any]) -> Sequence[str]:
        stream = entry["stream"]
        paths = entry.get("primary_key") or stream.get("source_defined_primary_key")
        if not paths:
            raise self._error(
                stream, "has no primary_key, so its rows cannot be told apart: give it one"
            )
        if any(len(path) != 1 for path in paths):
            raise self._error(stream, "has a primary_key within a nested value: name another")
        return [path[0] for path in paths]

    def _error(self, stream: Mapping[str, Any], what: str) -> ManifestError:
        return ManifestError(
            f"{self.catalog_path}: stream {stream['name']} {what}, or leave it out."
        )


def is_incremental(entry: Mapping[str, Any]) -> bool:
    """Whether a stream of a configured catalog is to go on where its last read ended."""
    return entry.get("sync_mode") == "incremental"


def plain_name(name: str) -> str:
    """``name`` as a table may be called: ``Ad-Groups`` is ``ad_groups``."""
    plain = re.sub(r"[^a-z0-9]", "_", name.lower())
    return f"_{plain}" if plain[:1].isdigit() else plain


def _configured(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry of a configured catalog; one of a catalog that is not configured is read whole."""
    if "stream" in entry:
        return entry
    return {"stream": entry, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}


def _description(stream: Mapping[str, Any], connector: str) -> str:
    described = stream.get("json_schema", {}).get("description")
    return " ".join(str(described or f"Stream {stream['name']} of {connector}.").split())
