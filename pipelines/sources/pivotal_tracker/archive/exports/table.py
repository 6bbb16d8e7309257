"""A CSV file as rows of cells: encoding, separator, repeated headers, and the line on which each row begins.

Here: the form of the file. Not here: what cells mean (``cells``).
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import IO

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.exports.dates import AmbiguousDates, day_comes_first
from pipelines.sources.pivotal_tracker.archive.exports.encoding import Encoding, encoding_of
from pipelines.sources.pivotal_tracker.archive.notes import Notes

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
DATES = ("Created at", "Accepted at", "Iteration Start", "Iteration End", "Deadline")
#: Columns with independent cells, so that cells without a header belong to the last such column.
_SINGLES = ("Owned By", "Comment", "Pull Request", "Git Branch")
#: Words that headers had until mid 2014.
_OLD_NAMES = {"story": "Title", "story type": "Type", "note": "Comment"}
_BY_LOWER_CASE = {**{name.lower(): name for name in COLUMNS}, **_OLD_NAMES}
_SEPARATORS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
#: Characters of a cell; a longer one comes from a quote that is not closed.
_LONGEST_CELL = 1 << 24
#: What reading a damaged or locked file of a zip raises.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class RowError(Exception):
    """One row cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Row:
    """One row: where it is, and its cells by column; a column that repeats has several, some of them empty."""

    table: ExportTable
    line: int
    cells: dict[str, list[str]]

    def one(self, column: str) -> str:
        """The first cell of ``column`` without blanks around it; empty where the file has no such column."""
        cells = self.cells.get(column)
        return _text(cells[0]) if cells else ""

    def many(self, column: str) -> list[str]:
        """The cells of a column that repeats, empty ones too, so that pairs and triples stay together."""
        return [_text(cell) for cell in self.cells.get(column, ())]

    def tell(self, column: str, problem: str) -> None:
        """Note what is wrong in ``column``; the row is read all the same."""
        self.table.notes.add(self.table.file, problem, self.line, column)

    def leave_out(self, column: str, problem: str) -> RowError:
        """Note why the row cannot be read; to be raised."""
        self.tell(column, f"{problem}, and the row was left out")
        return RowError(f"{self.table.file}, line {self.line}, column {column}: {problem}.")


