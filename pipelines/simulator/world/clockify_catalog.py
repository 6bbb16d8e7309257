"""What time can be booked on: clients, projects, tasks, tags, the ticket field, and the rates that apply.

Here: the plan of the workspace and its rate rules. Not here: the API records made of it (``clockify_records``) and
the bookings (``time_entries``, ``timesheets``). Amounts are hundredths of
their currency, of yen too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pipelines.simulator.world.clock import DAY, HOUR, days, midnight, quarter, utc_day
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, hex_id, stream
from pipelines.simulator.world.size import CompanySize
from pipelines.simulator.world.story_life import Story
from pipelines.simulator.world.tracker_projects import SETUP_AT, TrackerProject

_CLIENTS = ("Acme Logistics", "Fjordbank AS", "Sakura Retail 株式会社", "Old Harbour Ltd")
_CURRENCIES = ("EUR", "USD", "JPY", "EUR")
#: Hundredths of a currency for one of a euro.
_HUNDREDTHS_PER_EURO_CENT = {"EUR": 1.0, "USD": 1.1, "JPY": 160.0}
#: The seventh project began this many hours before the company's Clockify history, which nobody can read.
_EARLIER_HOURS = {6: 240}
_AREAS = ("Build", "Support", "Discovery", "Operations", "Rollout")
_TASKS = (
    "Development",
    "Code review",
    "Testing",
    "Meetings",
    "Planning",
    "Documentation",
    "Support",
)
_TAGS = ("remote", "on site", "overtime", "pairing", "refactor", "legacy")
_RATES_RISE_AT = midnight("UTC", date(2026, 1, 1))
#: The rate of the sixth project goes on to rise by so many percent with every quarter of that year and the next ones.
_QUARTERLY_RAISE = {5: 2}
_LEGACY_ENDS_AT = midnight("UTC", date(2026, 2, 16)) + 9 * HOUR


@dataclass(frozen=True)
class CatalogClient:
    """A client of the company."""

    id: str
    name: str
    currency: str
    archived_at: int | None


@dataclass(frozen=True)
class CatalogTask:
    """``story``: the task was made for this story and bears its id. ``done_at`` None: still open."""

    id: str
    name: str
    created_at: int
    done_at: int | None = None
    rate: int | None = None
    estimate_hours: int | None = None
    budget: int = 0
    story: Story | None = None


@dataclass(frozen=True)
class CatalogProject:
    """A Clockify project of the company; ``tracker_project`` is the one it is about, if any."""

    index: int
    id: str
    name: str
    client: CatalogClient | None
    tracker_project: int | None
    billable: bool
    rate: int | None
    cost_rate: int | None
    member_rates: dict[str, int]
    archived_at: int | None
    tasks: list[CatalogTask] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return self.client.currency if self.client else "EUR"

    def is_open(self, at: int) -> bool:
        return self.archived_at is None or at < self.archived_at

    @property
    def earlier_seconds(self) -> int:
        """Work on the project before the first day of the history: in Clockify's total, in no entry."""
        return _EARLIER_HOURS.get(self.index, 0) * HOUR

    def rate_at(self, at: int) -> int | None:
        """The project's own hourly rate; all rates rose by 5 % with the new year."""
        if not self.rate or at < _RATES_RISE_AT:
            return self.rate
        raised = _QUARTERLY_RAISE.get(self.index, 0) * (quarter(at) - quarter(_RATES_RISE_AT))
        return round(self.rate * 1.05 * (100 + raised) / 100)

    def changed_at(self, now: int) -> list[int]:
        """When somebody edited the project until ``now``, and once more, perhaps later."""
        raises = [_RATES_RISE_AT] if self.rate else []
        if raises and self.index in _QUARTERLY_RAISE:
            raises += [
                begins
                for day in days(utc_day(_RATES_RISE_AT + DAY), utc_day(now))
                if quarter(begins := midnight("UTC", day)) > quarter(begins - 1)
            ]
        return raises + ([self.archived_at] if self.archived_at else [])


