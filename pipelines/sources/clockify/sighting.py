"""What a look at everybody's time entries has found, beside what the destination has of them.

Here: one row after the other is compared, and what the destination lacks is put on disk. Not here: who asks (``reader``), and
what the fields of a row mean (``reported``).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

import orjson

from pipelines.sources.cdk.transformations import snake_case
from pipelines.sources.clockify.reported import agree, as_listed, is_comparable, shown_by_list

_ROWS_A_CHUNK = 1000
#: Among this many rows of the destination, the report must show at least one unchanged. Otherwise
#: it does not show the same data.
_ENOUGH = 20

Row = Mapping[str, Any]


class NotComparable(Exception):
    """What came cannot be compared with lists; the message says why."""


@dataclass
class Sighting:
    """All methods that take rows may be called by several threads at a time.

    ``known``: the destination's rows by id, each as a JSON object. What is new or differs is kept of people who are not
    ``listed``, and with ``keeps_all`` of everybody.
    """

    workspace_id: str
    known: Mapping[str, str]
    listed: Set[str]
    keeps_all: bool
    #: People with an entry that differs from what the destination has.
    differing: set[str] = field(default_factory=set)
    agreeing: int = 0
    _running: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _news: IO[bytes] = field(default_factory=TemporaryFile)
    _chunks: list[int] = field(default_factory=list)
    _rows: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_running(self, row: Row) -> None:
        """A row of the list of running timers, which is as people's own lists have it."""
        if isinstance(row.get("id"), str):
            self._running[row["id"]] = {snake_case(key): value for key, value in row.items()}

    def take(self, row: Row) -> None:
        """A row of the report."""
        entry, owner = row.get("_id"), row.get("userId")
        if not isinstance(entry, str) or not isinstance(owner, str):
            raise NotComparable("the report shows an entry without its id or its person")
        with self._lock:
            if entry in self._ids:
                return
            self._ids.add(entry)
            # It was stopped in between.
            self._running.pop(entry, None)
            text = self.known.get(entry)
            if text is None:
                self._keep(owner, as_listed(row, self.workspace_id))
                return
            if not self.keeps_all and not is_comparable(row):
                raise NotComparable("the report does not show all that lists do")
            listed = _row(text)
            if agree(listed, row):
                self.agreeing += 1
            else:
                self._keep(owner, as_listed(row, self.workspace_id, listed))

    def finish(self) -> None:
        """All was taken."""
        for entry, row in self._running.items():
            text = self.known.get(entry)
            if text is not None and shown_by_list(_row(text)) == shown_by_list(row):
                self.agreeing += 1
            else:
                self._keep(str(row.get("user_id")), row)
        self._news.flush()

    def missing_of(self) -> set[str]:
        """Whose entries the destination has, and the look has not seen."""
        unseen = self.known.keys() - self._ids - self._running.keys()
        return {str(_row(self.known[entry]).get("user_id")) for entry in unseen}

    @property
    def is_alien(self) -> bool:
        """Nothing is as the destination has it."""
        return bool(self.known) and not self.agreeing

    @property
    def is_surely_alien(self) -> bool:
        """And that is too much to have changed."""
        return self.is_alien and len(self.known) >= _ENOUGH

    @property
    def chunks(self) -> int:
        """In how many pieces ``rows`` gives what was kept."""
        return len(self._chunks)

    def rows(self, chunk: int, but_of: Set[str]) -> list[dict[str, Any]]:
        """What was kept, in the form of lists, but of some people."""
        with self._lock:
            self._news.seek(self._chunks[chunk])
            lines = [self._news.readline() for _ in range(_ROWS_A_CHUNK)]
        rows = [_of_line(line) for line in lines if line]
        return [row for row in rows if row.get("user_id") not in but_of]

    def _keep(self, owner: str, row: Mapping[str, Any]) -> None:
        if owner in self.listed:
            self.differing.add(owner)
            if not self.keeps_all:
                return
        if self._rows % _ROWS_A_CHUNK == 0:
            self._chunks.append(self._news.tell())
        self._rows += 1
        self._news.write(_line(row))


def latest_start(rows: Iterable[str]) -> date | None:
    """The day of the entry that starts last of the destination's ``rows``."""
    starts = (shown_by_list(_row(text))["start"] for text in rows)
    return max((start.date() for start in starts if start), default=None)


def _row(text: str) -> dict[str, Any]:
    """A row of the destination with the fields that it has no columns for."""
    row: dict[str, Any] = orjson.loads(text)
    extra = row.pop("_extra", None) or {}
    return {**row, **extra}


def _line(row: Row) -> bytes:
    """A text with half a character is nothing that ``orjson`` writes."""
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(row).encode() + b"\n"


def _of_line(line: bytes) -> dict[str, Any]:
    try:
        row: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = json.loads(line)
    return row
