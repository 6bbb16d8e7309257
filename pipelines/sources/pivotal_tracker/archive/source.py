"""The archive that the settings name, as a v5 API for the connector.

Whatever lies at the path is one archive: a CSV or zip export, an archive of this project, other JSON dumps, or a folder
of these. Exports give way to JSON dumps and these to archives, the latest of which has the last word (see ``store``).
The store is made once per content of the files and kept in ``DAGSTER_HOME/archives``; it is made anew when they change.

Here: finding the parts, and a server per process. Not here: how each kind of part is read.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from pipelines.project.files import replaced
from pipelines.simulator.local_server import LocalServer
from pipelines.sources.pivotal_tracker.archive import dumps
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.files import exported_projects
from pipelines.sources.pivotal_tracker.archive.exports.names import Names
from pipelines.sources.pivotal_tracker.archive.exports.project import LISTS as EXPORTED_LISTS
from pipelines.sources.pivotal_tracker.archive.exports.project import ProjectReader
from pipelines.sources.pivotal_tracker.archive.lists import PROJECTS
from pipelines.sources.pivotal_tracker.archive.manifest import NAME as MANIFEST
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest
from pipelines.sources.pivotal_tracker.archive.original_ids import with_original_ids
from pipelines.sources.pivotal_tracker.archive.server import create_app
from pipelines.sources.pivotal_tracker.archive.store import Store, StoreWriter
from pipelines.sources.pivotal_tracker.archive.writer import PARTIAL
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor

SETTING = "PIVOTAL_TRACKER_ARCHIVE"
#: Part of what identifies a store: moves when the same files would be read differently.
_READING = 1
_EXPORT_SUFFIXES = (".csv", ".zip")
_EXPORTS, _DUMPS, _FIRST_ARCHIVE = 0, 1, 2

_LOCK = Lock()


@dataclass
class _Parts:
    """What lies at a path, by kind."""

    root: Path
    archives: list[Path] = field(default_factory=list)
    dumps: list[Path] = field(default_factory=list)
    exports: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def files(self) -> Iterator[Path]:
        """The files whose change makes it another archive."""
        for folder in self.archives:
            yield folder / MANIFEST
        yield from (*self.dumps, *self.exports)


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
    parts = _parts(path)
    ids = {int(s.successor_id): s.story_id for s in crosswalk if s.system == TRACKER_V5}
    digest = hashlib.sha256(repr((_READING, time_zone, sorted(ids.items()))).encode())
    for file in parts.files():
        facts = file.stat()
        digest.update(repr((str(file), facts.st_size, facts.st_mtime_ns)).encode())
    store = home / "archives" / f"{digest.hexdigest()[:16]}.sqlite"
    if not store.exists():
        try:
            with replaced(store) as written:
                _write_store(written, parts, time_zone, ids)
        except (OSError, zipfile.BadZipFile) as error:
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


def _parts(path: Path) -> _Parts:
    if path.is_file():
        parts = _Parts(path.parent)
        _sort(path, parts)
    elif path.is_dir():
        parts = _Parts(path)
        _look_into(path, parts)
    else:
        raise ArchiveError(f"{SETTING}: there is nothing at {path}.")
    if not (parts.archives or parts.dumps or parts.exports):
        raise ArchiveError(
            f"{SETTING}: {path} holds no archive, no JSON dump and no CSV or zip export."
        )
    return parts


def _look_into(folder: Path, parts: _Parts) -> None:
    if (folder / MANIFEST).is_file():
        parts.archives.append(folder)
        return
    if folder.name.endswith(PARTIAL):
        if folder == parts.root:
            raise ArchiveError(f"{folder} is not finished: run `make archive` again to go on.")
        parts.notes.append(f"{folder.relative_to(parts.root)}: is not finished and was left out.")
        return
    entries = [
        entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__"))
    ]
    has_table = any(entry.suffix.lower() == ".csv" for entry in entries)
    for entry in entries:
        if entry.is_file():
            _sort(entry, parts)
        elif not (has_table and entry.name.isdigit()):
            # Beside an unpacked export, a folder with a number holds a story's attachments.
            _look_into(entry, parts)


def _sort(file: Path, parts: _Parts) -> None:
    suffix = file.suffix.lower()
    if suffix in _EXPORT_SUFFIXES:
        parts.exports.append(file)
    elif suffix == ".json":
        parts.dumps.append(file)
    elif suffix == ".jsonl":
        raise ArchiveError(
            f"{file} lies in an archive without {MANIFEST}: it is not finished, or that file was lost."
        )
    else:
        parts.notes.append(f"{file.relative_to(parts.root)}: was left out.")


def _write_store(path: Path, parts: _Parts, time_zone: str | None, ids: Mapping[int, int]) -> None:
    store = StoreWriter(path)
    for note in parts.notes:
        store.note(note)
    manifests = sorted(
        ((Manifest.read(folder), folder) for folder in parts.archives), key=lambda m: m[0].made_at
    )
    for part, (manifest, folder) in enumerate(manifests, _FIRST_ARCHIVE):
        for name, project_id in dumps.lists_of(manifest):
            store.offer(name, project_id)
        resources = dumps.resources_of_archive(folder, manifest)
        # A host that refuses a list is not Tracker's equal, and may lack fields as well.
        is_whole = not manifest.missing
        store.add(part, with_original_ids(resources, ids), is_whole=is_whole)
        for project_id in manifest.changed_while_read:
            store.note(f"{folder.name}: project {project_id} kept changing while it was archived.")
    resources = dumps.resources_of_files(parts.dumps, parts.root)
    store.add(_DUMPS, with_original_ids(resources, ids))
    names = _names(store)
    for project in exported_projects(parts.exports, parts.root):
        reader = ProjectReader(project, names, time_zone)
        for name in EXPORTED_LISTS:
            store.offer(name, reader.id)
        store.add(
            _EXPORTS,
            (
                (name, None if name == PROJECTS else reader.id, record)
                for name, record in reader.resources()
            ),
        )
        for note in reader.notes:
            store.note(note)
    store.close()


def _names(store: StoreWriter) -> Names:
    """What the dumps know by name."""
    people = [row.get("person") or {} for row in store.records("memberships")]
    return Names(
        projects={str(row.get("name", "")).lower(): row for row in store.records(PROJECTS)},
        people={str(row["name"]).lower(): row for row in people if row.get("name")},
        labels={
            (row["project_id"], str(row["name"]).lower()): row
            for row in store.records("labels")
            if row.get("name") and row.get("project_id")
        },
    )
