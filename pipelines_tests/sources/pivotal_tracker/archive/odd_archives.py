"""Archives with random features of real ones and random damage, and what reading them has to give.

Here: files, and which stories and how many notes they hold. Not here: reading them.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

_TITLES = (
    "Pay by card",
    "Größe prüfen",
    'Say "no"',
    "two\nlines",
    "a, b; c",
    "Überweisung für José",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATES = ("unscheduled", "unstarted", "started", "finished", "delivered", "accepted", "rejected")
_DATES: tuple[Callable[[date], str], ...] = (
    lambda d: f"{_MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: f"{d.day}-{_MONTHS[d.month - 1]}-{d:%y}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: f"{d:%d.%m.%Y}",
    lambda d: d.isoformat(),
)


@dataclass
class OddArchive:
    """A folder, the ids of the stories that can be read from it, and how often something is to be told."""

    folder: Path
    stories: set[int] = field(default_factory=set)
    notes: int = 0


@dataclass
class _Row:
    cells: list[str]
    is_lost: bool = False
    notes: int = 0


def odd_archive(folder: Path, seed: int) -> OddArchive:
    """An archive of one to three parts: exports and dumps, some beside files that are none."""
    random = Random(seed)
    archive = OddArchive(folder)
    folder.mkdir()
    for number in range(random.randint(1, 3)):
        ids = range(1000 * number + 1, 1000 * number + 1 + random.randint(1, 12))
        make = random.choice((_export, _export, _dump))
        make(archive, random, number, list(ids))
    # Something that can be read, so that damage to all else is told and not a reason to refuse.
    _write_dump(archive, random, "whole.json", [_project(99), _story(99_001, 99, random)])
    archive.stories.add(99_001)
    if random.random() < 0.3:
        (folder / "users.csv").write_text("pt_user_name,email\nInes,i@example.com\n")
        archive.notes += 1
    if random.random() < 0.2:
        (folder / "readme.txt").write_text("hello")
        archive.notes += 1
    return archive


def _export(archive: OddArchive, random: Random, number: int, ids: list[int]) -> None:
    is_old = random.random() < 0.2
    separator = random.choice(",;\t")
    written = random.choice(_DATES)
    encoding = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"))
    header = ["Id", "Title", "Labels", "Type", "Estimate", "Current State", "Created at"]
    header += ["Accepted at", "Priority", "Comment"]
    if is_old:
        header[1], header[3], header[-1] = "Story", "Story Type", "Note"
    rows = [_row(random, story_id, written) for story_id in ids]
    # The day is beyond 12, which tells the order of dates of numbers.
    rows.append(_row(random, ids[-1] + 1, written, day=date(2023, 1, 28), is_damaged=False))
    text = io.StringIO()
    ends = random.choice(("\n", "\r\n"))
    if random.random() < 0.15:
        text.write(f"sep={separator}{ends}")
    writer = csv.writer(text, delimiter=separator, lineterminator=ends)
    writer.writerow(header)
    for row in rows:
        if row.is_lost and row.notes == 0:
            # A quote that closes in the middle of a cell.
            text.write(separator.join((row.cells[0], '"a"b', "", "bug", "", "started")) + ends)
            archive.notes += 1
            continue
        writer.writerow(row.cells)
        archive.notes += row.notes
        if not row.is_lost:
            archive.stories.add(int(row.cells[0].lstrip("#")))
    content = text.getvalue().encode(encoding, "replace")
    if encoding == "cp1252" and any(byte > 127 for byte in content):
        archive.notes += 1
    if encoding == "utf-8" and "ü" in text.getvalue() and random.random() < 0.3:
        content += f"{ids[-1] + 2}{separator}x".encode() + b"\xff" + separator.encode()
        content += separator.join(("", "bug", "", "started")).encode() + ends.encode()
        archive.stories.add(ids[-1] + 2)
        archive.notes += 1
    _place(archive, random, f"project{number}", content)


def _row(
    random: Random,
    story_id: int,
    written: Callable[[date], str],
    *,
    day: date | None = None,
    is_damaged: bool | None = None,
) -> _Row:
    created = day or date(2022, 1, 1) + timedelta(days=random.randrange(700))
    state = random.choice(_STATES)
    accepted = written(created + timedelta(days=5)) if state == "accepted" else ""
    cells = [
        random.choice((str(story_id), f"#{story_id}")),
        random.choice(_TITLES),
        random.choice(("", "ui", "ui, api")),
        random.choice(("feature", "bug", "chore", "Release", "")),
        random.choice(("", "-1", "0", "3", "0,5", "1.0")),
        state,
        written(created),
        accepted,
        random.choice(("", "none", "p0 - Critical", "p3")),
        random.choice(("", "Hm (Bo - Mar 8, 2024)", "Nothing at its end (really)", "'=SUM(A1)")),
    ]
    row = _Row(cells)
    if is_damaged is None and random.random() < 0.25:
        _damage(row, random)
    return row


def _damage(row: _Row, random: Random) -> None:
    column, value, is_lost = random.choice(
        (
            (0, "", True),
            (0, "1.8E+08", True),
            (0, "x", True),
            (3, "task", True),
            (5, "done", True),
            (4, "many", False),
            (6, "Smarch 8, 2024", False),
            (8, "urgent", False),
            (-1, "", True),
        )
    )
    row.is_lost = is_lost
    if column >= 0:
        row.cells[column] = value
        row.notes = 1


def _place(archive: OddArchive, random: Random, name: str, content: bytes) -> None:
    """The table as a file, in a folder, or in a zip, with or without stamp."""
    stamp = random.choice(("", "_20240301_0930", "_20250320_151233"))
    file = f"{name}{stamp}.csv"
    where = random.randrange(3)
    if where == 0:
        (archive.folder / file).write_bytes(content)
    elif where == 1:
        inner = archive.folder / f"{name}{stamp}-export"
        inner.mkdir()
        (inner / file).write_bytes(content)
    else:
        with zipfile.ZipFile(archive.folder / f"{name}{stamp}-export.zip", "w") as zipped:
            zipped.writestr(file, content)
            if random.random() < 0.3:
                zipped.writestr(f"{name}{stamp}_history.csv", "Occurred At,Message\nnow,x\n")
                archive.notes += 1


def _dump(archive: OddArchive, random: Random, number: int, ids: list[int]) -> None:
    project_id = 500 + number
    stories = [_story(story_id, project_id, random) for story_id in ids]
    if random.random() < 0.3:
        del stories[-1]["id"]
        archive.notes += 1
        ids = ids[:-1]
    archive.stories |= set(ids)
    project = _project(project_id)
    layout = random.randrange(5)
    if layout == 0:
        _write_dump(archive, random, f"stories{number}.json", [project, *stories])
    elif layout == 1:
        _write_dump(archive, random, f"all{number}.json", {**project, "stories": stories})
    elif layout == 2:
        keyed = {str(place): story for place, story in enumerate(stories)}
        body = {"projects": {"1": project}, "stories": keyed}
        _write_dump(archive, random, f"keyed{number}.json", body)
    elif layout == 3:
        window = {"kind": "iteration", "number": 1, "project_id": project_id, "stories": stories}
        window |= {"start": "2024-01-01T00:00:00Z", "finish": "2024-01-08T00:00:00Z"}
        _write_dump(archive, random, f"iterations{number}.json", {"data": [project, window]})
    else:
        lines = [json.dumps(record) for record in (project, *stories)]
        if random.random() < 0.5:
            lines.insert(1, lines[-1][: len(lines[-1]) // 2])
            archive.notes += 1
        (archive.folder / f"lines{number}.ndjson").write_text("\n".join(lines))


def _write_dump(archive: OddArchive, random: Random, name: str, body: Any) -> None:
    codec = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16"))
    text = json.dumps(body, ensure_ascii=random.random() < 0.5)
    (archive.folder / name).write_bytes(text.encode(codec))


def _project(project_id: int) -> dict[str, Any]:
    return {"kind": "project", "id": project_id, "name": f"Dumped {project_id}", "version": 3}


def _story(story_id: int, project_id: int, random: Random) -> dict[str, Any]:
    at = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(hours=random.randrange(9000))
    millis = random.random() < 0.3
    written = int(at.timestamp() * 1000) if millis else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "kind": "story",
        "id": story_id if random.random() < 0.9 else str(story_id),
        "project_id": project_id,
        "name": random.choice(_TITLES),
        "story_type": "bug",
        "current_state": random.choice(_STATES),
        "created_at": written,
        "updated_at": written,
        "owner_ids": [],
        "labels": [],
    }


def mangled(folder: Path, seed: int) -> None:
    """Change bytes of the files at random: flip, cut, double, insert."""
    random = Random(seed)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = bytearray(path.read_bytes())
        for _ in range(random.randint(0, 4)):
            place = random.randrange(len(content) + 1)
            change = random.randrange(4)
            if change == 0 and place < len(content):
                content[place] = random.randrange(256)
            elif change == 1:
                del content[place : place + random.randrange(200)]
            elif change == 2:
                content[place:place] = content[place : place + random.randrange(100)]
            else:
                content[place:place] = random.randbytes(3)
        path.write_bytes(content)
