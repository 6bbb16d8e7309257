"""Exports written by hand, from the rules for their columns.

Here: rows in, CSV text out. Not here: expectations.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.sources.pivotal_tracker.archive.exports.files import read_exports
from pipelines.sources.pivotal_tracker.archive.exports.names import Names
from pipelines.sources.pivotal_tracker.archive.exports.project import ProjectReader
from pipelines.sources.pivotal_tracker.archive.exports.table import COLUMNS
from pipelines.sources.pivotal_tracker.archive.lists import Record
from pipelines.sources.pivotal_tracker.archive.notes import Notes

Cells = Mapping[str, str | Sequence[str]]

#: Columns that repeat, in the groups in which an export repeats them.
GROUPS = (
    ("Owned By",),
    ("Blocker", "Blocker Status"),
    ("Comment",),
    ("Task", "Task Status"),
    ("Reviewer", "Review Type", "Review Status"),
    ("Pull Request",),
    ("Git Branch",),
)
SINGLE = COLUMNS[:16]

STORY: Cells = {
    "Id": "187654321",
    "Title": "Retry failed card charges",
    "Type": "feature",
    "Current State": "accepted",
    "Created at": "Mar 4, 2024",
    "Accepted at": "Mar 19, 2024",
    "Requested By": "Rafa Lind",
    "URL": "https://www.pivotaltracker.com/story/show/187654321",
}


def story(**cells: str | Sequence[str]) -> Cells:
    """A complete row; keyword names have underscores for blanks (``Owned_By``)."""
    return {**STORY, **{name.replace("_", " "): value for name, value in cells.items()}}


def export(*rows: Cells) -> str:
    """The CSV text of rows: a column that repeats stands as often as its fullest row needs it."""
    repeats = [max(len(row.get(name, ())) for row in rows for name in group) for group in GROUPS]
    header = list(SINGLE)
    for group, times in zip(GROUPS, repeats, strict=True):
        header += list(group) * times
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        values = [str(row.get(name, "")) for name in SINGLE]
        for group, times in zip(GROUPS, repeats, strict=True):
            for number in range(times):
                for name in group:
                    cells = row.get(name, ())
                    values.append(cells[number] if number < len(cells) else "")
        writer.writerow(values)
    return text.getvalue()


def resources(
    *paths: Path, zone: str | None = None, names: Names | None = None
) -> dict[str, list[Record]]:
    """What the files say, as v5 resources by list."""
    return told(*paths, zone=zone, names=names)[0]


def told(
    *paths: Path, zone: str | None = None, names: Names | None = None
) -> tuple[dict[str, list[Record]], list[str]]:
    """What the files say, and what was left out of them, assumed or replaced."""
    found: dict[str, list[Record]] = {}
    notes = Notes()
    exports = read_exports(paths, paths[0].parent, notes)
    for project in exports.projects:
        reader = ProjectReader(project, names or Names(), zone, exports.attachments)
        for name, record, _ in reader.resources():
            found.setdefault(name, []).append(record)
    return found, [*notes, *exports.foreign]
