"""The manifest of an archive: what it holds, with counts and checksums, so that a broken one is recognised.

An archive is a folder::

    manifest.json                     written last; a folder without it is no archive
    me.json                           whose token it was made with, without that token
    projects.jsonl                    one project a line
    projects/<id>/<list>.jsonl        one row a line, as the host sent it

Here: reading, writing and verifying the manifest. Not here: where rows come from (``writer``) and go to (``dumps``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from pipelines.project.files import replaced
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.lists import Record

NAME = "manifest.json"
FORMAT = "tracker-v5-archive"
VERSION = 1
_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileFacts:
    """A file of an archive: ``path`` in the archive, number of rows and bytes, checksum of its content."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Missing:
    """A list that the host refused, and with which status."""

    project_id: int
    list: str
    status: int | None


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. ``attachments`` counts the files that comments name, which are not in the archive."""

    host: str
    made_at: str
    files: list[FileFacts]
    missing: list[Missing] = field(default_factory=list)
    attachments: int = 0
    attachment_bytes: int = 0
    #: Projects that kept changing while they were read: rows may be missing or older than others.
    changed_while_read: list[int] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Put it into ``folder``, which thereby becomes an archive."""
        body = {"format": FORMAT, "version": VERSION, **asdict(self)}
        with replaced(folder / NAME) as path:
            path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of ``folder``; nothing else is looked at."""
        path = folder / NAME
        try:
            body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if (body.pop("format"), body.pop("version")) != (FORMAT, VERSION):
                raise ArchiveError(
                    f"{path} is of another format or version than this project reads."
                )
            files = [FileFacts(**facts) for facts in body.pop("files")]
            missing = [Missing(**facts) for facts in body.pop("missing")]
            return cls(files=files, missing=missing, **body)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiveError(f"{path} cannot be read: {error}") from None

    def verify(self, folder: Path) -> None:
        """Raise ``ArchiveError`` unless every file is there, as it was written."""
        for facts in self.files:
            path = folder / facts.path
            if not path.is_file():
                raise ArchiveError(f"The archive {folder} is broken: {facts.path} is missing.")
            if path.stat().st_size != facts.bytes or _checksum(path) != facts.sha256:
                raise ArchiveError(f"The archive {folder} is broken: {facts.path} was changed.")


def write_rows(folder: Path, name: str, rows: Iterable[Record]) -> FileFacts:
    """Write ``rows`` to the file ``name`` of ``folder``, one a line; the file appears when it is whole."""
    digest, count, size = hashlib.sha256(), 0, 0
    with replaced(folder / name) as path, path.open("wb") as file:
        for row in rows:
            line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
            digest.update(line)
            file.write(line)
            count, size = count + 1, size + len(line)
    return FileFacts(name, count, size, digest.hexdigest())


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
