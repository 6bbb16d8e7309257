"""Windows, lengths and strengths of iterations."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_project,
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.metrics.project_management.windows import emptied, windows_of
from pipelines_tests.support.tables import insert, raw_warehouse


def test_a_week_with_a_change_of_clocks_has_167_or_169_hours() -> None:
    """Denver, weeks from Tuesday. Clocks go forward on 2026-03-08 and back on 2026-11-01.

    The week from March 3 runs from 07:00Z (MST) to 06:00Z (MDT) = 168 - 1 hours; the one from October 27 runs from
    06:00Z to 07:00Z = 168 + 1 hours.
    """
    con = warehouse(zone="America/Denver", week_start_day="Tuesday", start_date="2026-03-03")
    windows = computed(
        con,
        "iterations",
        "start_date, date_diff('hour', start_at, finish_at)",
        as_of="2026-11-30 00:00",
    )
    hours = dict(windows)
    assert hours[date(2026, 3, 3)] == 167
    assert hours[date(2026, 10, 27)] == 169
    assert {n for day, n in windows if day not in {date(2026, 3, 3), date(2026, 10, 27)}} == {168}


def test_an_override_moves_every_later_boundary() -> None:
    """Two-week iterations from January 5; the second lasts three weeks at 80 %.

    1: Jan 5 to 19. 2: Jan 19 to Feb 9 (three weeks). 3: Feb 9 to 23. On February 10 the third is current.
    """
    con = warehouse(iteration_length=2)
    insert(
        con,
        "pivotal_tracker.iteration_overrides",
        [{"project_id": 1, "number": 2, "length": 3, "team_strength": 0.8}],
    )
    rows = computed(
        con,
        "iterations",
        "number, start_date, length_weeks, team_strength, is_override, is_done, is_current, source",
        as_of="2026-02-10 00:00",
    )
    assert rows == [
        (1, date(2026, 1, 5), 2, 1.0, False, True, False, "derived"),
        (2, date(2026, 1, 19), 3, 0.8, True, True, False, "derived"),
        (3, date(2026, 2, 9), 2, 1.0, False, False, True, "derived"),
    ]


def test_the_end_of_an_iteration_belongs_to_the_next() -> None:
    """At 2026-01-12 00:00 sharp, the first week is done and the second is current."""
    rows = computed(
        warehouse(), "iterations", "number, is_done, is_current", as_of="2026-01-12 00:00"
    )
    assert rows == [(1, True, False), (2, False, True)]


def test_overrides_come_from_activity_where_the_endpoint_gave_none() -> None:
    """Activity sets iteration 2 to three weeks, then its strength to 0; iteration 3's override is deleted again."""
    con = warehouse()
    for change_type, number, values in (
        ("create", 2, {"length": 3, "team_strength": 1}),
        ("update", 2, {"team_strength": 0}),
        ("create", 3, {"length": 2, "team_strength": 1}),
        ("delete", 3, {}),
    ):
        change = {
            "kind": "iteration_override",
            "change_type": change_type,
            "number": number,
            "new_values": values,
        }
        add_activity(con, "iteration_update_activity", "2026-01-06 00:00", [change])
    rows = computed(
        con, "iterations", "start_date, length_weeks, team_strength", as_of="2026-02-03 00:00"
    )
    assert rows == [
        (date(2026, 1, 5), 1, 1.0),
        (date(2026, 1, 12), 3, 0.0),
        (date(2026, 2, 2), 1, 1.0),
    ]


def test_a_change_of_the_week_start_resets_overrides_in_activity() -> None:
    con = warehouse()
    override = {
        "kind": "iteration_override",
        "change_type": "create",
        "number": 1,
        "new_values": {"length": 3},
    }
    restart = {
        "kind": "project",
        "change_type": "update",
        "id": 1,
        "new_values": {"week_start_day": "Monday"},
    }
    add_activity(con, "iteration_update_activity", "2026-01-06 00:00", [override])
    add_activity(con, "project_update_activity", "2026-01-07 00:00", [restart])
    assert computed(con, "iterations", "length_weeks", as_of="2026-01-13 00:00") == [1, 1]


