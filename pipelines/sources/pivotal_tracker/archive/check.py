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
from pipelines.sources.pivotal_tracker.importers import Titled


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
    #: Title by id.
    stories: dict[int, str] = field(default_factory=dict)


@dataclass
class Found:
    """What an archive holds. ``fields``: by list, the fields that any of its rows has."""

    projects: list[FoundProject]
    notes: list[str]
    fields: dict[str, set[str]]
    #: By system, the stories that the crosswalk does not lead to it, and how many it leads there by their title alone.
    without_successor: dict[str, list[int]]
    by_title: dict[str, int]


def check_archive(
    path: Path,
    *,
    time_zone: str | None,
    crosswalk: tuple[Successor, ...],
    titles: tuple[Titled, ...] = (),
) -> Found:
    """Read the archive at ``path`` into a store that is thrown away. Raises ``ArchiveError`` where it is refused."""
    with TemporaryDirectory() as home:
        store = Store.open(
            archive_store(path, time_zone=time_zone, crosswalk=crosswalk, home=Path(home))
        )
        try:
            fields: dict[str, set[str]] = {}
            projects = [_found(store, project, fields) for project in store.projects()]
            stories = {i: title for project in projects for i, title in project.stories.items()}
            named = _found_by_title(stories, titles)
            without = {
                system: sorted(
                    stories.keys()
                    - {s.story_id for s in crosswalk if s.system == system}
                    - named.get(system, set())
                )
                for system in sorted({s.system for s in crosswalk} | named.keys())
            }
            by_title = {system: len(ids) for system, ids in named.items()}
            return Found(projects, store.notes(), fields, without, by_title)
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
    found.stories[int(story["id"])] = str(story.get("name") or "")
    found.states[str(story.get("current_state"))] += 1
    days = [str(story[name])[:10] for name in ("created_at", "updated_at") if story.get(name)]
    if days:
        found.first = min(found.first or "~", *days)
        found.last = max(found.last, *days)
    comments = story.get("comments") or []
    files = sum(len(comment.get("file_attachments") or []) for comment in comments)
    found.comments += sum("text" in comment for comment in comments)
    found.files += files


def _found_by_title(stories: dict[int, str], titles: tuple[Titled, ...]) -> dict[str, set[int]]:
    """By system, the stories with a title that is unique in Tracker and in the file (``effort.story_crosswalk``)."""
    by_title: dict[str, list[int]] = {}
    for story_id, title in stories.items():
        by_title.setdefault(title.strip().lower(), []).append(story_id)
    lines: dict[tuple[str, str], set[str]] = {}
    for line in titles:
        lines.setdefault((line.system, line.title.strip().lower()), set()).add(line.successor_id)
    found: dict[str, set[int]] = {line.system: set() for line in titles}
    for (system, title), successors in lines.items():
        ids = by_title.get(title, [])
        if len(successors) == len(ids) == 1:
            found[system].update(ids)
    return found
