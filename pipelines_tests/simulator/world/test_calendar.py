"""Working time and instants, on small examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone

from pipelines.simulator.world.calendar import Calendar
from pipelines.simulator.world.clock import HOUR, iso, midnight, seconds
from pipelines.simulator.world.people import Person, roster
from pipelines.simulator.world.rng import hex_id
from pipelines.simulator.world.size import TINY

SEED = 20250430


def _person() -> Person:
    return replace(roster(SEED, TINY)[0], zone="Europe/Oslo", day_start=9 * HOUR)


def _at(text: str) -> int:
    return seconds(datetime.fromisoformat(text).replace(tzinfo=timezone.utc))


def test_instants_as_on_the_wire() -> None:
    assert iso(_at("2026-03-02T08:05:09")) == "2026-03-02T08:05:09Z"
    assert iso(midnight("America/Denver", date(2026, 7, 1))) == "2026-07-01T06:00:00Z"


def test_work_waits_for_the_next_office_hours() -> None:
    """Friday 2025-10-17 16:00 in Oslo (14:00 UTC): one hour until 17:00, the other on Monday from 9:00.

    Summer time ends a week later, so Monday 10:00 in Oslo is 08:00 UTC. Nobody is on vacation then.
    """
    person, calendar = _person(), Calendar(SEED)
    assert calendar.is_workday(person, date(2025, 10, 20))
    assert iso(calendar.after_work(person, _at("2025-10-17T14:00:00"), 2)) == "2025-10-20T08:00:00Z"


def test_holidays_belong_to_a_zone() -> None:
    calendar, constitution_day = Calendar(SEED), date(2027, 5, 17)
    assert not calendar.is_workday(_person(), constitution_day)
    assert calendar.holiday(replace(_person(), zone="Asia/Kolkata"), constitution_day) is None


def test_some_ids_look_like_numbers() -> None:
    """About one in 300, always 24 hexadecimal digits, and too large for a double."""
    ids = [hex_id(SEED, "example", number) for number in range(10_000)]
    assert all(len(example) == 24 and int(example, 16) for example in ids)
    numeric = [
        example for example in ids if example.replace("e", "", 1).isdigit() and example[1] == "e"
    ]
    assert 10 < len(numeric) < 100
    assert all(float(example) == float("inf") for example in numeric if example[2] != "0")
