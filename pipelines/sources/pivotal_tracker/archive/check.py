"""What an archive holds, looked at without a warehouse: projects, stories by state, dates, comments, files, notes.

Here: reading it as a sync would, and counting. Not here: the terminal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.sources.pivotal_tracker.archive.lists import LISTS, Record
from pipelines.sources.pivotal_tracker.archive.source import archive_store
from pipelines.sources.pivotal_tracker.archive.store import Store
from pipelines.sources.pivotal_tracker.crosswalk import Successor


@dataclass
class FoundProject:
    """One project: stories by state, first and last day of them, parts of stories, rows of its lists."""

    project_id: int
    name: str
    states: Counter[str] = field(default_factory=Counter)
    first: str = ""
    last: str = ""
    comments: int = 0
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    story_ids: list[int] = field(default_factory=list)


@dataclass
class Found:
    """What an archive holds. ``fields``: by list, the fields that any of its rows has."""

    projects: list[FoundProject]
    notes: list[str]
    fields: dict[str, set[str]]
    #: By system, the stories that the crosswalk does not lead to it.
    without_successor: dict[str, list[int]]


def check_archive(path: Path, *, time_zone: str | None, crosswalk: tuple[Successor, ...]) -> Found:
    """Read the archive at ``path`` into a store that is thrown away. Raises ``ArchiveError`` where it is refused."""
    with TemporaryDirectory() as home:
        store = Store.open(
            archive_store(path, time_zone=time_zone, crosswalk=crosswalk, home=Path(home))
        )
        try:
            fields: dict[str, set[str]] = {}
            projects = [_found(store, project, fields) for project in store.projects()]
            without = {
                system: sorted(
                    {story_id for project in projects for story_id in project.story_ids}
                    - {s.story_id for s in crosswalk if s.system == system}
                )
                for system in sorted({s.system for s in crosswalk})
            }
            return Found(projects, store.notes(), fields, without)
        finally:
            store.close()


def _found(store: Store, project: Record, fields: dict[str, set[str]]) -> FoundProject:
    found = FoundProject(int(project["id"]), str(project.get("name") or project["id"]))
    fields.setdefault("projects", set()).update(project)
    for name in LISTS:
        sent = fields.setdefault(name, set()) if store.has(name, found.project_id) else set()
        for row in store.rows(name, found.project_id):
            sent.update(field for field, value in row.items() if value not in (None, [], {}))
            found.rows[name] = found.rows.get(name, 0) + 1
            if name == "stories":
                _count(found, row)
    return found


def _count(found: FoundProject, story: Record) -> None:
    found.story_ids.append(int(story["id"]))
    found.states[str(story.get("current_state"))] += 1
    days = [str(story[name])[:10] for name in ("created_at", "updated_at") if story.get(name)]
    if days:
        found.first = min(found.first or "~", *days)
        found.last = max(found.last, *days)
    comments = story.get("comments") or []
    files = sum(len(comment.get("file_attachments") or []) for comment in comments)
    found.comments += sum("text" in comment for comment in comments)
    found.files += files
