"""All parts of an archive in one file, merged, from which a server answers page by page.

A store is an SQLite file: it holds single rows and hands them out in order, with memory for one page. The sets are the
warehouse's business, and DuckDB's.

**One row per thing.** Rows of several parts with the same key are one row, as ``merging`` says.

Here: rows in, pages out. Not here: where rows come from (``dumps``, ``exports``), HTTP (``server``).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import orjson

from pipelines.sources.pivotal_tracker.archive.lists import KEPT, PROJECTS, Record
from pipelines.sources.pivotal_tracker.archive.merging import Twin, merged

_TABLES = """
CREATE TABLE rows (
    position INTEGER PRIMARY KEY,
    list TEXT,
    key TEXT,
    part INTEGER,
    seen TEXT,
    project_id INTEGER,
    instant TEXT,
    record BLOB
);
CREATE TABLE lists (list TEXT, project_id INTEGER, PRIMARY KEY (list, project_id)) WITHOUT ROWID;
CREATE TABLE fields (list TEXT, part INTEGER, field TEXT, PRIMARY KEY (list, part, field)) WITHOUT ROWID;
CREATE TABLE notes (note TEXT);
"""
#: Keys with several rows.
_TWINS = """
SELECT list, key, position, part, seen, record, project_id FROM rows
WHERE (list, key) IN (SELECT list, key FROM rows GROUP BY list, key HAVING count(*) > 1)
ORDER BY list, key, position
"""
# Has all that counting and skipping needs.
_PAGES = "CREATE INDEX pages ON rows (list, project_id, position, instant)"
_NAMELESS_PROJECTS = """
SELECT DISTINCT project_id FROM lists
WHERE project_id NOT IN (SELECT CAST(key AS INTEGER) FROM rows WHERE list = ?)
ORDER BY project_id
"""


class StoreWriter:
    """Fills a new store. Parts come in any order; which of several rows counts, ``merging`` decides."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        # Nobody sees the file before it is whole, so it need not survive a crash.
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)
        self._offered: set[tuple[str, int]] = set()

    def offer(self, name: str, project_id: int) -> None:
        """Have the list, even if it gets no rows; a list that nobody offers does not exist."""
        if (name, project_id) not in self._offered:
            self._offered.add((name, project_id))
            self._connection.execute(
                "INSERT OR IGNORE INTO lists VALUES (?, ?)", (name, project_id)
            )

    def add(
        self,
        part: int,
        resources: Iterable[tuple[str, int | None, Record, str]],
        *,
        is_whole: bool = True,
    ) -> int:
        """Add rows in their order, each with the moment that its source knows of; returns how many.

        In a part that ``is_whole``, a field that a row lacks has no value. In any other, that is only so for fields
        that some row of its list has.
        """
        fields: dict[str, set[str]] | None = None if is_whole else {}
        added = self._connection.executemany(
            "INSERT INTO rows (list, key, part, seen, project_id, instant, record) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            self._rows(part, resources, fields),
        ).rowcount
        for name, names in (fields or {}).items():
            self._connection.executemany(
                "INSERT OR IGNORE INTO fields VALUES (?, ?, ?)",
                [(name, part, field) for field in names],
            )
        return max(0, added)

    def _rows(
        self,
        part: int,
        resources: Iterable[tuple[str, int | None, Record, str]],
        fields: dict[str, set[str]] | None,
    ) -> Iterator[tuple[object, ...]]:
        for name, project_id, record, seen in resources:
            if "title" in record:
                record.setdefault("name", record.pop("title"))
            if fields is not None:
                fields.setdefault(name, set()).update(record)
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
                seen,
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
            connection.execute("CREATE INDEX keys ON rows (list, key)")
            kept: list[tuple[bytes, int | None, int]] = []
            superseded: list[tuple[int]] = []
            for winner, body, losers in self._merged():
                if body is not None:
                    kept.append((body, winner.project_id, winner.position))
                superseded += [(twin.position,) for twin in losers]
            connection.executemany(
                "UPDATE rows SET record = ?, project_id = ? WHERE position = ?", kept
            )
            connection.executemany("DELETE FROM rows WHERE position = ?", superseded)
            self._name_projects()
            connection.execute(_PAGES)
            connection.commit()

    def _merged(self) -> Iterator[tuple[Twin, bytes | None, list[Twin]]]:
        """Of each key with several rows: the one that counts, its new record where it gets one, and the others."""
        sent: dict[tuple[str, int], set[str]] = {}
        for name, part, fields in self._connection.execute(
            "SELECT list, part, group_concat(field) FROM fields GROUP BY list, part"
        ):
            sent[name, part] = set(fields.split(","))
        rows = self._connection.execute(_TWINS)
        for (name, _), group in groupby(rows, key=lambda row: row[:2]):
            twins = [
                Twin(position, part, seen, orjson.loads(record), project_id)
                for _, _, position, part, seen, record, project_id in group
            ]
            winner, record = merged(name, twins, sent)
            body = None if record is winner.record else orjson.dumps(record)
            yield winner, body, [twin for twin in twins if twin is not winner]

    def _name_projects(self) -> None:
        """A project that only its rows name is one all the same."""
        for (project_id,) in self._connection.execute(_NAMELESS_PROJECTS, (PROJECTS,)).fetchall():
            project = {"kind": "project", "id": project_id, "name": f"Project {project_id}"}
            self.add(0, [(PROJECTS, None, project, "")])
            self.note(
                f"Project {project_id} has rows, but nothing tells its name, zone and iterations."
            )


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

    def rows(self, name: str, project_id: int) -> Iterator[Record]:
        """All rows of a list, one at a time."""
        condition, values = _slice(name, project_id, "", "~")
        rows = self.connection.execute(
            f"SELECT record FROM rows WHERE {condition} ORDER BY position", values
        )
        return (orjson.loads(record) for (record,) in rows)

    def close(self) -> None:
        self.connection.close()

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
