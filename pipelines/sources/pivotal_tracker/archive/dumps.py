"""JSON dumps of a v5 host: archives of this project, verified and read line by line, and other people's files.

Of other dumps any layout is read: files with resources, lists of resources, lists in an envelope or under ids, resources
inside others. What a resource is, its ``kind`` tells, or the fields that only such a resource has.

Here: rows, each with its list and project. Not here: files (``json_files``), what becomes of the rows (``store``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson

from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.archive.exports.names import made_id
from pipelines.sources.pivotal_tracker.archive.json_files import values_in
from pipelines.sources.pivotal_tracker.archive.lists import (
    EPIC_COMMENTS,
    KEPT,
    OVERRIDES,
    PROJECTS,
    Record,
)
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest
from pipelines.sources.pivotal_tracker.archive.notes import Notes

#: A row with the list and the project it belongs to; projects have none.
Resource = tuple[str, int | None, Record]

_LIST_OF_KIND = {
    "project": PROJECTS,
    "project_membership": "memberships",
    "label": "labels",
    "epic": "epics",
    "release": "releases",
    "iteration": "iterations",
    "iteration_override": OVERRIDES.name,
    "story": "stories",
    "story_transition": "story_transitions",
    "activity": "activity",
}
#: Parts of stories, and the field of a story that holds them.
_PARTS = {"comment": "comments", "task": "tasks", "blocker": "blockers", "review": "reviews"}
#: Fields under which resources lie inside others, and what is there.
_INSIDE = {
    "stories": "story",
    "epics": "epic",
    "memberships": "project_membership",
    "iterations": "iteration",
    "releases": "release",
    "transitions": "story_transition",
    "iteration_overrides": "iteration_override",
}
#: What a resource is that does not say so, by fields that no other has together.
_TELLING_FIELDS = (
    ("story", {"story_type", "current_state"}),
    ("iteration", {"number", "start", "finish"}),
    ("project_membership", {"person", "role"}),
    ("project", {"iteration_length"}),
    ("project", {"week_start_day"}),
    ("comment", {"text", "story_id"}),
    ("comment", {"text", "epic_id"}),
)
#: Who a token belongs to, and answers that are no data.
_NOT_OF_PROJECTS = {"me", "membership_summary", "account", "person", "error"}
_MILLISECONDS = 10**11


def lists_of(manifest: Manifest) -> Iterator[tuple[str, int]]:
    """The lists that an archive has, those without rows too, each with its project."""
    for facts in manifest.files:
        project_id, name = _place(facts.path)
        if project_id is not None:
            yield name, project_id


def resources_of_archive(folder: Path, manifest: Manifest) -> Iterator[Resource]:
    """All rows of an archive of this project, which is verified first."""
    manifest.verify(folder)
    for facts in manifest.files:
        project_id, name = _place(facts.path)
        if name != PROJECTS and name not in KEPT:
            continue
        with (folder / facts.path).open("rb") as file:
            for line in file:
                yield name, project_id, orjson.loads(line)


def _place(path: str) -> tuple[int | None, str]:
    """``projects/7/labels.jsonl`` -> ``(7, "labels")``."""
    *folders, file = path.split("/")
    name = file.rpartition(".")[0]
    return (int(folders[1]), name) if len(folders) == 2 else (None, name)


@dataclass
class DumpReader:
    """Reads the JSON files ``paths`` in ``root``; one file at a time is in memory, and the parts of stories."""

    paths: list[Path]
    root: Path
    notes: Notes
    _parts: dict[int, dict[str, dict[Any, Record]]] = field(default_factory=dict)
    _projects: set[int] = field(default_factory=set)
    _seen_at: dict[Path, str] = field(default_factory=dict)
    #: Whether any file gave a row, once all are read.
    has_rows: bool = False
    #: By project and id: the people that resources name, and the members.
    _people: dict[tuple[int, int], Record] = field(default_factory=dict)
    _members: set[tuple[int, Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read once, for what has to be known before: parts of stories, projects, how late a folder knows things."""
        for path in self.paths:
            # Told when it is read for its rows.
            for kind, resource, _ in self._resources(path, Notes()):
                if kind == "project":
                    self._projects.add(resource["id"])
                elif kind in _PARTS and isinstance(resource.get("story_id"), int):
                    of_story = self._parts.setdefault(resource["story_id"], {})
                    key = resource.get("id") or orjson.dumps(resource)
                    of_story.setdefault(_PARTS[kind], {})[key] = resource
                latest = str(resource.get("updated_at") or resource.get("occurred_at") or "")
                self._seen_at[path.parent] = max(self._seen_at.get(path.parent, ""), latest)

    def resources(self) -> Iterator[tuple[Resource, str]]:
        """All rows, each with the latest moment that its folder knows of. Parts of stories come back inside them."""
        told: set[int] = set()
        for path in self.paths:
            for kind, resource, project_id in self._resources(path, self.notes):
                seen_at = self._seen_at.get(path.parent, "")
                name = "activity" if kind.endswith("_activity") else _LIST_OF_KIND.get(kind)
                if name == PROJECTS:
                    self.has_rows = True
                    yield (name, None, resource), seen_at
                elif kind == "comment" and "epic_id" in resource:
                    name = EPIC_COMMENTS.name
                elif kind in _PARTS:
                    continue
                if name is None:
                    self.notes.add(
                        self._shown(path), f"objects of kind {kind} are no data of a project"
                    )
                elif name != PROJECTS:
                    found = self._of_project(resource, project_id, path)
                    if found is None:
                        continue
                    if name == "stories":
                        told.add(resource["id"])
                        self._put_parts(resource)
                    self._note_people(name, found, resource)
                    self.has_rows = True
                    yield (name, found, resource), seen_at
        yield from self._former_members()
        for story_id in self._parts.keys() - told:
            for name, parts in self._parts[story_id].items():
                self.notes.add(
                    self.root.name,
                    f"{name} of stories that are not there were left out",
                    times=len(parts),
                )

    def _note_people(self, name: str, project_id: int, resource: Record) -> None:
        if name == "memberships":
            person = resource.get("person") or {}
            self._members.add((project_id, person.get("id", resource.get("person_id"))))
        for person in (
            *(resource.get("owners") or ()),
            *(comment.get("person") for comment in resource.get("comments") or ()),
            *(resource.get(role) for role in ("requested_by", "performed_by", "person")),
        ):
            if isinstance(person, dict) and person.get("name"):
                person_id = person.get("user_id") or person.get("id")
                if isinstance(person_id, int):
                    known = {**person, "kind": "person", "id": person_id}
                    self._people.setdefault((project_id, person_id), known)

    def _former_members(self) -> Iterator[tuple[Resource, str]]:
        """Whom stories name and no list of members: they were removed, and their names are known all the same."""
        for (project_id, person_id), person in self._people.items():
            if (project_id, person_id) not in self._members:
                membership = {
                    "kind": "project_membership",
                    "id": made_id("membership", project_id, person_id),
                    "project_id": project_id,
                    "person": person,
                }
                yield ("memberships", project_id, membership), ""

    def _put_parts(self, story: Record) -> None:
        for name, parts in self._parts.get(story["id"], {}).items():
            inside = {part.get("id"): part for part in story.get(name) or []}
            story[name] = list({**parts, **inside}.values())

    def _of_project(self, resource: Record, parent: int | None, path: Path) -> int | None:
        """The project that a resource belongs to: as it says, as what it lies in, or the only one there is."""
        project_id = (
            resource.get("project_id") or (resource.get("project") or {}).get("id") or parent
        )
        if not isinstance(project_id, int):
            folders = [int(part) for part in path.parts if part.isascii() and part.isdigit()]
            known = [number for number in folders if number in self._projects] or list(
                self._projects
            )
            project_id = known[-1] if len(known) == 1 or (folders and known) else None
        if project_id is None:
            kind = resource.get("kind") or "an object"
            self.notes.add(self._shown(path), f"{kind} names no project and was left out")
            return None
        resource.setdefault("project_id", project_id)
        return project_id

    def _resources(self, path: Path, notes: Notes) -> Iterator[tuple[str, Record, int | None]]:
        """Kind, resource and the project it lies in, of all resources of a file that have what identifies them."""
        shown, found, errors = self._shown(path), 0, 0
        is_empty = True
        for value in values_in(path, shown, notes):
            is_empty = is_empty and _is_empty(value)
            for kind, resource, project_id in _with_kind(value, None):
                found += 1
                if kind == "error":
                    errors += 1
                    notes.add(
                        shown, f"is an answer that refuses ({resource.get('error')}), no data"
                    )
                elif _identified(kind, resource, project_id):
                    yield kind, _with_instants(resource), project_id
                else:
                    notes.add(shown, f"{kind} without an id was left out")
        if not found and not is_empty:
            notes.add(shown, "holds no resources of Tracker's API and was left out")

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.root))


