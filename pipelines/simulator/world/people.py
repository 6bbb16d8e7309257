"""Who works at the company, and how each of the two systems knows them.

Here: the roster with its odd cases (no name, no settings, another spelling of an e-mail address, known to one
system only, left). Not here: API records (``clockify_catalog``, ``tracker_projects``) or working days (``calendar``).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.simulator.world.clock import HOUR, quarter
from pipelines.simulator.world.rng import hex_id, stream
from pipelines.simulator.world.size import CompanySize

ZONES = (
    "Europe/Oslo",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/Denver",
)
_FIRST = (
    "Rafa",
    "Mira",
    "Jonas",
    "Ines",
    "Søren",
    "Aiko",
    "Zoë",
    "Priya",
    "Tomás",
    "Ngaio",
    "Li",
    "Amara",
    "Owen",
    "Katarzyna",
    "Bjørn",
    "Hélène",
    "Diego",
    "Yuki",
    "Nadia",
    "Émile",
    "Wiremu",
    "Sofía",
    "Marek",
    "Chidi",
)
_LAST = (
    "Lind",
    "Holt",
    "Berg",
    "Okafor",
    "Ødegård",
    "Tanaka",
    "Müller",
    "Nair",
    "Reyes",
    "Parata",
    "Wei",
    "Diallo",
    "Price",
    "Kowalska",
    "Lie",
    "Dubois",
    "Álvarez",
    "Mori",
    "Haddad",
    "Laurent",
    "Tūhoe",
    "Ortiz",
    "Novák",
    "Eze",
)
_PART_TIME: dict[str, Any] = {"working_days": (0, 1, 2, 3), "day_hours": 6}
_LEAVING_DAY = date(2026, 5, 29)
#: Lives elsewhere every other quarter. Small companies have no such person.
_NOMAD = 6
_NOMADS_OTHER_ZONE = "Asia/Kolkata"


@dataclass(frozen=True)
class Person:
    """One human being. ``clockify_id`` or ``tracker_id`` is None where that system does not know them."""

    index: int
    name: str
    zone: str
    clockify_id: str | None
    tracker_id: int | None
    role: str  # "owner" runs projects, "developer" works on stories, "office" never appears in Tracker
    clockify_email: str
    tracker_email: str
    has_name: bool
    has_settings: bool
    last_day: date | None
    day_start: int  # seconds after local midnight
    fills_weekly: bool  # writes the whole week's timesheet on Friday instead of running timers
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday is 0
    day_hours: int = 8

    def listed_zone(self, at: int) -> str:
        """The zone in the person's settings; whoever moves goes on working at the hours of ``zone``."""
        return _NOMADS_OTHER_ZONE if self.index == _NOMAD and quarter(at) % 2 else self.zone

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split())

    @property
    def username(self) -> str:
        return self.clockify_email.split("@")[0].lower()


def roster(seed: int, size: CompanySize) -> list[Person]:
    """All people: ``size.users`` Clockify users, then one client contact who exists in Tracker only."""
    owners = max(1, size.users // 8)
    office = max(1, size.users // 6)
    developers = size.users - owners - office
    people = []
    for index in range(size.users + 1):
        turn = index - owners
        role = (
            "owner"
            if turn < 0 or index == size.users
            else "developer"
            if turn < developers
            else "office"
        )
        rng = stream(seed, "person", index)
        name = f"{_FIRST[index % len(_FIRST)]} {_LAST[(index + index // len(_FIRST)) % len(_LAST)]}"
        email = _email(index)
        in_clockify = index < size.users
        people.append(
            Person(
                index=index,
                name=name,
                zone=ZONES[index % len(ZONES)],
                clockify_id=hex_id(seed, "user", index) if in_clockify else None,
                tracker_id=None if role == "office" else 3_310_001 + index * 7,
                role=role,
                clockify_email=email,
                tracker_email=email.title() if turn == 0 else email,
                has_name=turn != 2,
                has_settings=turn != 1,
                last_day=_LEAVING_DAY if role == "developer" and turn == developers - 1 else None,
                day_start=int(rng.uniform(8.0, 9.5) * 4) * HOUR // 4,
                fills_weekly=index % 6 == 3,
                # The last of the office works part-time, which no story waits for.
                **(_PART_TIME if index == size.users - 1 else {}),
            )
        )
    return people


def _email(index: int) -> str:
    plain = unicodedata.normalize("NFKD", _FIRST[index % len(_FIRST)].lower().replace("ø", "o"))
    again = index // len(_FIRST) or ""
    return f"{plain.encode('ascii', 'ignore').decode()}{again}@northwind.example"
