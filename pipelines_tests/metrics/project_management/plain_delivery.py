"""The tables of the delivery report once more, in plain Python from the records of a generated company.

Here: another way to the same rows, with nothing in common but the definitions. Its lists and logs are complete, so that
what is only there for lost history is left out. Not here: the comparison.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.simulator.model import Record, TrackerData

STATES = ("started", "finished", "delivered", "rejected")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Span = tuple[datetime, datetime]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def hours(span: Span) -> float:
    return (span[1] - span[0]).total_seconds() / 3600


def rank(values: Sequence[float], percent: int) -> float:
    """The smallest value with at least so many percent at or below it."""
    return sorted(values)[max(math.ceil(percent * len(values) / 100), 1) - 1]


def covered(spans: Iterable[Span], within: Span) -> float:
    """The hours of ``within`` in which at least one span is."""
    total, until = 0.0, within[0]
    for begins, ends in sorted(spans):
        first, last = max(begins, until), min(ends, within[1])
        if first < last:
            total += hours((first, last))
            until = last
    return total


@dataclass
class Story:
    """One story: its states with their beginnings, and what it waited for (an open wait ends never)."""

    record: Record
    moves: list[tuple[datetime, str]]
    blocks: dict[int, Span] = field(default_factory=dict)
    reviews: dict[int, tuple[Span, int | None]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return self.moves[-1][1]

    @property
    def started(self) -> datetime | None:
        return min((at for at, state in self.moves if state == "started"), default=None)

    @property
    def accepted(self) -> datetime | None:
        return self.moves[-1][0] if self.state == "accepted" else None

    @property
    def cycle(self) -> Span | None:
        if self.started is None or self.accepted is None:
            return None
        return self.started, self.accepted

    def state_at(self, instant: datetime) -> str | None:
        """The state just before an instant."""
        return next((state for at, state in reversed(self.moves) if at < instant), None)

    def measures(self) -> dict[str, float]:
        """The hours of each part of its life that is known."""
        found: dict[str, float] = {}
        created = moment(self.record["created_at"])
        if self.accepted:
            found["lead"] = hours((created, self.accepted))
        if self.started:
            found["queue"] = hours((created, self.started))
        if self.cycle:
            found |= dict.fromkeys(STATES, 0.0)
            for (begins, state), (ends, _) in pairwise(self.moves):
                if begins >= self.cycle[0] and state in STATES:
                    found[state] += hours((begins, ends))
            found["cycle"] = hours(self.cycle)
            found["other"] = max(0.0, round(found["cycle"] - sum(found[s] for s in STATES), 6))
            found["blocked"] = covered(self.blocks.values(), self.cycle)
            found["review"] = covered((span for span, _ in self.reviews.values()), self.cycle)
        return found


class Company:
    """The stories of all projects by id, and the calendars of the projects."""

    def __init__(self, tracker: TrackerData, now: datetime) -> None:
        self.tracker, self.now = tracker, now
        self.never = now + timedelta(days=365_000)
        self.projects = {project["id"]: project for project in tracker.projects}
        moves: dict[int, list[Record]] = defaultdict(list)
        for transition in tracker.story_transitions:
            moves[transition["story_id"]].append(transition)
        self.stories = {
            record["id"]: Story(record, self._moves(record, moves[record["id"]]))
            for record in tracker.stories
        }
        for blocker in tracker.blockers:
            story = self.stories[blocker["story_id"]]
            story.blocks[blocker["id"]] = self._wait(story, blocker, blocker["resolved"])
        for review in tracker.reviews:
            story = self.stories[review["story_id"]]
            is_over = review["status"] in ("pass", "revise")
            span = self._wait(story, review, is_over)
            story.reviews[review["id"]] = span, review["reviewer_id"]

    def _moves(self, record: Record, transitions: list[Record]) -> list[tuple[datetime, str]]:
        ordered = sorted(
            transitions,
            key=lambda row: (
                row["occurred_at"],
                row["project_id"] == record["project_id"],
                row["project_version"],
            ),
        )
        moves = [(moment(row["occurred_at"]), row["state"]) for row in ordered]
        return [
            move
            for move, before in zip(moves, [None, *moves], strict=False)
            if not before or before[1] != move[1]
        ]

    def _wait(self, story: Story, part: Record, is_over: bool) -> Span:
        begins = moment(part["created_at"])
        ends = moment(part["updated_at"]) if is_over else self.never
        if story.accepted and story.accepted <= ends:
            ends = max(story.accepted, begins)
        return begins, ends

    def zone(self, project: int) -> ZoneInfo:
        return ZoneInfo(self.projects[project]["time_zone"]["olson_name"])

    def week(self, project: int, instant: datetime) -> date:
        """The first day of the local week of an instant."""
        day = instant.astimezone(self.zone(project)).date()
        first = DAYS.index(self.projects[project]["week_start_day"])
        return day - timedelta(days=(day.weekday() - first) % 7)

    def of(self, project: int, *, releases: bool = False) -> list[Story]:
        return [
            story
            for story in self.stories.values()
            if story.record["project_id"] == project
            and (releases or story.record["story_type"] != "release")
        ]

    def points(self, story: Story) -> float:
        project = self.projects[story.record["project_id"]]
        counts = story.record["story_type"] == "feature" or (
            project["bugs_and_chores_are_estimatable"] and story.record["story_type"] != "release"
        )
        return float(story.record["estimate"] or 0) if counts else 0.0


def time_in_state(company: Company) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By (project, window, type, measure): n, total, p50, p85, p95, median, share."""
    windows = {"30": 30, "90": 90, "365": 365, "all": 100_000}
    names = ("lead", "queue", "cycle", *STATES, "other", "blocked", "review")
    table = {}
    for project in company.projects:
        for window, length in windows.items():
            for story_type in ("feature", "bug", "chore", "all"):
                measured = [
                    story.measures()
                    for story in company.of(project)
                    if story.accepted
                    and story.accepted > company.now - timedelta(days=length)
                    and story_type in ("all", story.record["story_type"])
                ]
                for name in names:
                    values = [found[name] for found in measured if name in found]
                    whole = sum(
                        found["cycle"] for found in measured if name in found and "cycle" in found
                    )
                    share = (
                        100 * sum(values) / whole
                        if whole and name not in ("lead", "queue")
                        else None
                    )
                    table[project, window, story_type, name] = (
                        len(values),
                        sum(values) if values else None,
                        *((rank(values, p) for p in (50, 85, 95)) if values else (None,) * 3),
                        median(values) if values else None,
                        share,
                    )
    return table


