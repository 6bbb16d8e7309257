"""The files of exports, which of them are one project, and the attachments beside them.

An export names its project nowhere but in the names of its files:

* a name with Tracker's time stamp (``harbor_20240301_0930.csv``) names the project and the moment;
* without a stamp, a file that is alone in a zip or a subfolder, or one of its numbered parts, has the zip's or folder's
  name; any other has its own.

A complete export also holds attachments, in a folder per story beside its CSV file, in a zip or unzipped. Their names and
sizes are kept, the files stay where they are.

Here: names and places. Not here: what is in a table (``table``).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from pipelines.sources.pivotal_tracker.archive.exports.names import name_key
from pipelines.sources.pivotal_tracker.archive.exports.table import UNREADABLE, ExportTable, Open
from pipelines.sources.pivotal_tracker.archive.notes import Notes

_STAMP = re.compile(r"[_-](\d{8})[_-](\d{4,6})(?!\d).*$")
_COMPLETE = re.compile(r"-export$", re.IGNORECASE)
#: ``harbor_2``, ``harbor part 3``, ``a``: parts of a large export.
_PART = re.compile(r"(?:[_ -]?part)?[_ -]?(?:\d{1,3}|(?<![^\W_])[a-z])$", re.IGNORECASE)
_NOT_FROM_TRACKER = ("__MACOSX", ".")


@dataclass(frozen=True)
class Attachment:
    """A file that an export holds for a story: name and size in bytes."""

    story_id: int
    filename: str
    size: int


@dataclass
class ExportedProject:
    """The files of one project, oldest export first."""

    name: str
    tables: list[ExportTable] = field(default_factory=list)


@dataclass
class Exports:
    """All exports of an archive."""

    projects: list[ExportedProject]
    #: By story and name: each file once, as the latest export has it.
    attachments: dict[int, dict[str, Attachment]]
    #: Why files were left out that are none.
    foreign: list[str]


@dataclass(frozen=True)
class _Table:
    """A CSV file: its path in the container, and the container's name (empty: the archive itself)."""

    container: str
    path: str
    shown: str
    open_bytes: Open

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def stamp(self) -> str:
        """The moment of the export in digits: its own, or that of the zip or folder around it."""
        return stamp_of(self.stem) or stamp_of(self.container)


def stamp_of(name: str) -> str:
    """``20240301093000`` of ``harbor_20240301_0930``; empty where a name has no stamp."""
    found = _STAMP.search(name)
    return (found[1] + found[2]).ljust(14, "0") if found else ""


def project_name(name: str) -> str:
    """A name without stamp and ``-export``."""
    return _COMPLETE.sub("", _STAMP.sub("", name)) or name


def read_exports(paths: Iterable[Path], root: Path, notes: Notes) -> Exports:
    """The exports that the CSV and zip files ``paths`` in ``root`` (a folder, or the one file) hold."""
    tables: list[_Table] = []
    attachments: list[tuple[str, Attachment]] = []
    foreign: list[str] = []
    folders: set[Path] = set()
    for path in sorted(paths):
        shown = str(path.relative_to(root)) if path != root else path.name
        if path.suffix.lower() == ".zip":
            try:
                members = list(_members(path))
            except UNREADABLE as error:
                foreign.append(f"{shown}: cannot be read as a zip file: {error}.")
                continue
            found = list(_tables_of(path, shown, members))
            tables += found
            attachments += [(stamp_of(path.stem), a) for a in _attachments_of(members)]
            if not found:
                foreign.append(f"{shown}: is no export of Tracker, it holds no CSV file.")
        else:
            container = path.parent.name if path.parent != root and path != root else ""
            tables.append(_Table(container, path.name, shown, partial(_open_file, path)))
            folders.add(path.parent)
    for folder in sorted(folders):
        stamp = max((stamp_of(table.stem) for table in tables if not table.container), default="")
        attachments += [(stamp_of(folder.name) or stamp, a) for a in _beside(folder)]
    return Exports(_projects(tables, notes, foreign), _latest(attachments), foreign)


def _projects(tables: list[_Table], notes: Notes, foreign: list[str]) -> list[ExportedProject]:
    projects: dict[str, ExportedProject] = {}
    mine: list[tuple[_Table, ExportTable]] = []
    for table in tables:
        export = ExportTable(table.shown, table.open_bytes, notes, table.stamp)
        why = export.why_foreign()
        if why:
            foreign.append(why)
        else:
            mine.append((table, export))
    for table, export in sorted(mine, key=lambda pair: (pair[0].stamp, pair[0].shown)):
        siblings = [other for other, _ in mine if other.container == table.container]
        name = project_name(_name(table, siblings))
        projects.setdefault(name_key(name), ExportedProject(name)).tables.append(export)
    return list(projects.values())


def _name(table: _Table, siblings: list[_Table]) -> str:
    if stamp_of(table.stem) or not table.container:
        return table.stem
    unstamped = {
        _PART.sub("", other.stem).lower() for other in siblings if not stamp_of(other.stem)
    }
    return table.container if len(unstamped) == 1 else table.stem


def _latest(attachments: list[tuple[str, Attachment]]) -> dict[int, dict[str, Attachment]]:
    found: dict[int, dict[str, Attachment]] = {}
    for _, attachment in sorted(attachments, key=lambda pair: pair[0]):
        found.setdefault(attachment.story_id, {})[attachment.filename] = attachment
    return found


def _beside(folder: Path) -> Iterator[Attachment]:
    """The attachments of an unzipped export."""
    for entry in sorted(folder.iterdir()):
        if is_story_folder(entry):
            for file in sorted(entry.iterdir()):
                if file.is_file() and not file.name.startswith(_NOT_FROM_TRACKER):
                    yield Attachment(int(entry.name), file.name, file.stat().st_size)


def is_story_folder(path: Path) -> bool:
    """Whether it holds a story's attachments, if it lies beside a CSV file."""
    return _is_story(path.name) and path.is_dir() and not path.is_symlink()


def _members(path: Path) -> Iterator[zipfile.ZipInfo]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            parts = PurePosixPath(member.filename).parts
            if not member.is_dir() and not any(p.startswith(_NOT_FROM_TRACKER) for p in parts):
                yield member


def _tables_of(path: Path, shown: str, members: list[zipfile.ZipInfo]) -> Iterator[_Table]:
    for member in members:
        if member.filename.lower().endswith(".csv") and _story_id(member) is None:
            yield _Table(
                path.stem,
                member.filename,
                f"{shown}/{member.filename}",
                partial(_open_member, path, member.filename),
            )


def _attachments_of(members: list[zipfile.ZipInfo]) -> Iterator[Attachment]:
    for member in members:
        story_id = _story_id(member)
        if story_id is not None:
            yield Attachment(story_id, PurePosixPath(member.filename).name, member.file_size)


def _story_id(member: zipfile.ZipInfo) -> int | None:
    """The story that a member's folder belongs to."""
    folder = PurePosixPath(member.filename).parent.name
    return int(folder) if _is_story(folder) else None


def _is_story(name: str) -> bool:
    return re.fullmatch(r"\d{1,18}", name, re.ASCII) is not None


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_member(path: Path, name: str) -> IO[bytes]:
    # The file stays open after its archive object is closed.
    with zipfile.ZipFile(path) as archive:
        return archive.open(name)
