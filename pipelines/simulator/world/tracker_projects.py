"""The Tracker projects: settings, teams, labels, epics and planned iteration overrides.

Here: what is fixed about a project and the API records that follow from it. Not here: stories and their history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines.simulator.model import Record
from pipelines.simulator.tracker.calendar import WEEKDAYS, current_number
from pipelines.simulator.world.clock import EPOCH, HOUR, iso, midnight, seconds, utc_offset
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.size import CompanySize

#: When the projects are set up: the first minutes of the company's history.
SETUP_AT = midnight("UTC", EPOCH)
_NAMES = (
    "Harbor Billing",
    "Fjord Logistics",
    "Kea Field App",
    "Mesa Storefront",
    "Spree Analytics",
)
_BUILT_IN_SCALES = ("0,1,2,3", "0,1,2,4,8", "0,1,2,3,5,8")


@dataclass(frozen=True)
class Override:
    """A planned iteration override and how many days before its iteration it is entered."""

    number: int
    length: int
    team_strength: float
    days_ahead: int = 9


@dataclass(frozen=True)
class ProjectSettings:
    """What tells one calendar and scale from another."""

    zone: str
    week_start_day: str
    iteration_length: int
    point_scale: str
    bugs_and_chores_are_estimatable: bool
    automatic_planning: bool
    velocity_averaged_over: int
    initial_velocity: int
    share: float  # of the company's stories
    overrides: tuple[Override, ...]


#: Iteration 18 of the first project is Christmas week; 9 of the second stretches over the new year.
_SETTINGS = (
    ProjectSettings(
        "America/Denver",
        "Tuesday",
        1,
        "0,1,2,3,5,8",
        False,
        True,
        3,
        10,
        1.25,
        (Override(18, 1, 0.0), Override(30, 1, 0.5)),
    ),
    ProjectSettings(
        "Europe/Berlin", "Monday", 2, "0,1,2,4,8", False, True, 2, 10, 0.9, (Override(9, 3, 0.8),)
    ),
    ProjectSettings(
        "Pacific/Auckland",
        "Wednesday",
        2,
        "0,0.5,1,2,3",
        True,
        False,
        4,
        6,
        0.85,
        (Override(5, 2, 0.5),),
    ),
)
LABELS = ("tech-debt", "security", "ux", "customer", "performance", "spike")


@dataclass(frozen=True)
class TrackerProject:
    """One project and its team."""

    index: int
    id: int
    name: str
    settings: ProjectSettings
    start_date: date
    owner: Person
    developers: tuple[Person, ...]
    members: tuple[Person, ...]
    epics: tuple[str, ...]

    @property
    def scale(self) -> list[float]:
        return [float(points) for points in self.settings.point_scale.split(",")]

    def override_entered_at(self, override: Override) -> int:
        """Mid-morning in the project's zone, some days before the iteration begins."""
        usual = self.settings.iteration_length
        earlier = [other for other in self.settings.overrides if other.number < override.number]
        weeks = (override.number - 1) * usual + sum(other.length - usual for other in earlier)
        entered = self.start_date + timedelta(weeks=weeks, days=-override.days_ahead)
        return midnight(self.settings.zone, entered) + 10 * HOUR


def tracker_projects(size: CompanySize, people: list[Person]) -> list[TrackerProject]:
    """All projects; every developer belongs to one, owners and the client contact to all."""
    developers = [person for person in people if person.role == "developer"]
    owners = [person for person in people if person.role == "owner" and person.clockify_id]
    projects = []
    for index in range(size.tracker_projects):
        settings = _SETTINGS[index % len(_SETTINGS)]
        team = tuple(developers[index :: size.tracker_projects]) or (
            developers[index % len(developers)],
        )
        weekday = WEEKDAYS.index(settings.week_start_day)
        name = _NAMES[index % len(_NAMES)]
        projects.append(
            TrackerProject(
                index=index,
                id=2_401_187 + index * 1_373,
                name=name if index < len(_NAMES) else f"{name} {index // len(_NAMES) + 1}",
                settings=settings,
                start_date=EPOCH - timedelta(days=(EPOCH.weekday() - weekday) % 7),
                owner=owners[index % len(owners)],
                developers=team,
                members=tuple(
                    person
                    for person in people
                    if person.tracker_id and (person.role == "owner" or person in team)
                ),
                epics=tuple(
                    ("onboarding", "dunning", "reporting", "mobile", "api v2")[
                        index % 2 : index % 2 + 3
                    ]
                ),
            )
        )
    return projects


def project_record(
    project: TrackerProject, version: int, overrides: list[Record], now: datetime
) -> Record:
    """The project resource at ``now``."""
    settings = project.settings
    record: Record = {
        "id": project.id,
        "kind": "project",
        "name": project.name,
        "version": version,
        "iteration_length": settings.iteration_length,
        "week_start_day": settings.week_start_day,
        "point_scale": settings.point_scale,
        "point_scale_is_custom": settings.point_scale not in _BUILT_IN_SCALES,
        "bugs_and_chores_are_estimatable": settings.bugs_and_chores_are_estimatable,
        "automatic_planning": settings.automatic_planning,
        "enable_tasks": True,
        "time_zone": {
            "kind": "time_zone",
            "olson_name": settings.zone,
            "offset": utc_offset(settings.zone, seconds(now)),
        },
        "velocity_averaged_over": settings.velocity_averaged_over,
        "number_of_done_iterations_to_show": 4,
        "has_google_domain": False,
        "description": None if project.index == 1 else f"Everything for {project.name}",
        "profile_content": None,
        "enable_incoming_emails": True,
        "initial_velocity": settings.initial_velocity,
        "public": False,
        "atom_enabled": False,
        "project_type": "private",
        "start_date": project.start_date.isoformat(),
        "start_time": iso(midnight(settings.zone, project.start_date)),
        "created_at": iso(SETUP_AT),
        "updated_at": iso(SETUP_AT),
        "show_story_priority": True,
        "show_priority_icon": True,
        "show_priority_icon_in_all_panels": False,
        "account_id": 880_123,
        "enable_following": True,
    }
    return {**record, "current_iteration_number": current_number(record, overrides, now)}


def membership_record(project: TrackerProject, person: Person) -> Record:
    return {
        "kind": "project_membership",
        "project_id": project.id,
        "id": 11_200_000 + project.index * 1_000 + person.index,
        "last_viewed_at": iso(SETUP_AT),
        "created_at": iso(SETUP_AT),
        "updated_at": iso(SETUP_AT),
        "role": "owner"
        if person is project.owner
        else "viewer"
        if person.clockify_id is None
        else "member",
        "project_color": "8100ea",
        "favorite": person is project.owner,
        "wants_comment_notification_emails": True,
        "will_receive_mention_notifications_or_emails": True,
        "person": {
            "kind": "person",
            "id": person.tracker_id,
            "name": person.name,
            "email": person.tracker_email,
            "initials": person.initials,
            "username": person.username,
        },
    }