def _is_empty(value: Any) -> bool:
    """Whether it has only lists without items."""
    if isinstance(value, dict):
        return bool(value) and all(_is_empty(item) for item in value.values())
    return isinstance(value, list) and all(_is_empty(item) for item in value)


def _with_kind(value: Any, project_id: int | None) -> Iterator[tuple[str, Record, int | None]]:
    """The resources in ``value`` and those inside them, each with the project around it."""
    if isinstance(value, list):
        for item in value:
            yield from _with_kind(item, project_id)
    elif isinstance(value, dict):
        kind = _kind_of(value)
        if kind is None:
            for item in value.values():
                yield from _with_kind(item, project_id)
            return
        own = value.get("id") if kind == "project" else value.get("project_id", project_id)
        own = own if isinstance(own, int) else project_id
        yield from _inside(kind, value, own)
        yield kind, value, own


def _inside(
    kind: str, value: Record, project_id: int | None
) -> Iterator[tuple[str, Record, int | None]]:
    """What lies in a project, an iteration or a release; transitions of a story."""
    labels = {"labels": "label"} if kind == "project" else {}
    for name, inner in {**_INSIDE, **labels}.items():
        if kind in _NOT_OF_PROJECTS or not isinstance(value.get(name), list):
            continue
        rows = value.pop(name)
        if kind in ("iteration", "release"):
            value.setdefault(
                "story_ids", [row["id"] for row in rows if isinstance(row, dict) and "id" in row]
            )
        for row in rows:
            if isinstance(row, dict):
                row.setdefault("kind", inner)
                yield from _with_kind(row, project_id)
    if kind == "epic":
        for comment in value.pop("comments", None) or []:
            if isinstance(comment, dict):
                yield "comment", {"epic_id": value.get("id"), **comment}, project_id


