"""The plan of the Tracker side: which stories come up each day, who takes them, and what else happens to a project.

A plan is a list of ``Step`` that does not know ``now``; the board carries out what lies before it. Not here: the life
of one story (``story_life``) and how steps change records (``board``).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from pipelines.simulator.world.calendar import Calendar
from pipelines.simulator.world.clock import DAY, EPOCH, HOUR, days, iso, midnight
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import count, stream
from pipelines.simulator.world.size import CompanySize
from pipelines.simulator.world.step import Step
from pipelines.simulator.world.story_life import Story, StoryLife
from pipelines.simulator.world.tracker_projects import LABELS, SETUP_AT, TrackerProject

_WORKDAYS_A_YEAR = 225
_WEEKDAY_SHARE = (1.5, 1.1, 1.0, 0.9, 0.5, 0.0, 0.0)
_SLOW_MONTHS = {7: 0.6, 8: 0.8, 12: 0.7}
#: Share of the developers' day that goes into stories if all are to be done; the rest is slack and waiting.
_LOAD = 0.8
_HOURS_A_DAY = 6.5
#: A project begins with a backlog: so many days of writing stories down, at so many times the usual rate.
_OPENING_DAYS = 5
_OPENING_RUSH = 4.0
_MEAN_WEIGHT = 2.3
_RELEASE_EVERY = 42
_IDS_PER_PROJECT = 900_000


class StoryPlanner:
    """Plans day by day, all projects together. ``work`` tells who is busy with which stories on which local day."""

    def __init__(
        self, seed: int, size: CompanySize, projects: list[TrackerProject], calendar: Calendar
    ) -> None:
        #: Every story somebody works on, in the order in which they are taken up.
        self.stories: list[Story] = []
        self.work: dict[tuple[int, date], list[Story]] = defaultdict(list)
        self._seed = seed
        self._size = size
        self._projects = projects
        self._calendar = calendar
        self._free_at: dict[int, int] = {}
        #: Scheduled stories by (instant of their turn, id).
        self._backlog: list[tuple[int, int, StoryLife]] = []
        self._made = [0] * len(projects)
        shares = sum(project.settings.share for project in projects)
        self._stories_a_day = [
            size.stories_per_year * project.settings.share / shares / _WORKDAYS_A_YEAR
            for project in projects
        ]
        self._pace = [
            _LOAD * _HOURS_A_DAY * len(project.developers) / (rate * _MEAN_WEIGHT)
            for project, rate in zip(projects, self._stories_a_day, strict=True)
        ]

    def setup(self) -> Iterator[Step]:
        """How the projects were put up in the first minutes, and the overrides entered later."""
        for project in self._projects:
            at = SETUP_AT + 60 * project.index

            def step(
                verb: str, at: int = at, project: TrackerProject = project, **values: object
            ) -> Step:
                return Step(at, project.owner, verb, project.index, values=values)

            yield from (step("join", person=person) for person in project.members)
            yield from (step("add_label", at + 10, name=label) for label in LABELS)
            yield from (step("add_epic", at + 20, label=label) for label in project.epics)
            yield step(
                "describe_epic",
                at + 30 * DAY + 9 * HOUR,
                number=0,
                description="First steps of a new customer",
            )
            yield step("drop_label", at + 120 * DAY + 9 * HOUR, name="spike")
            for override in project.settings.overrides:
                yield step(
                    "override",
                    project.override_entered_at(override),
                    number=override.number,
                    length=override.length,
                    team_strength=override.team_strength,
                )

    def plan_day(self, day: date) -> Iterator[Step]:
        """Everything that begins on this day; its consequences may lie weeks later."""
        for project in self._projects:
            rng = stream(self._seed, "stories", project.id, day)
            mean = (
                self._stories_a_day[project.index]
                * _WEEKDAY_SHARE[day.weekday()]
                * _SLOW_MONTHS.get(day.month, 1.0)
            )
            if (day - EPOCH).days < _OPENING_DAYS:
                mean *= _OPENING_RUSH
            morning = midnight(project.owner.zone, day) + 9 * HOUR
            for at in sorted(morning + rng.randrange(9 * HOUR) for _ in range(count(rng, mean))):
                yield from self._write_down(project, at)
            age = (day - EPOCH).days - 3 - 5 * project.index
            if age % _RELEASE_EVERY == 0:
                yield from self._release(project, day, 1 + age // _RELEASE_EVERY)
            if age % 90 == 60:
                yield Step(
                    morning + 2 * HOUR,
                    project.owner,
                    "clear_icebox",
                    project.index,
                    values={"stories": 2},
                )
        while self._backlog and self._backlog[0][0] < midnight("UTC", day + timedelta(days=1)):
            yield from self._take_up(heapq.heappop(self._backlog)[2])

    def _write_down(self, project: TrackerProject, at: int) -> list[Step]:
        """A new story, up to its place in the backlog."""
        story_id = self._next_id(project)
        rng = stream(self._seed, "story", story_id)
        home = project
        if rng.random() < 0.02 and len(self._projects) > 1:
            home = self._projects[(project.index + 1) % len(self._projects)]
        life = StoryLife(story_id, project, home, at, rng, self._calendar, self._size.chatter)
        life.begin()
        if life.will_be_worked_on:
            heapq.heappush(self._backlog, (life.its_turn(), story_id, life))
        else:
            life.chatter()
        return life.steps

    def _take_up(self, life: StoryLife) -> list[Step]:
        """A story whose turn has come goes to whoever is free first; returns the steps from there on."""
        planned = len(life.steps)
        owner = self._next_developer(life.home, life.at)
        life.work_through(
            owner, max(life.at, self._free_at.get(owner.index, 0)), self._pace[life.home.index]
        )
        # Some begin the next story before this one is finished.
        ahead = 0.4 if life.rng.random() < 0.25 else 0.0
        self._free_at[owner.index] = int(
            life.finished_at - ahead * (life.finished_at - life.started_at)
        )
        life.chatter()
        self._note_work(life)
        self.stories.append(life.story)
        return life.steps[planned:]

    def _next_developer(self, project: TrackerProject, ready_at: int) -> Person:
        """Whoever of the team is free first; nobody who leaves within the next weeks."""
        horizon = ready_at + 30 * DAY
        staying = [
            person
            for person in project.developers
            if person.last_day is None
            or midnight("UTC", person.last_day) > max(horizon, self._free_at.get(person.index, 0))
        ]
        return min(
            staying or project.developers, key=lambda person: self._free_at.get(person.index, 0)
        )

    def _note_work(self, life: StoryLife) -> None:
        for person, first, last in life.busy:
            for day in days(first, last):
                if self._calendar.is_workday(person, day):
                    self.work[person.index, day].append(life.story)

    def _release(self, project: TrackerProject, day: date, number: int) -> Iterator[Step]:
        """A release with a deadline six weeks ahead, met in about two of three cases."""
        story_id = self._next_id(project)
        rng = stream(self._seed, "release", story_id)
        at = midnight(project.settings.zone, max(day, EPOCH + timedelta(days=1))) + 11 * HOUR
        deadline = day + timedelta(days=_RELEASE_EVERY)
        due = midnight(project.settings.zone, deadline)
        values = {
            "story_type": "release",
            "name": f"{project.name} 4.{number}",
            "current_state": "unstarted",
            "labels": [],
            "deadline": iso(due),
        }
        yield Step(at, project.owner, "create", project.index, story_id, values)
        if rng.random() < 0.25:
            later = {"deadline": iso(due + 7 * DAY)}
            yield Step(due - 8 * DAY, project.owner, "update", project.index, story_id, later)
        done = self._calendar.after_work(
            project.owner, due + rng.randint(-5, 3) * DAY + 10 * HOUR, 0.5
        )
        yield Step(
            done, project.owner, "update", project.index, story_id, {"current_state": "accepted"}
        )

    def _next_id(self, project: TrackerProject) -> int:
        self._made[project.index] += 1
        return (
            180_000_000 + project.index * _IDS_PER_PROJECT + 1_007 + 3 * self._made[project.index]
        )
