"""All parts of an archive in one file, merged, from which a server answers page by page.

A store is an SQLite file: it holds single rows and hands them out in order, with memory for one page. The sets are the
warehouse's business, and DuckDB's.

**One row per thing.** Rows of several parts with the same key are one row: the one of the latest part. A part of a host
that is not Tracker's equal (a look-alike) is filled up: what it never sends in such a list is taken from the part before
it. So a story that is in an export and in a later dump is one story.

Here: rows in, pages out. Not here: where rows come from (``dumps``, ``exports``), HTTP (``server``).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipelines.sources.pivotal_tracker.archive.lists import KEPT, PROJECTS, Record

_TABLES = """
CREATE TABLE rows (
    position INTEGER PRIMARY KEY,
    list TEXT,
    key TEXT,
    part INTEGER,
    project_id INTEGER,
    instant TEXT,
    record BLOB,
    UNIQUE (list, key, part)
);
CREATE TABLE lists (list TEXT, project_id INTEGER, PRIMARY KEY (list, project_id)) WITHOUT ROWID;
CREATE TABLE fields (list TEXT, part INTEGER, field TEXT, PRIMARY KEY (list, part, field)) WITHOUT ROWID;
CREATE TABLE notes (note TEXT);
CREATE TEMP TABLE merged (list TEXT, key TEXT, part INTEGER, record BLOB, PRIMARY KEY (list, key));
"""
_KEEP_MERGED = """
DELETE FROM rows
WHERE EXISTS (
    FROM_MERGED AND rows.part < merged.part
);
UPDATE rows
SET record = (FROM_MERGED)
WHERE EXISTS (FROM_MERGED);
-- Has all that counting and skipping needs.
CREATE INDEX pages ON rows (list, project_id, position, instant);
""".replace(
    "FROM_MERGED",
    "SELECT merged.record FROM merged WHERE merged.list = rows.list AND merged.key = rows.key",
)

#: What only accepted stories have.
_ACCEPTED, _OF_ACCEPTED = "accepted", "accepted_at"

#: Keys of which there are several rows, with the rows from the latest part to the first.
_DUPLICATES = """
SELECT list, key, part, record FROM rows
WHERE (list, key) IN (SELECT list, key FROM rows GROUP BY list, key HAVING count(*) > 1)
ORDER BY list, key, part DESC
"""


class StoreWriter:
    """Fills a new store. Parts come in any order; ``part`` is a part's place, of which the latest has the last word."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        # Nobody sees the file before it is whole, so it need not survive a crash.
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)

    def offer(self, name: str, project_id: int) -> None:
        """Have the list, even if it gets no rows; a list that nobody offers does not exist."""
        self._connection.execute("INSERT OR IGNORE INTO lists VALUES (?, ?)", (name, project_id))

    def add(
        self,
        part: int,
        resources: Iterable[tuple[str, int | None, Record]],
        *,
        is_whole: bool = True,
    ) -> None:
        """Add rows in their order; a row with the key of another of the same part replaces it.

        In a part that ``is_whole``, a field that a row lacks has no value. In any other, that is only so for fields
        that some row of its list has.
        """
        fields: dict[str, set[str]] = {}
        self._connection.executemany(
            "INSERT OR REPLACE INTO rows (list, key, part, project_id, instant, record) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            self._rows(part, resources, fields),
        )
        for name, names in fields.items() if not is_whole else ():
            self._connection.executemany(
                "INSERT OR IGNORE INTO fields VALUES (?, ?, ?)",
                [(name, part, field) for field in names],
            )

    def _rows(
        self,
        part: int,
        resources: Iterable[tuple[str, int | None, Record]],
        fields: dict[str, set[str]],
    ) -> Iterator[tuple[object, ...]]:
        for name, project_id, record in resources:
            if "title" in record:
                record.setdefault("name", record.pop("title"))
            known = fields.setdefault(name, set())
            known.update(record)
            body = orjson.dumps(record)
            kept = KEPT.get(name)
            key = kept.key_of(record) if kept else str(record["id"])
            instant = record.get(kept.instant) if kept and kept.instant else None
            if project_id is not None:
                self.offer(name, project_id)
            yield (
                name,
                key or hashlib.sha256(body).hexdigest(),
                part,
                project_id,
                instant,
                body,
            )

    def records(self, name: str) -> Iterator[Record]:
        """The rows of a list that were added so far, of all projects."""
        rows = self._connection.execute("SELECT record FROM rows WHERE list = ?", (name,))
        return (orjson.loads(record) for (record,) in rows)

    def note(self, text: str) -> None:
        """Keep a sentence about what was assumed or left out."""
        self._connection.execute("INSERT INTO notes VALUES (?)", (text,))

    def close(self) -> None:
        """Merge the parts and close the file."""
        with closing(self._connection) as connection:
            connection.executemany(
                "INSERT INTO merged VALUES (?, ?, ?, ?)",
                (
                    (name, key, part, orjson.dumps(record))
                    for name, key, part, record in self._merged()
                ),
            )
            connection.executescript(_KEEP_MERGED)
            connection.commit()

    def _merged(self) -> Iterator[tuple[str, str, int, Record]]:
        """Of each key with several rows: the latest part, and its row with what that part never sends."""
        sent = {
            (name, part): set(fields.split(","))
            for name, part, fields in self._connection.execute(
                "SELECT list, part, group_concat(field) FROM fields GROUP BY list, part"
            )
        }
        latest: tuple[str, str, int, Record] | None = None
        for name, key, part, record in self._connection.execute(_DUPLICATES):
            if latest is None or latest[:2] != (name, key):
                if latest is not None:
                    yield latest
                latest = (name, key, part, orjson.loads(record))
                continue
            merged = latest[3]
            of_host = sent.get((name, latest[2]))
            if of_host is None:
                continue
            if merged.get("current_state") != _ACCEPTED:
                of_host = {*of_host, _OF_ACCEPTED}
            for field, value in orjson.loads(record).items():
                if field not in of_host:
                    merged.setdefault(field, value)
        if latest is not None:
            yield latest