class Catalog:
    """The workspace's booking targets, as planned for all time; records cut it at ``now``."""

    def __init__(
        self,
        seed: int,
        size: CompanySize,
        people: list[Person],
        tracker_projects: list[TrackerProject],
    ) -> None:
        self.seed = seed
        self.workspace_id = hex_id(seed, "workspace")
        self.ticket_field_id = hex_id(seed, "custom field", "Ticket")
        self.tags = {name: hex_id(seed, "tag", name) for name in _TAGS}
        self.clients = [self._client(index, size.clients) for index in range(size.clients)]
        self._people = [person for person in people if person.clockify_id]
        self._tracker_projects = tracker_projects
        self.projects = [self._project(index, size) for index in range(size.projects)]
        self.internal, self.legacy = self.projects[:2]
        self._by_tracker_project = [
            [project for project in self.projects if project.tracker_project == tracker.index]
            or [self.internal]
            for tracker in tracker_projects
        ]
        self._story_tasks: dict[int, tuple[CatalogProject, CatalogTask]] = {}

    def currency_id(self, code: str) -> str:
        return hex_id(self.seed, "currency", code)

    def currencies(self) -> list[str]:
        """Codes in use, the workspace's default first."""
        return list(dict.fromkeys(["EUR", *(client.currency for client in self.clients)]))

    def tracker_id(self, story: Story) -> int:
        return self._tracker_projects[story.project].id

    def projects_for(self, tracker_project: int) -> list[CatalogProject]:
        """Where work for a Tracker project is booked, the main one first."""
        return self._by_tracker_project[tracker_project]

    def story_task(self, story: Story) -> tuple[CatalogProject, CatalogTask] | None:
        """Every fiftieth story has a task of its own."""
        return self._story_tasks.get(story.id)

    def add_story_tasks(self, stories: list[Story]) -> None:
        for story in stories:
            if story.started_at and story.id % 50 == 7:
                task = CatalogTask(
                    id=hex_id(self.seed, "story task", story.id),
                    name=f"#{story.id} {story.name}",
                    created_at=story.started_at,
                    done_at=story.accepted_at and story.accepted_at + DAY,
                    estimate_hours=16,
                    story=story,
                )
                project = self.projects_for(story.project)[0]
                project.tasks.append(task)
                self._story_tasks[story.id] = (project, task)

    def hourly_rate(
        self, project: CatalogProject, task: CatalogTask | None, person: Person, at: int
    ) -> int | None:
        """The rate a new entry gets: project member, task, project, workspace member; None when nobody set one."""
        if not project.billable:
            return None
        own = project.member_rates.get(person.clockify_id or "")
        return own or (task and task.rate) or project.rate_at(at) or self.person_rate(person)

    def cost_rate(self, project: CatalogProject | None, person: Person) -> int | None:
        return (project and project.cost_rate) or self.person_cost(person)

    def person_rate(self, person: Person) -> int | None:
        """The workspace member's rate in euro cents; some have none."""
        return None if person.index % 5 == 4 else 8_000 + 500 * (person.index % 4)

    def person_cost(self, person: Person) -> int | None:
        return None if person.index % 7 == 6 else 4_000 + 350 * (person.index % 5)

    def _client(self, index: int, clients: int) -> CatalogClient:
        turn, last = index // len(_CLIENTS), index == clients - 1
        name = _CLIENTS[index % len(_CLIENTS)] + (f" {turn + 1}" if turn else "")
        return CatalogClient(
            id=hex_id(self.seed, "client", index),
            name=name,
            currency=_CURRENCIES[index % len(_CURRENCIES)],
            archived_at=_LEGACY_ENDS_AT + HOUR if last and clients > 1 else None,
        )

    def _project(self, index: int, size: CompanySize) -> CatalogProject:
        """Project 0 is internal, 1 a legacy project that gets archived, the others serve the Tracker projects."""
        rng = stream(self.seed, "project", index)
        turn, place = divmod(index - 2, size.tracker_projects) if index > 1 else (0, None)
        if place is None:
            name = ("Internal", "Old shop (legacy)")[index]
            client = None if index == 0 else self.clients[-1]
        else:
            name = f"{self._tracker_projects[place].name}: {_AREAS[turn % len(_AREAS)]}"
            name += f" {turn // len(_AREAS) + 1}" if turn >= len(_AREAS) else ""
            live = self.clients[:-1] or self.clients
            client = live[(place + turn // 2) % len(live)]
        billable = index != 0 and turn != 2
        foreign = client is not None and client.currency != "EUR"
        price = _HUNDREDTHS_PER_EURO_CENT[client.currency if client else "EUR"]
        has_rate = billable and (foreign or happens(rng, 0.7))
        members = [person for person in self._people if happens(rng, 0.15)]
        return CatalogProject(
            index=index,
            id=hex_id(self.seed, "project", index),
            name=name,
            client=client,
            tracker_project=place,
            billable=billable,
            rate=round(rng.randint(90, 140) * 100 * price) if has_rate else None,
            cost_rate=round(5_500 * price) if foreign else None,
            member_rates={person.clockify_id or "": round(15_000 * price) for person in members}
            if has_rate
            else {},
            archived_at=_LEGACY_ENDS_AT if index == 1 else None,
            tasks=[
                self._task(index, number, price, billable)
                for number in range(size.tasks_per_project)
            ],
        )

    def _task(self, project: int, number: int, price: float, billable: bool) -> CatalogTask:
        turn, place = divmod(number, len(_TASKS))
        rng = stream(self.seed, "task", project, number)
        return CatalogTask(
            id=hex_id(self.seed, "task", project, number),
            name=_TASKS[place] + (f" {turn + 1}" if turn else ""),
            created_at=SETUP_AT + 300,
            done_at=SETUP_AT + rng.randint(90, 300) * DAY if place == 5 else None,
            rate=round(13_000 * price) if place == 1 and billable and happens(rng, 0.4) else None,
            estimate_hours=rng.randint(20, 120) * 10 if happens(rng, 0.7) else None,
            budget=round(rng.randint(20, 90) * 10_000 * price)
            if billable and happens(rng, 0.2)
            else 0,
        )
