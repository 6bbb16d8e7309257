"""Keeps everything that a host offers: an archive that is complete when it appears.

It is written into ``<target>.partial``, project by project, and takes its name when its manifest is written. A writer
that was killed leaves no archive; the next one goes on with the projects that are not there yet, or that changed.

Here: the order of reading, what is whole, what is left out. Not here: HTTP (``host``), the files' form (``manifest``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from pipelines.project.texts.addresses import shown
from pipelines.sources.http import FeedError, FeedRefused
from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.host import Host
from pipelines.sources.pivotal_tracker.archive.lists import (
    COMMENT_FIELDS,
    EPIC_COMMENTS,
    LISTS,
    OVERRIDES,
    PROJECTS,
    STORY_PARTS,
    Record,
)
from pipelines.sources.pivotal_tracker.archive.manifest import (
    FileFacts,
    Manifest,
    Missing,
    write_rows,
)

PARTIAL = ".partial"
#: Says that a project's folder is whole, and which version of the project it holds.
_PROJECT_FACTS = "project.json"
#: How often a project is read again because it changed meanwhile.
_READINGS = 3
#: A live secret, and no data of a project.
_SECRETS = ("api_token",)

Report = Callable[[str], None]


@dataclass
class _ProjectFacts:
    """What was written of one project."""

    version: int | None
    files: list[FileFacts] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    attachments: int = 0
    attachment_bytes: int = 0
    has_changed: bool = False


def write_archive(host: Host, target: Path, *, now: datetime, report: Report) -> Manifest:
    """Write an archive of all projects of ``host`` to ``target``, which must not exist. ``report`` gets progress."""
    if target.exists():
        raise ArchiveError(
            f"{target} exists already: choose another folder, nothing is overwritten."
        )
    folder = target.with_name(target.name + PARTIAL)
    try:
        projects = host.projects()
        report(f"{host.api.service}: {len(projects):,} projects")
        facts = [
            _keep_project(host, folder, project, f"{number} of {len(projects)}", report)
            for number, project in enumerate(projects, 1)
        ]
        # Read again, so that the list tells the versions that were kept.
        files = [write_rows(folder, f"{PROJECTS}.jsonl", host.projects())]
        files += _keep_me(host, folder)
    except FeedError as error:
        raise ArchiveError(f"The archive is not complete: {error} Run again to go on.") from None
    manifest = Manifest(
        host=shown(host.api.base_url),
        made_at=instant_text(now),
        files=files + [file for fact in facts for file in fact.files],
        missing=[missing for fact in facts for missing in fact.missing],
        attachments=sum(fact.attachments for fact in facts),
        attachment_bytes=sum(fact.attachment_bytes for fact in facts),
        changed_while_read=[
            int(project["id"])
            for project, fact in zip(projects, facts, strict=True)
            if fact.has_changed
        ],
    )
    manifest.verify(folder)
    _remove_others(folder, {folder / file.path for file in manifest.files})
    manifest.write(folder)
    folder.rename(target)
    return manifest


def _remove_others(folder: Path, kept: set[Path]) -> None:
    """Remove what only an unfinished archive needs, and what a writer left that was killed."""
    for path in folder.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def _keep_me(host: Host, folder: Path) -> list[FileFacts]:
    try:
        me, _ = host.get("/me", {})
    except FeedRefused:
        return []
    return [write_rows(folder, "me.json", [{k: v for k, v in me.items() if k not in _SECRETS}])]


def _keep_project(
    host: Host, folder: Path, project: Record, place: str, report: Report
) -> _ProjectFacts:
    """Write the lists of one project, or take what an earlier, interrupted archive wrote of the same version."""
    project_id = int(project["id"])
    name = project.get("name") or project.get("title") or project_id
    place = f"project {place}, {name}"
    kept = folder / PROJECTS / str(project_id)
    earlier = _facts_of(kept)
    if earlier and earlier.version is not None and earlier.version == project.get("version"):
        report(f"{place}: kept already")
        return earlier
    shutil.rmtree(kept, ignore_errors=True)
    for reading in range(1, _READINGS + 1):
        facts = _ProjectFacts(project.get("version"))
        for rows_name, rows in _lists(host, project, facts):
            file = write_rows(folder, f"{PROJECTS}/{project_id}/{rows_name}.jsonl", rows)
            facts.files.append(file)
            report(f"{place}: {file.rows:,} {rows_name}")
        now = next((p for p in host.projects() if p["id"] == project_id), project)
        facts.has_changed = now.get("version") != project.get("version")
        if not facts.has_changed:
            break
        project = now
        if reading < _READINGS:
            report(f"{place}: changed meanwhile, reading it again")
    (kept / _PROJECT_FACTS).write_text(json.dumps(asdict(facts)), encoding="utf-8")
    return facts


def _facts_of(folder: Path) -> _ProjectFacts | None:
    """What an earlier archive noted when it had written the project; ``None`` where it did not come that far."""
    with suppress(OSError, ValueError, TypeError):
        body = json.loads((folder / _PROJECT_FACTS).read_text(encoding="utf-8"))
        files = [FileFacts(**facts) for facts in body.pop("files")]
        missing = [Missing(**facts) for facts in body.pop("missing")]
        return _ProjectFacts(files=files, missing=missing, **body)
    return None


def _lists(
    host: Host, project: Record, facts: _ProjectFacts
) -> Iterator[tuple[str, Iterable[Record]]]:
    """The lists of a project that the host has, by name; those it refuses are noted in ``facts``."""
    project_id = int(project["id"])
    epics: list[int] = []
    for tracker_list in LISTS.values():
        rows = host.rows(
            tracker_list.path(project_id), tracker_list.fields, is_paged=tracker_list.is_paged
        )
        try:
            first = next(rows, None)
        except FeedRefused as refusal:
            facts.missing.append(Missing(project_id, tracker_list.name, refusal.status))
            continue
        whole = _distinct(tracker_list.key_of, first, rows)
        if tracker_list.name == "epics":
            whole = _noting_ids(whole, epics)
        elif tracker_list.name == "stories":
            whole = _counting_attachments(_with_parts(host, project_id, whole), facts)
        yield tracker_list.name, whole
    yield OVERRIDES.name, _overrides(host, project)
    yield EPIC_COMMENTS.name, _epic_comments(host, project_id, epics)


def _distinct(
    key_of: Callable[[Record], str], first: Record | None, rest: Iterator[Record]
) -> Iterator[Record]:
    """Rows once each: while a list is paged, a row may move to a later page and come again."""
    seen = set()
    if first is not None:
        seen.add(key_of(first))
        yield first
    for row in rest:
        key = key_of(row)
        if not key or key not in seen:
            seen.add(key)
            yield row


def _noting_ids(rows: Iterable[Record], ids: list[int]) -> Iterator[Record]:
    for row in rows:
        ids.append(row["id"])
        yield row


def _with_parts(host: Host, project_id: int, stories: Iterable[Record]) -> Iterator[Record]:
    """Stories with their parts inside; a host that does not put them there is asked story by story."""
    asked = set(STORY_PARTS)
    for story in stories:
        for part in sorted(asked - story.keys()):
            path = f"/projects/{project_id}/stories/{story['id']}/{part}"
            try:
                story[part] = list(host.rows(path, STORY_PARTS[part], is_paged=False))
            except FeedRefused:
                asked.remove(part)
        yield story


def _counting_attachments(rows: Iterable[Record], facts: _ProjectFacts) -> Iterator[Record]:
    for row in rows:
        for comment in row.get("comments") or []:
            for attachment in comment.get("file_attachments") or []:
                facts.attachments += 1
                facts.attachment_bytes += attachment.get("size") or 0
        yield row


def _overrides(host: Host, project: Record) -> Iterator[Record]:
    for number in project.get("iteration_override_numbers") or []:
        with suppress(FeedRefused):
            row, _ = host.get(f"/projects/{project['id']}/{OVERRIDES.name}/{number}", {})
            # The host need not repeat what the path says.
            yield {"project_id": project["id"], "number": number, **row}


def _epic_comments(host: Host, project_id: int, epics: list[int]) -> Iterator[Record]:
    for epic_id in epics:
        with suppress(FeedRefused):
            path = f"/projects/{project_id}/epics/{epic_id}/comments"
            yield from host.rows(path, COMMENT_FIELDS, is_paged=False)