def _kind_of(value: Record) -> str | None:
    kind = value.get("kind")
    if isinstance(kind, str):
        return kind
    if "error" in value and "code" in value:
        return "error"
    return next((kind for kind, fields in _TELLING_FIELDS if fields <= value.keys()), None)


def _identified(kind: str, resource: Record, project_id: int | None) -> bool:
    """Whether a resource has what identifies it; an id that is a text of digits becomes a number."""
    for name in ("id", "project_id", "story_id", "epic_id"):
        value = resource.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            resource[name] = int(value)
    if kind == "project_membership" and resource.get("id") is None:
        person = resource.get("person") or {}
        resource["id"] = made_id(
            "membership", resource.get("project_id", project_id), person.get("id")
        )
    if kind in ("iteration", "iteration_override"):
        return isinstance(resource.get("number"), int)
    if kind.endswith("_activity") or kind in ("story_transition", "activity", *_PARTS):
        return True
    return kind not in _LIST_OF_KIND or isinstance(resource.get("id"), int)


def _with_instants(value: Any, name: str = "") -> Any:
    """``value`` with instants as v5 writes them by default, where they are milliseconds or have fractions."""
    if isinstance(value, dict):
        return {key: _with_instants(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_instants(item) for item in value]
    if isinstance(value, int) and value > _MILLISECONDS and _is_instant(name):
        try:
            return instant_text(datetime.fromtimestamp(value / 1000, timezone.utc))
        except (ValueError, OverflowError, OSError):
            return None
    return value


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in ("start", "finish", "deadline", "start_time")