def predictability(company: Company) -> dict[tuple[int, date], tuple[Any, ...]]:
    """By (project, week): accepted, mean, lower, upper, signal, service level, share of it that was kept."""
    table = {}
    for project in company.projects:
        stories = company.of(project)
        everything = company.of(project, releases=True)
        if not everything:
            continue
        first = min(company.week(project, moment(s.record["created_at"])) for s in everything)
        current = company.week(project, company.now)
        weeks = [first + timedelta(weeks=n) for n in range((current - first).days // 7 + 1)]
        accepted = dict.fromkeys(weeks, 0)
        for story in stories:
            if story.record["accepted_at"]:
                accepted[company.week(project, moment(story.record["accepted_at"]))] += 1
        counts = [accepted[week] for week in weeks[:-1]]
        limits: tuple[float, float, float] | None = None
        if len(counts) >= 12:
            mean = sum(counts) / len(counts)
            spread = 2.66 * sum(abs(a - b) for a, b in pairwise(counts)) / (len(counts) - 1)
            limits = mean, max(0.0, mean - spread), mean + spread
        for place, week in enumerate(weeks):
            signal = None
            if limits and week != current:
                mean, lower, upper = limits
                last = counts[max(place - 7, 0) : place + 1]
                if accepted[week] > upper:
                    signal = "above_limit"
                elif accepted[week] < lower:
                    signal = "below_limit"
                elif len(last) == 8 and all(count > mean for count in last):
                    signal = "eight_above"
                elif len(last) == 8 and all(count < mean for count in last):
                    signal = "eight_below"
            begins = datetime(week.year, week.month, week.day, tzinfo=company.zone(project))
            cycles = [
                (story.accepted, hours(story.cycle))
                for story in stories
                if story.accepted and story.cycle
            ]
            before = [
                h
                for at, h in cycles
                if timedelta(0) < begins.astimezone(at.tzinfo) - at <= timedelta(days=90)
            ]
            own = [h for at, h in cycles if company.week(project, at) == week]
            level = rank(before, 85) if before else None
            kept = (
                100 * sum(h <= level for h in own) / len(own) if own and level is not None else None
            )
            table[project, week] = (accepted[week], *(limits or (None,) * 3), signal, level, kept)
    return table


def work_in_progress(company: Company) -> dict[tuple[int, int | None], tuple[Any, ...]]:
    """By (project, person): stories, points, blocked, reviews waiting."""
    table: dict[tuple[int, int | None], list[float]] = defaultdict(lambda: [0, 0.0, 0, 0])
    for project in company.projects:
        for story in company.of(project, releases=True):
            is_release = story.record["story_type"] == "release"
            if story.state in STATES and not is_release:
                for owner in set(story.record["owner_ids"]) or {None}:
                    row = table[project, owner]
                    row[0] += 1
                    row[1] += company.points(story)
                    row[2] += any(ends == company.never for _, ends in story.blocks.values())
            for (_, ends), reviewer in story.reviews.values():
                if ends == company.never:
                    table[project, reviewer][3] += 1
    return {key: tuple(row) for key, row in table.items()}


def portfolio(
    company: Company, finance: Sequence[tuple[date, str, float, float]]
) -> dict[tuple[date], tuple[Any, ...]]:
    """By month: accepted, projects, hours, cost. ``finance``: month, currency, hours and cost of each row."""
    accepted: dict[date, list[int]] = defaultdict(list)
    for project in company.projects:
        for story in company.of(project):
            if story.record["accepted_at"]:
                local = moment(story.record["accepted_at"]).astimezone(company.zone(project))
                accepted[date(local.year, local.month, 1)].append(project)
    months = [min([*accepted, *(row[0] for row in finance)])]
    while months[-1] < date(company.now.year, company.now.month, 1):
        months.append((months[-1] + timedelta(days=31)).replace(day=1))
    table: dict[tuple[date], tuple[Any, ...]] = {}
    for month in months:
        own = [row for row in finance if row[0] == month]
        currencies = {currency for _, currency, _, _ in own}
        table[month,] = (
            len(accepted[month]),
            len(set(accepted[month])),
            float(sum(row[2] for row in own)),
            float(sum(row[3] for row in own)) if len(currencies) == 1 else None,
        )
    return table
