"""``pipelines archive check PATH``: what an archive holds, what was left out of it, and what can be computed from it.

Here: the terminal. Not here: reading and counting (``sources.pivotal_tracker.archive.check``).
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from pipelines.cli.host import consequences, print_lines, wide
from pipelines.defs.settings import Settings
from pipelines.metrics.project_management.needs import unmet
from pipelines.project.texts.terminal import plain
from pipelines.sources.pivotal_tracker.archive.check import Found, check_archive
from pipelines.sources.pivotal_tracker.crosswalk import read_crosswalk, read_titles

_EXAMPLES = 20
_STATES = (
    *("unscheduled", "unstarted", "planned", "started"),
    *("finished", "delivered", "accepted", "rejected"),
)


def print_check(settings: Settings, path: Path) -> None:
    """Print what is found. Raises ``ArchiveError`` where the archive is refused."""
    found = check_archive(
        path,
        time_zone=settings.tracker_archive_zone,
        crosswalk=read_crosswalk(settings.story_crosswalk),
        titles=read_titles(settings.story_crosswalk),
    )
    wide().print(_table(found))
    print_lines(
        *(f"Note: {note}" for note in found.notes),
        *(
            f"{count:,} stories go on in {system} by their title alone, which is a guess."
            for system, count in found.by_title.items()
        ),
        *(
            f"{len(ids):,} stories have no successor in {system}: "
            f"{', '.join(map(str, ids[:_EXAMPLES]))}{' ...' if len(ids) > _EXAMPLES else ''}"
            for system, ids in found.without_successor.items()
            if ids
        ),
        *consequences(unmet(lambda name, field: _has(found, name, field))),
    )


def _has(found: Found, name: str, field: str) -> bool:
    if not field:
        return any(project.rows.get(name) for project in found.projects) or name == "projects"
    # Without rows there is nothing that could have the field.
    return not found.fields.get(name) or field in found.fields[name]


def _table(found: Found) -> Table:
    states = [name for name in _STATES if any(project.states[name] for project in found.projects)]
    table = Table(box=None, pad_edge=False)
    table.add_column("project", overflow="fold")
    for name in ("stories", *states, "first", "last", "comments", "files", "epics", "iterations"):
        table.add_column(name, justify="right")
    for project in found.projects:
        counts = (
            project.states.total(),
            *(project.states[name] for name in states),
            project.first,
            project.last,
            project.comments,
            project.files,
            project.rows.get("epics", 0),
            project.rows.get("iterations", 0),
        )
        cells = (f"{count:,}" if isinstance(count, int) else str(count) for count in counts)
        table.add_row(Text(plain(project.name)), *cells)
    return table
