"""JSON dumps of a v5 host: archives of this project, verified and read line by line, and other people's files.

Of other dumps any layout is read: ``.json`` files with resources, lists of resources, or lists in an envelope. What a
resource is, its ``kind`` tells. They are held in memory one file at a time.

Here: rows, each with its list and project. Not here: what becomes of them (``store``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.lists import KEPT, OVERRIDES, PROJECTS, Record
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest

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
}
#: Parts of stories, and the field of a story that holds them.
_PARTS = {"comment": "comments", "task": "tasks", "blocker": "blockers", "review": "reviews"}
_NESTED_TRANSITIONS = "transitions"


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


def resources_of_files(paths: Iterable[Path], root: Path) -> Iterator[Resource]:
    """All resources of the ``.json`` files ``paths`` in ``root``. Parts of stories come back inside them."""
    paths = list(paths)
    parts: dict[int, dict[str, list[Record]]] = {}
    for path in paths:
        for resource in _resources(path, root):
            kind, story_id = str(resource.get("kind")), resource.get("story_id")
            if kind in _PARTS and story_id is not None:
                of_story = parts.setdefault(story_id, {})
                of_story.setdefault(_PARTS[kind], []).append(resource)
    for path in paths:
        for resource in _resources(path, root):
            kind = str(resource["kind"])
            name = "activity" if kind.endswith("_activity") else _LIST_OF_KIND.get(kind)
            if name == PROJECTS:
                yield name, None, resource
            elif name is not None:
                yield from _of_project(name, resource, parts, path.relative_to(root))


def _of_project(
    name: str, resource: Record, parts: dict[int, dict[str, list[Record]]], file: Path
) -> Iterator[Resource]:
    project_id = resource.get("project_id", (resource.get("project") or {}).get("id"))
    if not isinstance(project_id, int):
        raise ArchiveError(
            f"{file}: {resource['kind']} {resource.get('id', '')} has no project_id."
        )
    if name == "stories":
        for transition in resource.pop(_NESTED_TRANSITIONS, None) or []:
            yield "story_transitions", project_id, transition
        resource = {**parts.get(resource["id"], {}), **resource}
    yield name, project_id, resource


def _resources(path: Path, root: Path) -> Iterator[Record]:
    try:
        body = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        name = path.relative_to(root)
        raise ArchiveError(
            f"{name}, line {error.lineno}, column {error.colno}: is not JSON ({error.msg})."
        ) from None
    found = list(_with_kind(body))
    if not found:
        raise ArchiveError(
            f"{path.relative_to(root)}: holds no resources of Tracker's API (objects with a kind)."
        )
    yield from found


def _with_kind(value: Any) -> Iterator[Record]:
    """The outermost objects with a ``kind`` in ``value``."""
    if isinstance(value, list):
        for item in value:
            yield from _with_kind(item)
    elif isinstance(value, dict):
        if "kind" in value:
            yield value
        else:
            for item in value.values():
                yield from _with_kind(item)
