"""The life of one story, from its creation to its last acceptance and what follows.

Here: the odds of everything that can happen to a story, and how long it takes. Not here: how many stories there
are, who is free (``story_plans``), and comments and the like (``story_chatter``).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.simulator.world.calendar import Calendar
from pipelines.simulator.world.clock import DAY, local_day
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, pick
from pipelines.simulator.world.step import Step
from pipelines.simulator.world.story_chatter import StoryTimes, chatter_steps
from pipelines.simulator.world.tracker_projects import LABELS, SETUP_AT, TrackerProject
from pipelines.simulator.world.words import DESCRIPTIONS, story_name

_TYPES = {"feature": 66.0, "bug": 21.0, "chore": 13.0}
_FATES = {"done": 85.0, "icebox": 8.0, "deleted": 3.5, "accepted unseen": 2.5}
_REJECTED = 0.085
_REOPENED = 0.02
#: How likely each step of a scale is, smallest estimate first.
_ESTIMATE_WEIGHTS = (0.02, 0.15, 0.25, 0.28, 0.2, 0.1)


@dataclass(frozen=True)
class Story:
    """What the Clockify side may know of a story: enough to name it. ``accepted_at`` is as planned."""

    id: int
    project: int
    name: str
    story_type: str
    started_at: int | None
    accepted_at: int | None


class StoryLife:
    """Builds the steps of one story in the order of time."""

    def __init__(
        self,
        story_id: int,
        project: TrackerProject,
        home: TrackerProject,
        created_at: int,
        rng: random.Random,
        calendar: Calendar,
        chatter: float,
    ) -> None:
        self.steps: list[Step] = []
        #: Up to when the story's life is planned.
        self.at = created_at
        #: (who, first local day, last local day) of work on the story.
        self.busy: list[tuple[Person, date, date]] = []
        self.started_at = self.finished_at = 0
        self._id, self._project, self.home = story_id, project, home
        self.rng = rng
        self._created_at, self._calendar, self._chatter = created_at, calendar, chatter
        self._type = pick(rng, _TYPES)
        self._fate = pick(rng, _FATES)
        self._name = story_name(rng, self._type)
        self._accepted_at: int | None = None
        self._where, self._boss = project, project.owner
        self._settled_at = created_at
        estimable = self._type == "feature" or home.settings.bugs_and_chores_are_estimatable
        self._estimate = self._draw_estimate() if estimable else None

    @property
    def will_be_worked_on(self) -> bool:
        return self._fate == "done"

    @property
    def story(self) -> Story:
        return Story(
            self._id,
            self.home.index,
            self._name,
            self._type,
            self.started_at or None,
            self._accepted_at,
        )

    def begin(self) -> None:
        """Written down, estimated, scheduled; or left in the icebox, deleted, accepted without work."""
        rng, boss = self.rng, self._project.owner
        reporter = (
            rng.choice(self._project.developers)
            if self._type != "feature" and happens(rng, 0.6)
            else boss
        )
        straight = happens(rng, 0.3) and self._fate != "icebox"
        estimated = self._estimate is not None and self.home is self._project and happens(rng, 0.25)
        self._do(
            self._created_at,
            reporter,
            "create",
            story_type=self._type,
            name=self._name,
            description=rng.choice(DESCRIPTIONS),
            story_priority=pick(rng, {"none": 5.0, "p2": 2.0, "p1": 1.0, "p3": 1.0, "p0": 0.3}),
            current_state="unstarted" if straight else "unscheduled",
            estimate=self._estimate if estimated else None,
            labels=self._draw_labels(),
        )
        if self.home is not self._project:
            self._do(self._later(boss, 3.0), boss, "move", to=self.home.index)
            self._settled_at = self.at
        self._where, self._boss = self.home, self.home.owner
        boss = self._boss
        if (
            self._estimate is not None
            and not estimated
            and (self._fate != "icebox" or happens(rng, 0.4))
        ):
            self._do(self._later(boss, 7.0), boss, "update", estimate=self._estimate)
        if self._fate == "icebox":
            return
        if not straight:
            self._do(self._later(boss, 10.0), boss, "update", current_state="unstarted")
        if happens(rng, 0.08):
            self._do(self._later(boss, 2.0), boss, "prioritise")
        if self._fate == "deleted":
            self._do(self._later(boss, 40.0), boss, "delete")
        elif self._fate == "accepted unseen":
            self._accept(self._later(boss, 20.0), boss)

    def its_turn(self) -> int:
        """Let the story wait in the backlog; returns until when. Most bugs jump the queue."""
        if self._type != "bug" or happens(self.rng, 0.3):
            weeks = self.rng.uniform(1, 6)
            if self._created_at < SETUP_AT + 14 * DAY:
                weeks *= self.rng.random()  # a new project has no queue yet
            self.at += int(weeks * 7 * DAY)
        return self.at

    def work_through(self, owner: Person, free_at: int, pace: float) -> None:
        """From the start to the last acceptance; ``pace`` is office hours per unit of weight."""
        rng, boss = self.rng, self._boss
        owners = [owner]
        if happens(rng, 0.12):
            owners += [person for person in self.home.developers if person != owner][:1]
        hours = max(0.2, pace * self._weight() * rng.lognormvariate(-0.06, 0.35))
        owner_ids = [person.tracker_id for person in owners]

        if not self.home.settings.automatic_planning:
            planned = self._calendar.after_work(boss, self.at + (free_at - self.at) // 2, 0.1)
            self._do(planned, boss, "update", current_state="planned")
        start = self._calendar.after_work(owner, max(free_at, self.at), rng.expovariate(1 / 1.2))
        self.started_at = start
        if self._estimate is not None and happens(rng, 0.06):
            # Re-estimated and started in one go: the log highlights only one of the two.
            self._estimate = self._draw_estimate()
            self._do(
                start,
                owner,
                "update",
                owner_ids=owner_ids,
                current_state="started",
                estimate=self._estimate,
            )
        else:
            self._do(start, owner, "update", owner_ids=owner_ids, current_state="started")
        if happens(rng, 0.02):
            stopped = self._calendar.after_work(owner, start, hours * 0.2)
            self._do(stopped, owner, "update", current_state="unstarted")
            self._do(self._later(owner, 12.0), owner, "update", current_state="started")
        self.finished_at = self._calendar.after_work(owner, self.at, hours)
        self._note(owners, start, self.finished_at)
        self._hand_over(owner, self.finished_at)
        for share in (_REJECTED, 0.15) if self._type != "chore" else ():
            if not happens(rng, share):
                break
            self._repair(owner, hours * rng.uniform(0.15, 0.5), "rejected")
        if self._type == "chore":
            self._accept(self.at, owner)
        else:
            self._accept(self._later(boss, 3.5), boss)
        self._aftermath(owner, hours)

    def chatter(self) -> None:
        """Add the small talk, in the middle of what is planned already."""
        times = StoryTimes(self._settled_at, self.started_at, self.finished_at, self.at)
        people = (self.home.owner, *self.home.developers)
        self.steps += chatter_steps(
            self.rng, self._chatter, self._id, self.home.index, people, times
        )

    def _hand_over(self, owner: Person, at: int) -> None:
        """Finished and delivered; chores know neither, and some people skip the first."""
        self.at = at
        if self._type == "chore":
            return
        if not happens(self.rng, 0.03):
            self._do(at, owner, "update", current_state="finished")
        self._do(
            self._calendar.after_work(owner, at, self.rng.expovariate(1 / 2.0)) + 1,
            owner,
            "update",
            current_state="delivered",
        )

    def _repair(self, owner: Person, hours: float, back_to: str) -> None:
        """Sent back, taken up again, handed over again."""
        self._do(self._later(self._boss, 3.0), self._boss, "update", current_state=back_to)
        again = self._later(owner, 3.0)
        self._do(again, owner, "update", current_state="started")
        done = self._calendar.after_work(owner, again, hours)
        self._note([owner], again, done)
        self._hand_over(owner, done)

    def _accept(self, at: int, person: Person) -> None:
        self._do(at, person, "update", current_state="accepted")
        self._accepted_at = at

    def _aftermath(self, owner: Person, hours: float) -> None:
        """Rare things after the acceptance: re-opened, re-estimated, deleted."""
        rng = self.rng
        if happens(rng, _REOPENED):
            self._repair(owner, hours * 0.3, pick(rng, {"rejected": 2.0, "unstarted": 1.0}))
            self._accept(self._later(self._boss, 3.0), self._boss)
        if self._estimate is not None and happens(rng, 0.015):
            self._do(
                self.at + rng.randint(1, 12 * DAY),
                self._boss,
                "update",
                estimate=self._draw_estimate(),
            )
        if happens(rng, 0.004):
            self._do(self.at + rng.randint(1, 20 * DAY), self._boss, "delete")

    def _note(self, owners: list[Person], begins: int, ends: int) -> None:
        for person in owners:
            self.busy.append((person, local_day(person.zone, begins), local_day(person.zone, ends)))

    def _later(self, person: Person, mean_hours: float) -> int:
        """Some office hours of ``person`` after the last step."""
        return self._calendar.after_work(person, self.at + 1, self.rng.expovariate(1 / mean_hours))

    def _do(self, at: int, person: Person, verb: str, **values: Any) -> None:
        self.at = at
        self.steps.append(Step(at, person, verb, self._where.index, self._id, values))

    def _weight(self) -> float:
        """Effort relative to one point of a scale that ends at 8."""
        if self._estimate is None:
            return self.rng.lognormvariate(0.3, 0.5)
        relative = self._estimate * 8 / self.home.scale[-1]
        return max(0.3, math.pow(relative, 0.7))

    def _draw_estimate(self) -> float:
        scale = self.home.scale
        points = self.rng.choices(scale, _ESTIMATE_WEIGHTS[: len(scale)])[0]
        return int(points) if points == int(points) else points

    def _draw_labels(self) -> list[str]:
        rng = self.rng
        labels = {rng.choice(self._project.epics)} if happens(rng, 0.55) else set()
        if happens(rng, 0.35):
            labels.add(rng.choice(LABELS))
        if happens(rng, 0.05):
            labels.add(f"sprint goal {self._created_at // (28 * DAY)}")
        return sorted(labels)