def _text(cell: str) -> str:
    """A cell's text. An apostrophe that keeps a spreadsheet from computing a formula is no part of it."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'=") else cell


@dataclass
class ExportTable:
    """One CSV file; ``open_bytes`` opens it anew at each reading. ``notes`` gets what was assumed of it."""

    file: str
    open_bytes: Open
    notes: Notes = field(default_factory=Notes)
    #: The stamp of the export, as digits; empty where its name has none.
    stamp: str = ""
    _day_first: dict[str, bool] = field(default_factory=dict)

    def day_first(self, column: str) -> bool:
        """Whether the day comes first in the column's dates of numbers alone.

        The column tells, else the other columns of dates do. Raises ``ArchiveError`` where nothing tells.
        """
        if column not in self._day_first:
            try:
                self._day_first[column] = bool(self._order_in(column))
            except AmbiguousDates as error:
                orders = set() if error.contradict else self._orders_elsewhere(column)
                if len(orders) != 1:
                    raise ArchiveError(
                        f"{self.file}, column {column}: {error} may be a day of two months, and nothing in the "
                        "file tells which number is the day: write its dates as 2014-11-22."
                    ) from None
                self._day_first[column] = orders.pop()
        return self._day_first[column]

    def _order_in(self, column: str) -> bool | None:
        return day_comes_first(row.one(column) for row in self._quiet().rows())

    def _orders_elsewhere(self, column: str) -> set[bool]:
        orders: set[bool] = set()
        for other in DATES:
            with suppress(AmbiguousDates):
                order = self._order_in(other) if other != column else None
                if order is not None:
                    orders.add(order)
        return orders

    def _quiet(self) -> ExportTable:
        return ExportTable(self.file, self.open_bytes)

    def why_foreign(self) -> str | None:
        """Why this is no export of stories; ``None`` where it is one."""
        try:
            with self._opened() as (lines, _):
                header = _header(lines)
        except ArchiveError as error:
            return str(error)
        except UNREADABLE as error:
            return f"{self.file}: is damaged ({error}): copy or unzip it anew."
        missing = [name for name in REQUIRED if name not in header.columns]
        if not missing:
            return None
        return (
            f"{self.file}, line {header.line}: is not an export of Tracker, "
            f"column {missing[0]} is missing."
        )

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank. Raises ``ArchiveError`` for a file that is no export."""
        foreign = self.why_foreign()
        if foreign:
            raise ArchiveError(foreign)
        with self._opened() as (lines, encoding):
            if encoding.note:
                self.notes.add(self.file, encoding.note, times=max(1, encoding.broken))
            header = _header(lines)
            if header.foreign:
                left_out = "columns that are not Tracker's were left out"
                self.notes.add(self.file, f"{left_out}: {', '.join(header.foreign)}")
            try:
                for line, values in self._records(lines, header):
                    row = self._row(line, header, values)
                    if row is not None:
                        yield row
            except UNREADABLE as error:
                self.notes.add(
                    self.file,
                    f"is damaged ({error}), and what follows cannot be read: copy or unzip it anew",
                    lines.line,
                )

    def _records(self, lines: _Lines, header: _Header) -> Iterator[tuple[int, list[str]]]:
        """The records with their lines. One that breaks the rules of CSV is left out, and reading goes on after its line."""
        csv.field_size_limit(_LONGEST_CELL)
        while True:
            reader = csv.reader(lines, delimiter=header.separator, strict=True)
            try:
                line = lines.next_record()
                for values in reader:
                    if any(values):
                        yield line, values
                    line = lines.next_record()
                return
            except csv.Error as error:
                self.notes.add(self.file, f"is not CSV ({error}) and was left out", line)
                lines.go_back()

    def _row(self, line: int, header: _Header, values: list[str]) -> Row | None:
        columns = header.columns
        if len(values) > len(columns) and any(v.strip() for v in values[len(columns) :]):
            last = columns[-1]
            if last not in _SINGLES:
                self.notes.add(
                    self.file,
                    f"has {len(values)} cells, but the header has {len(columns)}, and was left out",
                    line,
                )
                return None
            columns = columns + [last] * (len(values) - len(columns))
        cells: dict[str, list[str]] = {}
        for name, value in zip(columns, values):  # noqa: B905 (a row may leave out empty cells at its end)
            if name is not None:
                if name in cells:
                    cells[name].append(value)
                else:
                    cells[name] = [value]
        return Row(self, line, cells)

    @contextmanager
    def _opened(self) -> Iterator[tuple[_Lines, Encoding]]:
        try:
            with self.open_bytes() as file:
                encoding = encoding_of(file)
            if encoding is None:
                raise ArchiveError(f"{self.file}, line 1: is not a text file.")
        except UNREADABLE as error:
            # What can be read before the damage, is.
            encoding = Encoding("utf-8-sig")
            if not isinstance(error, zipfile.BadZipFile | zlib.error | EOFError):
                raise ArchiveError(f"{self.file}: cannot be opened: {error}.") from None
        with self.open_bytes() as file:
            text = TextIOWrapper(file, encoding.codec, errors="replace", newline="")
            yield _Lines(text), encoding


class _Lines:
    """The lines of a file for a CSV reader, which can go back to the second line of a record."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self._record: list[str] = []
        #: The line that was read last.
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.line += 1
        self._record.append(line)
        return line

    def next_record(self) -> int:
        """A record is complete; returns the line on which the next one begins."""
        self._record.clear()
        return self.line + 1

    def go_back(self) -> None:
        """Read the record's lines again, but for the first."""
        rest = self._record[1:]
        self._again.extendleft(reversed(rest))
        self.line -= len(rest)
        self._record.clear()


@dataclass(frozen=True)
class _Header:
    """The columns by position, ``None`` for one that is not of an export; those others; where it stands."""

    columns: list[str | None]
    foreign: list[str]
    separator: str
    line: int


def _header(lines: _Lines) -> _Header:
    first = next(lines, "")
    named = _SEPARATOR_LINE.fullmatch(first)
    if named:
        first = next(lines, "")
    separator = named[1] if named else max(_SEPARATORS, key=first.count)
    names = [" ".join(name.replace("_", " ").split()) for name in _cells(first, separator)]
    columns = [_BY_LOWER_CASE.get(name.lower()) for name in names]
    foreign = sorted(
        {name for name, known in zip(names, columns, strict=True) if not known and name}
    )
    return _Header(columns, foreign, separator, max(1, lines.line))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []
