"""What lies at an archive's path, by kind: archives of hosts, JSON dumps, exports, and what is none of them.

Here: looking at names, into folders. Not here: reading what is there.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.files import is_story_folder
from pipelines.sources.pivotal_tracker.archive.manifest import NAME as MANIFEST
from pipelines.sources.pivotal_tracker.archive.notes import Notes
from pipelines.sources.pivotal_tracker.archive.writer import PARTIAL

SETTING = "PIVOTAL_TRACKER_ARCHIVE"
_EXPORT_SUFFIXES = (".csv", ".zip")
#: As archives of hosts have them.
LINES = ".jsonl"
_DUMP_SUFFIXES = (".json", LINES, ".ndjson")


@dataclass
class Parts:
    """What lies at a path, by kind. ``notes`` gets what was left out."""

    root: Path
    archives: list[Path] = field(default_factory=list)
    dumps: list[Path] = field(default_factory=list)
    exports: list[Path] = field(default_factory=list)
    #: Attachments beside exports, with their sizes; nothing else of them is read.
    attachments: list[tuple[Path, int]] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    #: Folders that were looked into, by device and number: a link may lead back into one.
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def files(self) -> Iterator[Path]:
        """The files that identify the archive: when one changes, it is another archive."""
        for folder in self.archives:
            yield folder / MANIFEST
        yield from (*self.dumps, *self.exports)

    def shown(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    def look_into(self, folder: Path) -> None:
        """Sort what lies in ``folder``, in its subfolders too."""
        facts = folder.stat()
        if (facts.st_dev, facts.st_ino) in self._seen:
            self.notes.add(
                self.shown(folder), "leads to a folder that was read already, and was left out"
            )
            return
        self._seen.add((facts.st_dev, facts.st_ino))
        if (folder / MANIFEST).is_file():
            self.archives.append(folder)
            return
        if folder.name.endswith(PARTIAL):
            if folder == self.root:
                raise ArchiveError(f"{folder} is not finished: run `make archive` again to go on.")
            self.notes.add(self.shown(folder), "is not finished and was left out")
            return
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self.notes.add(
                self.shown(folder), f"cannot be read ({error.strerror}) and was left out"
            )
            return
        has_table = any(entry.suffix.lower() in _EXPORT_SUFFIXES for entry in entries)
        for entry in entries:
            if not entry.name.startswith((".", "__")):
                self._look_at(entry, has_table=has_table)

    def _look_at(self, entry: Path, *, has_table: bool) -> None:
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            self.notes.add(self.shown(entry), f"cannot be read ({error.strerror}) and was left out")
            return
        if stat.S_ISREG(mode):
            self.sort(entry)
        elif not stat.S_ISDIR(mode):
            self.notes.add(self.shown(entry), "is neither a file nor a folder, and was left out")
        elif has_table and is_story_folder(entry):
            self.attachments += [(f, f.stat().st_size) for f in sorted(entry.iterdir())]
        else:
            self.look_into(entry)

    def sort(self, file: Path) -> None:
        """Put a file where it belongs, by its suffix."""
        suffix = file.suffix.lower()
        if suffix in _EXPORT_SUFFIXES:
            self.exports.append(file)
        elif suffix in _DUMP_SUFFIXES:
            self.dumps.append(file)
            if suffix == LINES:
                self.notes.add(
                    self.shown(file),
                    f"lies in no archive with a {MANIFEST}, so that rows may be missing",
                )
        else:
            self.notes.add(self.shown(file), "is of a kind that is not read, and was left out")


def find_parts(path: Path) -> Parts:
    """What lies at ``path``, a file or a folder. Raises ``ArchiveError`` when there is nothing to read."""
    try:
        if path.is_file():
            parts = Parts(path.parent)
            parts.sort(path)
        elif path.is_dir():
            parts = Parts(path)
            parts.look_into(path)
        else:
            raise ArchiveError(f"{SETTING}: there is nothing at {path}.")
    except OSError as error:
        raise ArchiveError(f"{SETTING}: {path} cannot be read: {error.strerror}.") from None
    if not (parts.archives or parts.dumps or parts.exports):
        raise ArchiveError(
            f"{SETTING}: {path} holds no archive, no JSON dump and no CSV or zip export."
        )
    return parts
