"""Iterations of a project: their stories, points and velocities, done, current and predicted.

Here: Tracker's own rules for what an iteration holds. Not here: its window (``calendar``), and how it is
sent (``iterations``).

* Done: stories accepted inside the window.
* Current: stories accepted inside the window, stories in progress, and planned ones up to velocity.
* Backlog: the remaining unstarted stories in priority order, as many points an iteration as velocity allows.

How Tracker packs at the margin is not recorded. Here an iteration takes stories until the next one does
not fit, and always takes a first one, however large.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from statistics import fmean, pstdev

from pipelines.simulator.model import Record, TrackerData
from pipelines.simulator.tracker.calendar import Window, windows
from pipelines.sources.instants import instant_text

IN_PROGRESS = frozenset({"started", "finished", "delivered", "rejected"})
WAITING = frozenset({"unstarted", "planned"})


@dataclass
class Iteration:
    """A window and its stories in priority order."""

    window: Window
    stories: list[Record] = field(default_factory=list)
    #: Project velocity in force during the iteration, in points of a default-length iteration.
    velocity: int = 0


@dataclass(frozen=True)
class Plan:
    """All iterations of one project at one moment; exactly one is current."""

    project: Record
    iterations: list[Iteration]
    #: Index of the current iteration.
    current: int

    @property
    def done(self) -> list[Iteration]:
        return self.iterations[: self.current]

    @property
    def velocity(self) -> int:
        return self.iterations[self.current].velocity


def points_of(project: Record, story: Record) -> float:
    """Points that *story* adds to a velocity: estimable types only, 0 without an estimate."""
    estimable = story["story_type"] == "feature" or (
        story["story_type"] in ("bug", "chore") and project["bugs_and_chores_are_estimatable"]
    )
    return (story["estimate"] or 0) if estimable else 0


def accepted_points(project: Record, iteration: Iteration) -> float:
    return sum(points_of(project, s) for s in iteration.stories if s["current_state"] == "accepted")


def effective_points(project: Record, iteration: Iteration) -> float | None:
    """Accepted points as if the iteration had had full strength and default length; None at strength 0."""
    window = iteration.window
    if window.team_strength == 0:
        return None
    points = accepted_points(project, iteration)
    return points / window.team_strength / window.length * float(project["iteration_length"])


def velocity_after(project: Record, done: list[Iteration]) -> int:
    """The project's velocity when the iterations *done* (oldest first) are over, rounded down.

    ``sum(points / strength) / sum(weeks)`` of the last ``velocity_averaged_over`` iterations, times the
    default length; ``initial_velocity`` when none of them counts, or when a full set of them has no points.
    """
    averaged = project["velocity_averaged_over"]
    recent = done[-averaged:]
    usable = [i for i in recent if i.window.team_strength > 0]
    points = sum(accepted_points(project, i) / i.window.team_strength for i in usable)
    if not usable or (points == 0 and len(recent) == averaged):
        return int(project["initial_velocity"])
    weeks = sum(i.window.length for i in usable)
    # The tolerance keeps 7.0 from becoming 6 after a division that binary fractions cannot hold.
    return int(points / weeks * project["iteration_length"] + 1e-9)


def deviation(project: Record, plan: Plan) -> float | None:
    """Population standard deviation of effective points over the averaging window; None with fewer than two."""
    values = _recent_effective_points(project, plan)
    return pstdev(values) if len(values) > 1 else None


def volatility(project: Record, plan: Plan) -> float | None:
    """The standard deviation relative to the mean, in percent; None where the mean is 0 or undefined."""
    values = _recent_effective_points(project, plan)
    if len(values) < 2 or fmean(values) == 0:
        return None
    return pstdev(values) / fmean(values) * 100


def _recent_effective_points(project: Record, plan: Plan) -> list[float]:
    recent = plan.done[-project["velocity_averaged_over"] :]
    return [p for i in recent if (p := effective_points(project, i)) is not None]


def priority_order(stories: list[Record]) -> list[Record]:
    """*stories* as Tracker lists them: accepted (oldest first), current and backlog, icebox."""

    def key(story: Record) -> tuple[int, str]:
        if story["current_state"] == "accepted":
            return 0, story["accepted_at"] or ""
        return (2 if story["current_state"] == "unscheduled" else 1), ""

    return sorted(stories, key=key)


def plan_of(data: TrackerData, project: Record, now: datetime) -> Plan:
    """The iterations of *project* at *now*."""
    calendar = windows(project, data.iteration_overrides)
    iterations = [Iteration(next(calendar))]
    for window in calendar:
        if window.start > now:
            calendar = chain([window], calendar)
            break
        iterations.append(Iteration(window))
    stories = priority_order([s for s in data.stories if s["project_id"] == project["id"]])
    _place_accepted(iterations, stories)
    for index, iteration in enumerate(iterations):
        iteration.velocity = velocity_after(project, iterations[:index])
    current = len(iterations) - 1
    iterations += _place_open(project, iterations[current], stories, calendar)
    return Plan(project, iterations, current)


def _place_accepted(iterations: list[Iteration], stories: list[Record]) -> None:
    """Put accepted stories into the iteration of their acceptance; the first takes what came before it."""
    starts = [instant_text(i.window.start) for i in iterations]
    for story in stories:
        if story["current_state"] == "accepted":
            index = bisect_right(starts, story["accepted_at"]) - 1
            iterations[max(index, 0)].stories.append(story)


def _place_open(
    project: Record, current: Iteration, stories: list[Record], calendar: Iterator[Window]
) -> list[Iteration]:
    """Put open stories into *current* and into backlog iterations, which are returned."""
    current.stories += [s for s in stories if s["current_state"] in IN_PROGRESS]
    waiting = [s for s in stories if s["current_state"] in WAITING]
    if project["automatic_planning"]:
        waiting = _fill(project, current, waiting)
    else:
        current.stories += [s for s in waiting if s["current_state"] == "planned"]
        waiting = [s for s in waiting if s["current_state"] == "unstarted"]
    backlog: list[Iteration] = []
    while waiting:
        backlog.append(Iteration(next(calendar), velocity=current.velocity))
        waiting = _fill(project, backlog[-1], waiting)
    return backlog


def _fill(project: Record, iteration: Iteration, waiting: list[Record]) -> list[Record]:
    """Move stories from the front of *waiting* into *iteration* while they fit; return the rest."""
    strength = iteration.window.team_strength
    if strength == 0:
        return waiting
    room = iteration.velocity * iteration.window.length / project["iteration_length"] * strength
    room -= sum(points_of(project, s) for s in iteration.stories)
    for index, story in enumerate(waiting):
        points = points_of(project, story)
        if points > room and iteration.stories:
            return waiting[index:]
        room -= points
        iteration.stories.append(story)
    return []
