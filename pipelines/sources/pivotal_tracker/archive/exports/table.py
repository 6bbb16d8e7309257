"""A CSV file as rows of cells: encoding, separator, repeated headers, and the line on which each row begins.

Here: the form of the file. Not here: what cells mean (``cells``).
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import IO

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError

Open = Callable[[], IO[bytes]]

#: Columns without which a file is no export.
REQUIRED = ("Id", "Title", "Type", "Current State")
#: All columns of an export in their order; those from Owned By on repeat.
COLUMNS = (
    *("Id", "Title", "Labels", "Iteration", "Iteration Start", "Iteration End", "Type", "Estimate"),
    *("Priority", "Current State", "Created at", "Accepted at", "Deadline", "Requested By"),
    *("Description", "URL"),
    *("Owned By", "Blocker", "Blocker Status", "Comment", "Task", "Task Status", "Reviewer"),
    *("Review Type", "Review Status", "Pull Request", "Git Branch"),
)
_BY_LOWER_CASE = {name.lower(): name for name in COLUMNS}
_SEPARATORS = (",", ";", "\t")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Row:
    """One row: where it is, and its cells by column; a column that repeats has several, some of them empty."""

    file: str
    line: int
    cells: dict[str, list[str]]

    def one(self, column: str) -> str:
        """The first cell of ``column`` without blanks around it; empty where the file has no such column."""
        cells = self.cells.get(column)
        return cells[0].strip() if cells else ""

    def many(self, column: str) -> list[str]:
        """The cells of a column that repeats, empty ones too, so that pairs and triples stay together."""
        return [cell.strip() for cell in self.cells.get(column, [])]

    def error(self, column: str, problem: str) -> ArchiveError:
        """What is wrong in ``column`` of this row."""
        return ArchiveError(f"{self.file}, line {self.line}, column {column}: {problem}.")


@dataclass
class ExportTable:
    """One CSV file; ``open_bytes`` opens it anew at each reading. ``notes`` says what was assumed of it."""

    file: str
    open_bytes: Open
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank. Raises ``ArchiveError`` for a file that is no export."""
        with self._opened(self._encoding()) as text:
            first = text.readline()
            separator = max(_SEPARATORS, key=first.count)
            header = self._header(next(csv.reader([first], delimiter=separator), []))
            reader = csv.reader(text, delimiter=separator, strict=True)
            line = 2
            try:
                for values in reader:
                    if any(value.strip() for value in values):
                        yield self._row(line, header, values)
                    line = reader.line_num + 2
            except csv.Error as error:
                raise ArchiveError(f"{self.file}, line {line}: is not CSV ({error}).") from None

    def _row(self, line: int, header: list[str | None], values: list[str]) -> Row:
        if any(value.strip() for value in values[len(header) :]):
            raise ArchiveError(
                f"{self.file}, line {line}: has {len(values)} cells, but the header has {len(header)}."
            )
        cells: dict[str, list[str]] = {}
        for name, value in zip(header, values):  # noqa: B905 (a row may leave out empty cells at its end)
            if name is not None:
                cells.setdefault(name, []).append(value)
        return Row(self.file, line, cells)

    def _header(self, names: list[str]) -> list[str | None]:
        """The columns by position; ``None`` for one that is not of an export."""
        header = [_BY_LOWER_CASE.get(name.strip().lower()) for name in names]
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise ArchiveError(
                f"{self.file}, line 1: is not an export of Tracker, column {missing[0]} is missing."
            )
        unknown = sorted(
            {name for name, known in zip(names, header, strict=True) if not known and name.strip()}
        )
        if unknown:
            self._note(f"columns that are not Tracker's were left out: {', '.join(unknown)}")
        return header

    def _encoding(self) -> str:
        """UTF-8 or UTF-16, as a mark at the beginning says; a file that is not UTF-8 is taken for Windows-1252."""
        with self.open_bytes() as file:
            start = file.read(_CHUNK)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if b"\0" in start:
                raise ArchiveError(f"{self.file}, line 1: is not a text file.")
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                while start:
                    decoder.decode(start)
                    start = file.read(_CHUNK)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._note("is not UTF-8 and was read as Windows-1252")
                return "cp1252"
        return "utf-8-sig"

    @contextmanager
    def _opened(self, encoding: str) -> Iterator[TextIOWrapper]:
        with self.open_bytes() as file:
            text = TextIOWrapper(file, encoding=encoding, newline="")
            try:
                yield text
            except UnicodeDecodeError as error:
                raise ArchiveError(
                    f"{self.file}: is neither UTF-8 nor Windows-1252 (byte {error.object[error.start]:#04x}): "
                    "save it as UTF-8."
                ) from None

    def _note(self, text: str) -> None:
        note = f"{self.file}: {text}."
        if note not in self.notes:
            self.notes.append(note)
