"""The rows of one project's exports as v5 resources.

What an export does not say is left out: transitions, activity, and all ids except for stories,
epics and releases.

* A date is a local day: creation and comments are dated with its first second, acceptance and deadline as ``cells``
  says. ``updated_at`` is the latest date in the row, because v5 has to have one.
* Iterations are the windows in the iteration columns, with the stories that name them. From them follow the project's
  iteration length, its first weekday and the day on which iteration 1 began.
* People are members with a name and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.sources.pivotal_tracker.archive.exports import cells
from pipelines.sources.pivotal_tracker.archive.exports.files import Attachment, ExportedProject
from pipelines.sources.pivotal_tracker.archive.exports.names import FIRST_MADE_ID, Names, made_id
from pipelines.sources.pivotal_tracker.archive.exports.table import Row, RowError
from pipelines.sources.pivotal_tracker.archive.exports.windows import (
    Window,
    Windows,
    usual_weeks,
)
from pipelines.sources.pivotal_tracker.archive.lists import EPIC_COMMENTS, Record

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ITERATION = ("Iteration", "Iteration Start", "Iteration End")

#: The lists that an export fills, whether or not they have rows. The activity is not known and stays empty.
LISTS = ("memberships", "labels", "epics", "releases", "iterations", "stories", "activity")


@dataclass
class ProjectReader:
    """Reads one project; ``rows`` first, what follows from all rows afterwards."""

    project: ExportedProject
    names: Names
    #: The zone that the settings name for exports.
    default_zone: str | None
    #: By story and name.
    attachments: Mapping[int, Mapping[str, Attachment]] = field(default_factory=dict)
    #: How many rows were read.
    rows: int = 0
    #: Stories and epics with attachments that were found.
    with_attachments: set[int] = field(default_factory=set)
    _people: dict[int, Record] = field(default_factory=dict)
    _labels: dict[int, Record] = field(default_factory=dict)
    _windows: Windows = field(default_factory=Windows)
    #: The iteration that a story named last; an older export may have planned it elsewhere.
    _iteration_of: dict[int, int] = field(default_factory=dict)
    _first_created: str | None = None
    _estimates_bugs: bool = False

    def __post_init__(self) -> None:
        self.id = self.names.project_id(self.project.name)
        self._known_zone = self.names.project_zone(self.project.name) or self.default_zone
        self._zone = ZoneInfo(self._known_zone or "UTC")

    def resources(self) -> Iterator[tuple[str, Record, str]]:
        """All resources, each with its list and the stamp of its export; a row with a later stamp has the last word."""
        for table in self.project.tables:
            for row in table.rows():
                try:
                    of_row = list(self._of_row(row))
                except RowError:
                    continue
                self.rows += 1
                for name, record in of_row:
                    yield name, record, table.stamp
        stamp = max((table.stamp for table in self.project.tables), default="")
        for name, record in self._of_all():
            yield name, record, stamp

    def _of_all(self) -> Iterator[tuple[str, Record]]:
        """What follows from all rows."""
        for label in self._labels.values():
            yield "labels", label
        for person in self._people.values():
            if person["id"] >= FIRST_MADE_ID:
                yield "memberships", self._membership(person)
        for iteration in self._iterations():
            yield "iterations", iteration
        yield "projects", self._project()

    @property
    def assumed(self) -> str:
        """What was assumed of all dates; empty where nothing was."""
        if self._known_zone:
            return ""
        return "dates were read as days in UTC, its zone is not known (PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE)"

    def _of_row(self, row: Row) -> Iterator[tuple[str, Record]]:
        story_id = cells.id_of(row)
        kind = cells.type_of(row)
        if kind == "epic":
            epic, comments = self._epic(row, story_id)
            yield "epics", epic
            for comment in comments:
                yield EPIC_COMMENTS.name, comment
            return
        story = self._story(row, story_id, kind)
        yield "stories", story
        if kind == "release":
            yield "releases", {**_without(story, _ONLY_OF_STORIES), "kind": "release"}

    def _common(self, row: Row, resource_id: int, kind: str) -> tuple[Record, list[date]]:
        """What stories and epics share, and the dates that the row names so far."""
        created = cells.day_of(row, "Created at")
        record: Record = {
            "kind": kind,
            "id": resource_id,
            "project_id": self.id,
            "name": row.one("Title"),
            "description": row.one("Description") or None,
            "url": row.one("URL") or None,
        }
        if created:
            record["created_at"] = cells.beginning(created, self._zone)
            self._first_created = min(record["created_at"], self._first_created or "~")
        return record, [created] if created else []

    def _epic(self, row: Row, epic_id: int) -> tuple[Record, list[Record]]:
        epic, dates = self._common(row, epic_id, "epic")
        labels = self._labels_of(row)
        epic["label"] = labels[0] if labels else None
        comments, days = self._comments(row, epic_id)
        for comment in comments:
            comment["epic_id"] = comment.pop("story_id")
        return self._dated(epic, dates + days), comments

    def _story(self, row: Row, story_id: int, story_type: str) -> Record:
        story, dates = self._common(row, story_id, "story")
        state = cells.state_of(row)
        accepted = cells.day_of(row, "Accepted at") if state == "accepted" else None
        deadline = cells.day_of(row, "Deadline")
        owners = [self._person(name) for name in row.many("Owned By") if name]
        requester = row.one("Requested By")
        estimate = cells.estimate_of(row)
        self._estimates_bugs |= story_type in ("bug", "chore") and estimate is not None
        comments, comment_days = self._comments(row, story_id)
        dates += [day for day in (accepted, *comment_days) if day]
        story |= {
            "story_type": story_type,
            "current_state": state,
            "estimate": estimate,
            "story_priority": cells.priority_of(row),
            "accepted_at": cells.end(accepted, self._zone) if accepted else None,
            "deadline": cells.beginning(deadline, self._zone) if deadline else None,
            "requested_by_id": self._person(requester) if requester else None,
            "owner_ids": owners,
            "owned_by_id": owners[0] if owners else None,
            "labels": self._labels_of(row),
            "comments": comments,
            "tasks": list(_tasks(row, story_id)),
            "blockers": list(_blockers(row, story_id)),
            "reviews": list(self._reviews(row, story_id)),
            "pull_requests": list(
                _named(row, "Pull Request", "pull_request", "original_url", story_id)
            ),
            "branches": list(_named(row, "Git Branch", "branch", "name", story_id)),
        }
        self._note_iteration(row, story_id)
        return self._dated(story, dates)

    def _dated(self, record: Record, dates: list[date]) -> Record:
        if dates:
            latest = cells.beginning(max(dates), self._zone)
            record["updated_at"] = max(latest, record.get("accepted_at") or "")
        return {name: value for name, value in record.items() if value is not None}

    def _comments(self, row: Row, story_id: int) -> tuple[list[Record], list[date]]:
        comments: list[Record] = []
        days: list[date] = []
        for number, cell in enumerate(filter(None, row.many("Comment")), 1):
            said = cells.comment_of(cell)
            comment = _part("comment", story_id, number, text=said.text or None)
            if said.author:
                comment["person_id"] = self._person(said.author)
            if said.day:
                days.append(said.day)
                comment["created_at"] = comment["updated_at"] = cells.beginning(
                    said.day, self._zone
                )
            comments.append(comment)
        attached = self.attachments.get(story_id)
        if attached:
            self.with_attachments.add(story_id)
            # Which comment they belong to is not known, and v5 has attachments in comments only.
            files = [
                {
                    "kind": "file_attachment",
                    "id": made_id("file_attachment", story_id, file.filename),
                    "filename": file.filename,
                    "size": file.size,
                }
                for file in attached.values()
            ]
            comments.append(_part("comment", story_id, 0, file_attachments=files))
        return comments, days

    def _reviews(self, row: Row, story_id: int) -> Iterator[Record]:
        triples = zip_longest(
            row.many("Reviewer"), row.many("Review Type"), row.many("Review Status"), fillvalue=""
        )
        for number, (reviewer, review_type, status) in enumerate(triples, 1):
            if reviewer or review_type or status:
                type_id = made_id("review_type", self.id, review_type)
                yield _part(
                    "review",
                    story_id,
                    number,
                    status=cells.review_status(row, status),
                    reviewer_id=self._person(reviewer) if reviewer else None,
                    review_type_id=type_id if review_type else None,
                    review_type={
                        "kind": "review_type",
                        "id": type_id,
                        "project_id": self.id,
                        "name": review_type,
                    }
                    if review_type
                    else None,
                )

    def _person(self, name: str) -> int:
        person = self.names.person(name)
        self._people[person["id"]] = person
        return int(person["id"])

    def _labels_of(self, row: Row) -> list[Record]:
        labels = [self.names.label(self.id, name) for name in cells.labels_of(row)]
        self._labels |= {label["id"]: label for label in labels}
        return labels

    def _membership(self, person: Record) -> Record:
        return {
            "kind": "project_membership",
            "id": made_id("membership", self.id, person["id"]),
            "project_id": self.id,
            "person": person,
        }

    def _note_iteration(self, row: Row, story_id: int) -> None:
        number = cells.iteration_number_of(row)
        first, last = (cells.day_of(row, column) for column in _ITERATION[1:])
        if number is None or first is None or last is None:
            self._iteration_of.pop(story_id, None)
            return
        if last <= first:
            row.tell(
                "Iteration End",
                f"{last} is not after the iteration's start, {first}, and was left out",
            )
            return
        # The last day is written; should a file have the day after it, whole weeks tell.
        if (last - first).days % 7 == 0:
            last -= timedelta(days=1)
        if not self._windows.add(row.table.stamp, number, Window(first, last)):
            row.tell(
                "Iteration Start",
                f"iteration {number} was told with other days before, and the last ones count",
            )
        self._iteration_of[story_id] = number

    def _iterations(self) -> Iterator[Record]:
        stories: dict[int, list[int]] = {}
        for story_id, number in self._iteration_of.items():
            stories.setdefault(number, []).append(story_id)
        for number, window in self._windows.merged().items():
            yield self._iteration(number, window, stories.get(number, []))

    def _iteration(self, number: int, window: Window, story_ids: list[int]) -> Record:
        return {
            "kind": "iteration",
            "number": number,
            "project_id": self.id,
            "length": window.weeks,
            "start": cells.beginning(window.first, self._zone),
            "finish": cells.beginning(window.last + timedelta(days=1), self._zone),
            "story_ids": story_ids,
        }

    def _project(self) -> Record:
        project: Record = {"kind": "project", "id": self.id, "name": self.project.name}
        if self._first_created:
            project["created_at"] = self._first_created
        if self._known_zone:
            project["time_zone"] = {"kind": "time_zone", "olson_name": self._known_zone}
        if self._estimates_bugs:
            project["bugs_and_chores_are_estimatable"] = True
        windows = self._windows.merged()
        if windows:
            number, first = next(iter(windows.items()))
            earliest = usual_weeks(windows.values())
            start = first.first - timedelta(weeks=(number - 1) * earliest)
            project |= {
                # What it was last.
                "iteration_length": usual_weeks(reversed(windows.values())),
                "week_start_day": _WEEKDAYS[first.first.weekday()],
                "start_date": start.isoformat(),
            }
        return project


_ONLY_OF_STORIES = (
    *("story_type", "estimate", "story_priority", "owner_ids", "owned_by_id", "requested_by_id"),
    *("comments", "tasks", "blockers", "reviews", "pull_requests", "branches"),
)


def _without(record: Record, names: tuple[str, ...]) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def _part(kind: str, story_id: int, number: int, **values: Any) -> Record:
    """A part of a story, known by its place among the parts of its kind; absent values are left out."""
    known = {name: value for name, value in values.items() if value is not None}
    return {"kind": kind, "id": made_id(kind, story_id, number), "story_id": story_id, **known}


def _tasks(row: Row, story_id: int) -> Iterator[Record]:
    pairs = zip_longest(row.many("Task"), row.many("Task Status"), fillvalue="")
    for number, (description, status) in enumerate((p for p in pairs if p[0]), 1):
        yield _part(
            "task",
            story_id,
            number,
            description=description,
            complete=cells.is_complete(row, status),
            position=number,
        )


def _blockers(row: Row, story_id: int) -> Iterator[Record]:
    pairs = zip_longest(row.many("Blocker"), row.many("Blocker Status"), fillvalue="")
    for number, (description, status) in enumerate((p for p in pairs if p[0]), 1):
        resolved = cells.is_resolved(row, status)
        yield _part("blocker", story_id, number, description=description, resolved=resolved)


def _named(row: Row, column: str, kind: str, field_name: str, story_id: int) -> Iterator[Record]:
    for number, cell in enumerate(filter(None, row.many(column)), 1):
        yield _part(kind, story_id, number, **{field_name: cell})
