"""Who is planned for what: assignments of two weeks, and people's profiles.

Plans are drafted eight weeks ahead and published three weeks ahead. Not here: who is away (``absences``), and that people
do something else in the end (``time_entries``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import DAY, EPOCH, WEEKDAYS, midnight
from pipelines.simulator.world.clockify_catalog import Catalog, CatalogProject
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, hex_id, stream

_FORTNIGHT = timedelta(days=14)
_DRAFTED_BEFORE = 56 * DAY
_PUBLISHED_BEFORE = 21 * DAY


@dataclass(frozen=True)
class Assignment:
    """A planned assignment: known from ``drafted_at`` on, published from ``published_at`` on."""

    id: str
    person: Person
    project: CatalogProject
    first: date
    last: date
    hours_per_day: float
    drafted_at: int
    published_at: int


def plan_assignments(catalog: Catalog, people: Sequence[Person], now: int) -> list[Assignment]:
    """What was drafted by ``now`` for people who work on stories, in the order of their first days."""
    served = [project for project in catalog.projects if project.tracker_project is not None]
    developers = [person for person in people if person.role == "developer"]
    planned = []
    first = EPOCH
    while midnight("UTC", first) - _DRAFTED_BEFORE <= now:
        for person in developers:
            planned += list(_fortnight(catalog.seed, person, served, first))
        first += _FORTNIGHT
    return planned


def _fortnight(
    seed: int, person: Person, projects: Sequence[CatalogProject], first: date
) -> Iterator[Assignment]:
    """One project for most of the day, and at times a second one beside it."""
    if person.last_day and first > person.last_day:
        return
    rng = stream(seed, "assignment", person.index, first)
    starts = midnight("UTC", first)
    main = (person.index + (first - EPOCH).days // 56) % len(projects)
    chosen = [(projects[main], float(rng.choice((4, 5, 6))))]
    if happens(rng, 0.3):
        chosen.append((projects[(main + 1) % len(projects)], 2.0))
    for number, (project, hours) in enumerate(chosen):
        yield Assignment(
            id=hex_id(seed, "assignment", person.index, first, number),
            person=person,
            project=project,
            first=first,
            last=first + timedelta(days=11),
            hours_per_day=hours,
            drafted_at=max(starts - _DRAFTED_BEFORE, midnight("UTC", EPOCH)),
            published_at=max(starts - _PUBLISHED_BEFORE, midnight("UTC", EPOCH)),
        )


def assignment_record(catalog: Catalog, assignment: Assignment, now: int) -> Record:
    """An assignment as it stands at ``now``."""
    person, project = assignment.person, assignment.project
    return {
        "id": assignment.id,
        "workspaceId": catalog.workspace_id,
        "userId": person.clockify_id,
        "userName": person.name if person.has_name else None,
        "projectId": project.id,
        "projectName": project.name,
        "clientId": project.client.id if project.client else "",
        "clientName": project.client.name if project.client else "",
        "projectColor": "#03A9F4",
        "projectBillable": project.billable,
        "projectArchived": not project.is_open(now),
        "taskId": None,
        "taskName": None,
        "period": {
            "start": f"{assignment.first}T00:00:00Z",
            "end": f"{assignment.last}T23:59:59.999Z",
        },
        "hoursPerDay": assignment.hours_per_day,
        "startTime": None,
        "note": "",
        "billable": project.billable,
        "published": assignment.published_at <= now,
    }


def profile_record(person: Person) -> Record:
    """A person's profile, with the working time that is theirs."""
    american = person.zone.startswith("America")
    return {
        "userId": person.clockify_id,
        "email": person.clockify_email,
        "name": person.name if person.has_name else None,
        "imageUrl": f"https://img.example.com/{person.username}.png",
        "hasPassword": True,
        "hasPendingApprovalRequest": False,
        "workspaceNumber": 1,
        "workCapacity": f"PT{person.day_hours}H",
        "workingDays": [WEEKDAYS[day] for day in person.working_days],
        "weekStart": "SUNDAY" if american else "MONDAY",
        "userCustomFieldValues": [],
    }
