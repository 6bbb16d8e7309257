"""The plan of the Clockify side: what each person books for each day, and what is changed about it later.

A ``Draft`` is one entry with its whole life; it does not know ``now``. Not here: the API records and the cut at
``now`` (``timesheets``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pipelines.simulator.world.calendar import Calendar, Vacation
from pipelines.simulator.world.clock import DAY, EPOCH, HOUR, days, midnight, monday
from pipelines.simulator.world.clockify_catalog import Catalog, CatalogTask
from pipelines.simulator.world.drafts import Draft
from pipelines.simulator.world.entry_texts import name_story
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, hex_id, pick, stream
from pipelines.simulator.world.size import CompanySize
from pipelines.simulator.world.story_life import Story
from pipelines.simulator.world.story_plans import StoryPlanner
from pipelines.simulator.world.words import OFFICE_WORK

_STORY_SHARE = {"developer": 0.86, "owner": 0.35, "office": 0.3}
_MEMORY_DAYS = 8


class DayPlanner:
    """Plans one person's day after the other; the same day always comes out the same."""

    def __init__(
        self,
        seed: int,
        size: CompanySize,
        people: list[Person],
        calendar: Calendar,
        catalog: Catalog,
        stories: StoryPlanner,
    ) -> None:
        self._seed, self._size = seed, size
        self._calendar, self._catalog, self._stories = calendar, catalog, stories
        self._users = [person for person in people if person.clockify_id]
        self._developers = [person for person in people if person.role == "developer"]

    def plan_day(self, person: Person, day: date) -> Iterator[Draft]:
        """Work, breaks and holidays of one local day; vacations come from ``plan_vacation``."""
        if person.last_day and day > person.last_day:
            return
        holiday = self._calendar.holiday(person, day)
        if holiday and day.weekday() in person.working_days:
            opens = midnight(person.zone, day) + person.day_start
            if holiday.makes_entries:
                yield self._system_entry(
                    person,
                    "HOLIDAY",
                    opens,
                    opens + person.day_hours * HOUR,
                    midnight(person.zone, day),
                    day,
                )
            return
        leave = self._calendar.other_leave(person, day)
        if leave and not leave.hours:
            return
        rng = stream(self._seed, "day", person.index, day)
        if self._calendar.is_workday(person, day):
            half_day = self._calendar.vacation(person, day) is not None
            hours = 3.8 if half_day else rng.gauss(7.5, 0.5)
            if leave and leave.hours:
                hours -= (leave.hours[1] - leave.hours[0]) / HOUR
            yield from self._working_day(person, day, rng, hours * person.day_hours / 8)
        elif day.weekday() >= 5 and happens(rng, 0.03) and not self._forgets_on_friday(person, day):
            start = midnight(person.zone, day) + rng.randint(10 * 60, 18 * 60) * 60
            yield self._entry(
                person, day, 0, rng, start, start + rng.randint(20, 150) * 60, timer=True
            )

    def plan_vacation(self, vacation: Vacation) -> Iterator[Draft]:
        """One entry per weekday, made by the system on approval, so often in the future."""
        if vacation.outcome != "APPROVED":
            return
        person = vacation.person
        for day in days(vacation.first, vacation.last):
            left = person.last_day is not None and day > person.last_day
            is_working_day = day.weekday() in person.working_days
            if is_working_day and not left and not self._calendar.holiday(person, day):
                opens = midnight(person.zone, day) + person.day_start
                end = opens + person.day_hours * HOUR // (2 if vacation.half_day else 1)
                yield self._system_entry(person, "TIME_OFF", opens, end, vacation.decided_at, day)

    def _system_entry(
        self, person: Person, kind: str, start: int, end: int, created_at: int, day: date
    ) -> Draft:
        number = hex_id(self._seed, kind, person.index, day)
        return Draft(
            number,
            person,
            kind,
            start,
            end,
            created_at,
            created_at,
            description=kind.replace("_", " ").title(),
        )

    def _working_day(
        self, person: Person, day: date, rng: random.Random, hours: float
    ) -> Iterator[Draft]:
        at = midnight(person.zone, day) + person.day_start + int(rng.gauss(0, 600))
        if hours < 5:
            at += 4 * HOUR  # the other half of the day is off
        blocks = max(1, round(rng.gauss(self._size.entries_per_day, 0.8)))
        weights = [rng.uniform(0.4, 1.6) for _ in range(blocks)]
        lunch_after = blocks // 2 if hours > 5 else blocks
        forgets = self._forgets(person, day, rng)
        timer = not person.fills_weekly and (forgets or happens(rng, 0.65))
        grain = 1 if timer else 300  # who types times in writes full five minutes
        at -= at % grain
        for number, weight in enumerate(weights):
            length = int(hours * HOUR * weight / sum(weights)) // grain * grain + grain
            if number and number == lunch_after:
                pause = rng.randint(5, 9) * 300
                if person.index % 3 == 0:
                    number_of_break = hex_id(self._seed, "break", person.index, day)
                    yield Draft(number_of_break, person, "BREAK", at, at + pause, at, at + pause)
                at += pause
            overlap = rng.randint(1, 4) * 300 if number and happens(rng, 0.008) else 0
            forgotten = forgets and timer and number == blocks - 1
            stopped_at = self._next_morning(person, day, rng) if forgotten else None
            yield self._entry(
                person, day, number, rng, at - overlap, at + length, timer, stopped_at
            )
            at += length + (rng.randint(0, 300) // grain * grain if happens(rng, 0.4) else 0)
        if happens(rng, 0.012) and not forgets:
            late = midnight(person.zone, day) + rng.randint(22 * 60, 23 * 60 + 30) * 60
            yield self._entry(
                person, day, blocks, rng, late, late + rng.randint(100, 200) * 60, timer
            )
        if happens(rng, 0.006) and not forgets:
            yield self._entry(person, day, blocks + 1, rng, at, at + rng.randint(5, 50), timer=True)

    def _entry(
        self,
        person: Person,
        day: date,
        number: int,
        rng: random.Random,
        start: int,
        end: int,
        timer: bool,
        stopped_at: int | None = None,
    ) -> Draft:
        draft = Draft(
            hex_id(self._seed, "entry", person.index, day, number),
            person,
            "REGULAR",
            start,
            end,
            start,
            stopped_at or end,
        )
        if not timer:
            draft.created_at = draft.stopped_at = self._written_at(draft, day, rng)
        self._choose_work(draft, day, rng)
        if happens(rng, 0.25):
            draft.tags = [pick(rng, self._tag_weights())]
        elif happens(rng, 0.04):
            draft.tags = None
        draft.shows_rates = happens(rng, 0.9)
        self._plan_edits(draft, rng)
        return draft

    def _forgets(self, person: Person, day: date, rng: random.Random) -> bool:
        """Now and then the day's last timer runs on; every Friday somebody's runs over the weekend."""
        if day.weekday() == 4:
            return self._forgets_on_friday(person, day)
        return happens(rng, 0.015)

    def _forgets_on_friday(self, person: Person, day: date) -> bool:
        """Whether it is this person's turn in the week of ``day``: those who work with timers take turns."""
        friday = monday(day) + timedelta(days=4)
        here = [
            other
            for other in self._users
            if not other.fills_weekly
            and (other.last_day is None or friday < other.last_day)
            and self._calendar.is_workday(other, friday)
        ]
        return bool(here) and here[friday.toordinal() // 7 % len(here)] is person

    def _next_morning(self, person: Person, day: date, rng: random.Random) -> int:
        back = day + timedelta(days=3 if day.weekday() == 4 else 1)
        return midnight(person.zone, back) + person.day_start + rng.randint(60, 1800)

    def _written_at(self, draft: Draft, day: date, rng: random.Random) -> int:
        """When a manual entry is typed in: soon, on Friday, or weeks late."""
        if happens(rng, 0.06):
            return draft.end + rng.randint(DAY, 20 * DAY)
        if draft.person.fills_weekly:
            friday = midnight(draft.person.zone, monday(day) + timedelta(days=4)) + 16 * HOUR
            return max(draft.end + 60, friday + rng.randint(0, HOUR))
        return draft.end + rng.randint(30, 2 * HOUR)

    def _choose_work(self, draft: Draft, day: date, rng: random.Random) -> None:
        stories = self._stories_of(draft.person, day, rng)
        if stories and happens(rng, _STORY_SHARE[draft.person.role]):
            self._work_on_story(draft, rng.choice(stories), rng.choice(stories), rng)
        else:
            self._other_work(draft, rng)
        draft.billable = bool(draft.project and draft.project.billable) != happens(rng, 0.02)

    def _stories_of(self, person: Person, day: date, rng: random.Random) -> list[Story]:
        """What the person has in hand, or had lately; people who own no stories help somebody who does."""
        worker = person if person.role == "developer" else rng.choice(self._developers)
        for back in range(_MEMORY_DAYS):
            stories = self._stories.work.get((worker.index, day - timedelta(days=back)))
            if stories:
                return stories
        return []

    def _work_on_story(self, draft: Draft, story: Story, other: Story, rng: random.Random) -> None:
        own_task = self._catalog.story_task(story)
        if own_task and happens(rng, 0.7):
            draft.project, draft.task = own_task
            return
        projects = [
            project
            for project in self._catalog.projects_for(story.project)
            if project.is_open(draft.start)
        ]
        support = story.story_type == "bug" and len(projects) > 1
        draft.project = (
            projects[1] if support else rng.choice(projects) if happens(rng, 0.2) else projects[0]
        )
        draft.task = None if happens(rng, 0.15) else _task(draft, rng, 3)
        draft.description, draft.ticket = name_story(
            rng, story, other, self._catalog.tracker_id(story)
        )

    def _other_work(self, draft: Draft, rng: random.Random) -> None:
        draft.description = rng.choice(OFFICE_WORK)
        if happens(rng, 0.06):
            return  # nobody knows what it was for
        if happens(rng, 0.25) and self._catalog.legacy.is_open(draft.start):
            draft.project = self._catalog.legacy
        else:
            draft.project = (
                self._catalog.internal
                if happens(rng, 0.6)
                else rng.choice(self._catalog.projects[2:])
            )
        draft.task = None if happens(rng, 0.3) else _task(draft, rng, len(draft.project.tasks))

    def _tag_weights(self) -> dict[str, float]:
        return {tag: 1.0 / (place + 1) for place, tag in enumerate(self._catalog.tags.values())}

    def _plan_edits(self, draft: Draft, rng: random.Random) -> None:
        """About every tenth entry is changed, mostly soon, at times 40 days later; every eightieth is deleted."""
        at = max(draft.created_at, draft.stopped_at)
        latest = draft
        while happens(rng, 0.1):
            soon = happens(rng, 0.7) or len(draft.edits) > 0
            at += rng.randint(60, 4 * DAY if soon else 40 * DAY)
            values = self._edit(latest, rng)
            latest = replace(latest, **values)
            draft.edits.append((at, values))
        if happens(rng, 0.0125):
            draft.deleted_at = at + rng.randint(60, 20 * DAY)

    def _edit(self, draft: Draft, rng: random.Random) -> dict[str, Any]:
        kind = pick(rng, {"text": 4.0, "end": 4.0, "day": 0.6, "billable": 1.0, "project": 1.0})
        if kind == "text":
            return {"description": f"{draft.description} (2)".strip()}
        if kind == "end":
            return {
                "end": draft.start
                + max(60, int((draft.end - draft.start) * rng.uniform(0.6, 1.02)))
            }
        if kind == "day":
            move = rng.choice((-1, 1, 2)) * DAY
            move = max(move, midnight("UTC", EPOCH) - draft.start)
            return {"start": draft.start + move, "end": draft.end + move}
        if kind == "billable":
            return {"billable": not draft.billable}
        return {"project": self._catalog.internal, "task": None, "billable": False}


def _task(draft: Draft, rng: random.Random, choices: int) -> CatalogTask | None:
    """One of the project's first ``choices`` tasks that was open at the time."""
    tasks = draft.project.tasks[:choices] if draft.project else []
    fitting = [
        task
        for task in tasks
        if task.story is None and (task.done_at is None or task.done_at > draft.created_at)
    ]
    return rng.choice(fitting) if fitting else None