@dataclass(frozen=True)
class Store:
    """Reads a store; one connection, for one thread at a time."""

    connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path) -> Store:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    def notes(self) -> list[str]:
        """What was assumed when the archive was read, or left out of it."""
        return [note for (note,) in self.connection.execute("SELECT note FROM notes")]

    def projects(self) -> list[Record]:
        """All projects, in the order of the archive."""
        return self._records("list = ? ORDER BY position", (PROJECTS,))

    def project(self, project_id: int) -> Record | None:
        return self.one(PROJECTS, str(project_id))

    def has(self, name: str, project_id: int) -> bool:
        """Whether some part offers the list."""
        found = self.connection.execute(
            "SELECT 1 FROM lists WHERE list = ? AND project_id = ?", (name, project_id)
        )
        return found.fetchone() is not None

    def one(self, name: str, key: str) -> Record | None:
        """The row with a key."""
        found = self._records("list = ? AND key = ?", (name, key))
        return found[0] if found else None

    def count(self, name: str, project_id: int, after: str = "", before: str = "~") -> int:
        """How many rows a list has between two instants, both excluded."""
        condition, values = _slice(name, project_id, after, before)
        found = self.connection.execute(f"SELECT count(*) FROM rows WHERE {condition}", values)
        return int(found.fetchone()[0])

    def page(
        self,
        name: str,
        project_id: int,
        *,
        limit: int,
        offset: int = 0,
        after: str = "",
        before: str = "~",
    ) -> list[Record]:
        """Rows of a list in their order, as ``count`` counts them; ``limit`` -1 is all."""
        condition, values = _slice(name, project_id, after, before)
        return self._records(
            f"{condition} ORDER BY position LIMIT ? OFFSET ?", (*values, limit, offset)
        )

    def _records(self, rest: str, values: tuple[object, ...]) -> list[Record]:
        rows = self.connection.execute(f"SELECT record FROM rows WHERE {rest}", values)
        return [orjson.loads(record) for (record,) in rows]


def _slice(name: str, project_id: int, after: str, before: str) -> tuple[str, tuple[object, ...]]:
    condition = "list = ? AND project_id = ?"
    if after or before != "~":
        return f"{condition} AND instant > ? AND instant < ?", (name, project_id, after, before)
    return condition, (name, project_id)
