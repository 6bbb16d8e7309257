"""The files of exports, and which of them are one project.

An export names its project nowhere but in the names of its files. Files in one zip, or in one subfolder, are one
project, of the name of that zip or folder; so are files whose names are the same up to Tracker's time stamp
(``harbor_20240301_0930.csv``, ``harbor_20250320_1512.csv``). Any other file is a project of its own name.

A zip also holds attachments, in a folder per story; their names and sizes are kept, the files stay where they are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.table import ExportTable

_STAMP = re.compile(r"[_-](\d{8}[_-]\d{4,6})\b.*$")
_NOT_FROM_TRACKER = ("__MACOSX", ".")


@dataclass(frozen=True)
class Attachment:
    """A file that a zip holds for a story: name and size in bytes."""

    story_id: int
    filename: str
    size: int


@dataclass
class ExportedProject:
    """The files of one project, oldest export first."""

    name: str
    tables: list[ExportTable] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


def exported_projects(paths: list[Path], root: Path) -> list[ExportedProject]:
    """The projects that the CSV and zip files ``paths`` in ``root`` (a folder, or the one file) hold."""
    projects: dict[str, ExportedProject] = {}
    for path in sorted(paths, key=lambda path: (_stamp(path.stem), path)):
        is_in_subfolder = path.parent != root and path != root
        name = path.parent.name if is_in_subfolder else _STAMP.sub("", path.stem)
        project = projects.setdefault(name.lower(), ExportedProject(name))
        shown = str(path.relative_to(root)) if path != root else path.name
        if path.suffix.lower() == ".zip":
            _add_zip(project, path, shown)
        else:
            project.tables.append(ExportTable(shown, partial(_open_file, path)))
    return list(projects.values())


def _stamp(stem: str) -> str:
    found = _STAMP.search(stem)
    return found[1] if found else ""


def _add_zip(project: ExportedProject, path: Path, shown: str) -> None:
    members = list(_members(path, shown))
    tables = [m for m in members if m.filename.lower().endswith(".csv") and _story_id(m) is None]
    if not tables:
        raise ArchiveError(f"{shown}: is no export of Tracker, it holds no CSV file.")
    for member in sorted(
        tables, key=lambda m: (_stamp(PurePosixPath(m.filename).stem), m.filename)
    ):
        name = f"{shown}/{member.filename}"
        project.tables.append(ExportTable(name, partial(_open_member, path, member.filename)))
    for member in members:
        story_id = _story_id(member)
        if story_id is not None:
            filename = PurePosixPath(member.filename).name
            project.attachments.append(Attachment(story_id, filename, member.file_size))


def _members(path: Path, shown: str) -> Iterator[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                parts = PurePosixPath(member.filename).parts
                if not member.is_dir() and not any(p.startswith(_NOT_FROM_TRACKER) for p in parts):
                    yield member
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveError(f"{shown}: cannot be read as a zip file: {error}.") from None


def _story_id(member: zipfile.ZipInfo) -> int | None:
    """The story in whose folder a member lies."""
    folder = PurePosixPath(member.filename).parent.name
    return int(folder) if re.fullmatch(r"\d{1,18}", folder) else None


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_member(path: Path, name: str) -> IO[bytes]:
    # The file stays open after its archive object is closed.
    with zipfile.ZipFile(path) as archive:
        try:
            return archive.open(name)
        except RuntimeError as error:
            raise ArchiveError(f"{path.name}/{name}: cannot be opened: {error}.") from None
