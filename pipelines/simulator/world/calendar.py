"""When each person works: weekends, holidays, vacations, office hours.

Every answer depends on the seed and the date alone, so plans may look ahead of ``now``. Not here: what people do in
their hours (``story_plans``, ``time_entries``) and the API records of holidays and requests (``absences``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.simulator.world.clock import DAY, EPOCH, HOUR, local_day, midnight
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import happens, hex_id, pick, stream

WORKING_HOURS = 8
VACATION, SICK_LEAVE, TIME_IN_LIEU = "Vacation", "Sick leave", "Time in lieu"
_LONGEST_VACATION_DAYS = 14


@dataclass(frozen=True)
class Holiday:
    """A holiday on the same day every year; without ``zone`` and ``role`` everybody's.

    ``makes_entries``: whether the system enters it into timesheets.
    """

    name: str
    month: int
    day: int
    zone: str | None = None
    role: str | None = None
    makes_entries: bool = True

    def is_for(self, person: Person) -> bool:
        return self.zone in (None, person.zone) and self.role in (None, person.role)


@dataclass(frozen=True)
class Vacation:
    """One time-off request. ``outcome`` is what becomes of it at ``decided_at``.

    ``hours`` is the part of the day, in seconds after midnight, of a request that is counted in hours.
    """

    id: str
    person: Person
    first: date
    last: date
    half_day: bool
    requested_at: int
    decided_at: int
    outcome: str  # APPROVED, REJECTED, or PENDING for ever
    note: str
    policy: str = VACATION
    hours: tuple[int, int] | None = None


HOLIDAYS = (
    Holiday("New Year's Day", 1, 1),
    Holiday("Christmas Day", 12, 25),
    Holiday("Second Christmas Day", 12, 26),
    Holiday("Labour Day", 5, 1, "Europe/Oslo"),
    Holiday("Constitution Day", 5, 17, "Europe/Oslo"),
    Holiday("German Unity Day", 10, 3, "Europe/Berlin"),
    Holiday("Independence Day", 7, 4, "America/New_York"),
    Holiday("Republic Day", 1, 26, "Asia/Kolkata"),
    Holiday("Waitangi Day", 2, 6, "Pacific/Auckland"),
    Holiday("Office outing", 9, 15, role="office", makes_entries=False),
)


class Calendar:
    """Working days of a company's people."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._vacations: dict[tuple[int, int, int], list[Vacation]] = {}
        self._workdays: dict[tuple[int, date], bool] = {}

    def holiday(self, person: Person, day: date) -> Holiday | None:
        for holiday in HOLIDAYS:
            if (holiday.month, holiday.day) == (day.month, day.day) and holiday.is_for(person):
                return holiday
        return None

    def vacations(self, person: Person, year: int, month: int) -> list[Vacation]:
        """Requests for time off that begins in this month; refused and undecided ones too."""
        key = (person.index, year, month)
        if key not in self._vacations:
            self._vacations[key] = self._plan_vacations(person, year, month)
        return self._vacations[key]

    def vacation(self, person: Person, day: date) -> Vacation | None:
        """The approved time off that covers this day."""
        earliest = day - timedelta(days=_LONGEST_VACATION_DAYS)
        months = {(earliest.year, earliest.month), (day.year, day.month)}
        for year, month in sorted(months):
            for vacation in self.vacations(person, year, month):
                if vacation.outcome == "APPROVED" and vacation.first <= day <= vacation.last:
                    return vacation
        return None

    def other_leave(self, person: Person, day: date) -> Vacation | None:
        """Sick leave, whole days, or hours off in lieu: both are approved at once, and no policy makes entries of them."""
        rng = stream(self._seed, "other leave", person.index, day)
        if not self.is_workday(person, day) or self.vacation(person, day):
            return None
        kind = pick(rng, {None: 96.0, SICK_LEAVE: 2.5, TIME_IN_LIEU: 1.5})
        if kind is None:
            return None
        asked = midnight(person.zone, day) + person.day_start - rng.randint(0, HOUR)
        ends = person.day_start + WORKING_HOURS * HOUR
        return Vacation(
            id=hex_id(self._seed, "other leave", person.index, day),
            person=person,
            first=day,
            last=day,
            half_day=False,
            requested_at=asked,
            decided_at=asked + rng.randint(1, 60) * 60,
            outcome="APPROVED",
            note="",
            policy=kind,
            hours=None if kind == SICK_LEAVE else (ends - rng.randint(2, 4) * HOUR, ends),
        )

    def is_workday(self, person: Person, day: date) -> bool:
        """One of the person's working days without holiday and without a whole day off. Does not ask whether the person still is with us."""
        key = (person.index, day)
        if key not in self._workdays:
            vacation = self.vacation(person, day)
            away = vacation is not None and not vacation.half_day
            self._workdays[key] = (
                day.weekday() in person.working_days
                and not away
                and self.holiday(person, day) is None
            )
        return self._workdays[key]

    def after_work(self, person: Person, at: int, hours: float) -> int:
        """The instant when ``person``, beginning at ``at``, has spent ``hours`` of office time."""
        left = int(hours * HOUR)
        day = local_day(person.zone, at)
        while True:
            if self.is_workday(person, day):
                opens = midnight(person.zone, day) + person.day_start
                begins, closes = max(at, opens), opens + WORKING_HOURS * HOUR
                if begins + left <= closes:
                    return begins + left
                left -= max(0, closes - begins)
            day += timedelta(days=1)

    def _plan_vacations(self, person: Person, year: int, month: int) -> list[Vacation]:
        rng = stream(self._seed, "vacation", person.index, year, month)
        if (year, month) < (EPOCH.year, EPOCH.month):
            return []
        if not happens(rng, 0.75 if month in (7, 12) else 0.3):
            return []
        first = date(year, month, rng.randint(1, 28))
        length = pick(rng, {1: 3.0, 2: 2.0, 5: 3.0, 10: 1.5 if month in (7, 8) else 0.4})
        last = first
        weekdays = int(first.weekday() < 5)
        while weekdays < length:
            last += timedelta(days=1)
            weekdays += last.weekday() < 5
        requested = midnight("UTC", first) - rng.randint(12, 40) * DAY + rng.randint(7, 15) * HOUR
        requested = max(requested, midnight("UTC", EPOCH) + HOUR)
        return [
            Vacation(
                id=hex_id(self._seed, "vacation", person.index, year, month),
                person=person,
                first=first,
                last=last,
                half_day=length == 1 and happens(rng, 0.3),
                requested_at=requested + rng.randint(0, HOUR),
                decided_at=requested + rng.randint(2, 40) * HOUR,
                outcome=pick(rng, {"APPROVED": 17.0, "REJECTED": 2.0, "PENDING": 1.0}),
                note=pick(
                    rng, {"": 3.0, "Skiing": 1.0, "Familietid": 1.0, "Doctor, back by 3 pm": 1.0}
                ),
            )
        ]
