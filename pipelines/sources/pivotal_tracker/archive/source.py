"""The archive that the settings name, as a v5 API for the connector.

Whatever lies at the path is one archive: a CSV or zip export, an archive of this project, other JSON dumps, or a folder
of these. Which of several rows about one thing counts, ``merging`` says.
The store is made once per content of the files and kept in ``DAGSTER_HOME/archives``; it is made anew when they change.

Here: putting the parts together, and a server per process. Not here: how each kind of part is read.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from pipelines.project.files import replaced
from pipelines.sources.pivotal_tracker.archive import dumps
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.files import Exports, read_exports
from pipelines.sources.pivotal_tracker.archive.exports.names import Names, name_key
from pipelines.sources.pivotal_tracker.archive.exports.project import LISTS as EXPORTED_LISTS
from pipelines.sources.pivotal_tracker.archive.exports.project import ProjectReader
from pipelines.sources.pivotal_tracker.archive.lists import PROJECTS, Record
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest
from pipelines.sources.pivotal_tracker.archive.merging import DUMPS, EXPORTS, FIRST_ARCHIVE
from pipelines.sources.pivotal_tracker.archive.notes import Notes
from pipelines.sources.pivotal_tracker.archive.original_ids import with_original_ids
from pipelines.sources.pivotal_tracker.archive.parts import SETTING, Parts, find_parts
from pipelines.sources.pivotal_tracker.archive.server import create_app
from pipelines.sources.pivotal_tracker.archive.store import Store, StoreWriter
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor
from pipelines.sources.pivotal_tracker.v5.local_server import LocalServer

#: Part of what identifies a store: moves when the same files would be read differently.
_READING = 2
_LOCK = Lock()


def archive_config(
    path: Path, *, time_zone: str | None, crosswalk: tuple[Successor, ...], home: Path
) -> dict[str, Any]:
    """The connector config with which the archive at ``path`` is read; starts its server in this process.

    ``time_zone`` is that of an export's dates, ``crosswalk`` tells the original ids of stories of a look-alike.
    Raises ``ArchiveError``.
    """
    store = archive_store(path, time_zone=time_zone, crosswalk=crosswalk, home=home)
    with _LOCK:
        server, token = _server_of(os.getpid(), store)
    return {"api_token": token, "api_url": server.url}


def archive_store(
    path: Path, *, time_zone: str | None, crosswalk: tuple[Successor, ...], home: Path
) -> Path:
    """The store of the archive at ``path``, made where it is missing."""
    parts = find_parts(path)
    ids = {int(s.successor_id): s.story_id for s in crosswalk if s.system == TRACKER_V5}
    digest = hashlib.sha256(repr((_READING, time_zone, sorted(ids.items()))).encode())
    for file in parts.files():
        facts = file.stat()
        digest.update(repr((str(file), facts.st_size, facts.st_mtime_ns)).encode())
    # What is told of them, too, is part of the store.
    digest.update(repr((parts.attachments, list(parts.notes))).encode())
    store = home / "archives" / f"{digest.hexdigest()[:16]}.sqlite"
    if not store.exists():
        try:
            with replaced(store) as written:
                _write_store(written, parts, time_zone, ids)
        except OSError as error:
            raise ArchiveError(f"{SETTING}: {path} cannot be read: {error}.") from None
        # A server that still reads another one keeps it until it ends.
        for other in store.parent.glob("*.sqlite"):
            if other != store:
                other.unlink(missing_ok=True)
    return store


@cache
def _server_of(_process_id: int, store: Path) -> tuple[LocalServer, str]:
    # A forked child inherits the object but not the thread behind it, so each process has its own.
    token = secrets.token_hex(16)
    return LocalServer(create_app(Store.open(store), token), name="archive").start(), token


def _write_store(path: Path, parts: Parts, time_zone: str | None, ids: Mapping[int, int]) -> None:
    store = StoreWriter(path)
    notes = parts.notes
    manifests = sorted(
        ((Manifest.read(folder), folder) for folder in parts.archives), key=lambda m: m[0].made_at
    )
    for part, (manifest, folder) in enumerate(manifests, FIRST_ARCHIVE):
        for name, project_id in dumps.lists_of(manifest):
            store.offer(name, project_id)
        resources = dumps.resources_of_archive(folder, manifest)
        # A host that refuses a list is not Tracker's equal, and may lack fields as well.
        is_whole = not manifest.missing
        store.add(
            part,
            ((*row, manifest.made_at) for row in with_original_ids(resources, ids)),
            is_whole=is_whole,
        )
        for project_id in manifest.changed_while_read:
            notes.add(folder.name, f"project {project_id} kept changing while it was archived")
    reader = dumps.DumpReader(parts.dumps, parts.root, notes)
    if parts.dumps:
        store.add(DUMPS, _renamed(reader, ids))
    exports = read_exports(parts.exports, parts.root, notes)
    _refuse_unreadable(parts, reader, exports)
    _add_exports(
        store,
        exports,
        time_zone,
        notes,
        must_have_rows=not (parts.archives or reader.has_rows),
    )
    for note in notes:
        store.note(note)
    store.close()


def _renamed(
    reader: dumps.DumpReader, ids: Mapping[int, int]
) -> Iterator[tuple[str, int | None, Record, str]]:
    for resource, seen in reader.resources():
        for row in with_original_ids((resource,), ids):
            yield (*row, seen)


def _refuse_unreadable(parts: Parts, reader: dumps.DumpReader, exports: Exports) -> None:
    """What was left out is reported, and it is the reason where nothing is left."""
    if not (parts.archives or reader.has_rows or exports.projects):
        reasons = [*exports.foreign, *parts.notes]
        raise ArchiveError(" ".join(reasons) or f"{SETTING}: {parts.root} has nothing to read.")
    for why in exports.foreign:
        parts.notes.add("", f"{why} It was left out")


def _add_exports(
    store: StoreWriter,
    exports: Exports,
    time_zone: str | None,
    notes: Notes,
    *,
    must_have_rows: bool,
) -> None:
    names = _names(store)
    with_attachments: set[int] = set()
    readers = []
    for project in exports.projects:
        reader = ProjectReader(project, names, time_zone, exports.attachments)
        for name in EXPORTED_LISTS:
            store.offer(name, reader.id)
        readers.append(reader)
        store.add(
            EXPORTS,
            (
                (name, None if name == PROJECTS else reader.id, record, stamp)
                for name, record, stamp in reader.resources()
            ),
        )
        with_attachments |= reader.with_attachments
        if reader.assumed:
            notes.add(project.name, reader.assumed)
    if readers and must_have_rows and not any(reader.rows for reader in readers) and notes.count():
        raise ArchiveError(" ".join(notes))
    lost = [
        attachment
        for story_id, of_story in exports.attachments.items()
        if story_id not in with_attachments
        for attachment in of_story.values()
    ]
    if lost:
        notes.add(
            f"{lost[0].story_id}/{lost[0].filename}",
            "belongs to a story that no export has, and was left out",
            times=len(lost),
        )


def _names(store: StoreWriter) -> Names:
    """What the dumps know by name."""
    people = [row.get("person") or {} for row in store.records("memberships")]
    return Names(
        projects={name_key(str(row.get("name", ""))): row for row in store.records(PROJECTS)},
        people={str(row["name"]).lower(): row for row in people if row.get("name")},
        labels={
            (row["project_id"], str(row["name"]).lower()): row
            for row in store.records("labels")
            if row.get("name") and row.get("project_id")
        },
    )
