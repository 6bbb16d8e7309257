"""The folder ``snapshot``: documents of all kinds, and a manifest by which an index updates only what changed.

A file of JSON Lines for each kind, and ``manifest.json`` with the hash of every document by its id. An index that keeps the
manifest of its last update adds what is new, replaces what has another hash, and removes what is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import exists
from pipelines.outputs.documents.document import Document, content_hash, line
from pipelines.outputs.documents.group_documents import KINDS, group_documents
from pipelines.outputs.documents.story_documents import INPUTS, story_documents
from pipelines.project.files import replaced

if TYPE_CHECKING:
    import duckdb

FOLDER = "snapshot"
MANIFEST = "manifest.json"


def write_bundle(con: duckdb.DuckDBPyConnection, as_of: datetime, folder: Path) -> int:
    """Write the folder's files into ``folder``; returns how many documents there are.

    Each file is replaced in one step, the manifest last: until then it speaks of the files before.
    """
    files: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for name, documents in _kinds(con, as_of):
        found = iter(documents)
        first = next(found, None)
        path = folder / f"{name}.jsonl"
        if first is None:
            path.unlink(missing_ok=True)
            continue
        with replaced(path) as written, written.open("w", encoding="utf-8") as lines:
            for document in chain((first,), found):
                lines.write(line(document) + "\n")
                hashes[document["id"]] = content_hash(document)
                files[document["id"]] = path.name
    manifest = {
        "as_of": as_of.isoformat(),
        "documents": {key: {"file": files[key], "sha256": hashes[key]} for key in sorted(hashes)},
    }
    with replaced(folder / MANIFEST) as written:
        written.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return len(hashes)


def _kinds(
    con: duckdb.DuckDBPyConnection, as_of: datetime
) -> Iterator[tuple[str, Iterable[Document]]]:
    there = all(exists(con, address) for address in INPUTS)
    yield "stories", story_documents(con, as_of) if there else ()
    for kind in KINDS:
        yield kind.name, group_documents(con, kind, as_of)
