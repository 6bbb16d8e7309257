"""Iteration windows of a project: numbers, lengths, strengths, starts and finishes.

Here: the calendar alone, from project settings and overrides. Not here: which stories are in an iteration
(``planning``).

An iteration lasts ``iteration_length`` weeks or its override's length, from local midnight to local
midnight of the project's zone, so its UTC hours move with daylight saving time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.simulator.model import Record
from pipelines.sources.instants import local_midnight, parse_instant

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Window:
    """One iteration: *length* in weeks, *team_strength* 1.0 = 100 %, ``start <= t < finish``."""

    number: int
    length: int
    team_strength: float
    start: datetime
    finish: datetime


def first_day(project: Record) -> date:
    """The local day on which iteration 1 begins.

    ``start_date`` where the project has one, else the day of ``start_time`` or of creation, moved back to
    ``week_start_day``.
    """
    if project.get("start_date"):
        return date.fromisoformat(project["start_date"])
    zone = ZoneInfo(project["time_zone"]["olson_name"])
    begin = parse_instant(project.get("start_time") or project["created_at"])
    day = begin.astimezone(zone).date()
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(project["week_start_day"])) % 7)


def windows(project: Record, overrides: list[Record]) -> Iterator[Window]:
    """The windows of *project* from iteration 1, without end."""
    zone = ZoneInfo(project["time_zone"]["olson_name"])
    exceptions = {o["number"]: o for o in overrides if o["project_id"] == project["id"]}
    day, number = first_day(project), 1
    while True:
        override = exceptions.get(number, {})
        length = override.get("length") or project["iteration_length"]
        strength = override.get("team_strength")
        next_day = day + timedelta(weeks=length)
        yield Window(
            number,
            length,
            1.0 if strength is None else float(strength),
            local_midnight(day, zone),
            local_midnight(next_day, zone),
        )
        day, number = next_day, number + 1


def current_number(project: Record, overrides: list[Record], now: datetime) -> int:
    """The number of the iteration that holds *now*; 1 before the first begins."""
    return next(window.number for window in windows(project, overrides) if now < window.finish)