def test_the_api_wins_and_derived_windows_fill_in_without_overlap() -> None:
    """The API gives iterations 2 and 3, the third five days longer than settings say, and a future one.

    Derived windows that do not touch them stay: iteration 1. What begins after now is left out.
    """
    con = warehouse()
    windows = [
        (2, "2026-01-12 00:00", "2026-01-19 00:00"),
        (3, "2026-01-19 00:00", "2026-01-31 00:00"),
    ]
    windows.append((4, "2026-01-31 00:00", "2026-02-07 00:00"))
    insert(
        con,
        "pivotal_tracker.iterations",
        [
            {
                "project_id": 1,
                "number": n,
                "length": 1,
                "team_strength": 1,
                "start": instant(a),
                "finish": instant(b),
            }
            for n, a, b in windows
        ],
    )
    rows = computed(con, "iterations", "number, finish_at, source", as_of="2026-01-30 00:00")
    assert rows == [
        (1, instant("2026-01-12 00:00"), "derived"),
        (2, instant("2026-01-19 00:00"), "api"),
        (3, instant("2026-01-31 00:00"), "api"),
    ]


def test_unknown_settings_have_trackers_defaults_and_say_so() -> None:
    """A host that sends only a name and a creation on Wednesday 2026-01-07: UTC weeks from Monday the 5th."""
    con = raw_warehouse()
    insert(con, "pivotal_tracker.projects", [{"id": 1, "created_at": instant("2026-01-07 15:00")}])
    rows = computed(
        con, "iterations", "start_at, length_weeks, has_known_zone", as_of="2026-01-08 00:00"
    )
    assert rows == [(instant("2026-01-05 00:00"), 1, False)]


def test_a_project_that_only_stories_name_has_iterations() -> None:
    con = warehouse()
    add_story(con, 5, ("accepted", "2026-01-14 10:00"), project_id=9)
    rows = computed(
        con,
        "iterations",
        "project_id, start_date",
        as_of="2026-01-15 00:00",
        where="project_id = 9",
    )
    assert rows == [(9, date(2026, 1, 12))]


def test_the_first_of_two_midnights_begins_a_day() -> None:
    """In Havana clocks go back from 01:00 to 00:00 on 2026-11-01, so that day has two midnights: 04:00Z and 05:00Z."""
    con = warehouse(zone="America/Havana", week_start_day="Sunday", start_date="2026-11-01")
    assert computed(con, "iterations", "start_at", as_of="2026-11-02 00:00") == [
        instant("2026-11-01 04:00")
    ]


def _expected(
    zone: str, start: date, length: int, overrides: dict[int, int], as_of: datetime
) -> list[tuple[int, datetime, datetime]]:
    """The rule written out: one window after the other, from local midnight to local midnight."""

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(
            timezone.utc
        )

    windows = []
    number, day = 1, start
    while midnight(day) <= as_of:
        finish = day + timedelta(weeks=overrides.get(number, length))
        windows.append((number, midnight(day), midnight(finish)))
        number, day = number + 1, finish
    return windows


ODD_ZONES = (
    "UTC",
    "America/Denver",
    "America/Havana",
    "America/Sao_Paulo",
    "Europe/Oslo",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Auckland",
)


@pytest.fixture(scope="module")
def shared() -> duckdb.DuckDBPyConnection:
    return raw_warehouse()


@given(
    zone=st.sampled_from(ODD_ZONES),
    start=st.dates(date(2009, 1, 1), date(2025, 12, 31)),
    length=st.integers(1, 4),
    overrides=st.dictionaries(st.integers(1, 40), st.integers(1, 9), max_size=5),
    days=st.integers(0, 700),
)
@settings(max_examples=60)
def test_windows_follow_the_rule_on_odd_calendars(
    shared: duckdb.DuckDBPyConnection,
    zone: str,
    start: date,
    length: int,
    overrides: dict[int, int],
    days: int,
) -> None:
    as_of = datetime(start.year, start.month, start.day, 12, tzinfo=timezone.utc) + timedelta(
        days=days
    )
    emptied(shared)
    weekday = start.strftime("%A")
    add_project(
        shared, 1, zone=zone, start_date=start, iteration_length=length, week_start_day=weekday
    )
    insert(
        shared,
        "pivotal_tracker.iteration_overrides",
        [
            {"project_id": 1, "number": number, "length": weeks}
            for number, weeks in overrides.items()
        ],
    )
    found = windows_of(shared, as_of)
    assert found == _expected(zone, start, length, overrides, as_of)
