"""Capacity and leave by day: from profiles, holidays, requests and entries."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.capacity_daily import CAPACITY_DAILY
from pipelines_tests.metrics.time_tracking.support import Clockify, settings

# 2026-03-02 is a Monday.
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
FRIDAY = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
SEEN = "2026-03-01T00:00:00Z"


@pytest.fixture
def clockify() -> Clockify:
    """Ann is known since Sunday."""
    made = Clockify()
    made.user(_first_seen_at=SEEN)
    return made


def request(
    clockify: Clockify, start: str, end: str, user_id: str = "ann", zone: str = "UTC", **row: Any
) -> str:
    """An approved request in days."""
    half = row.pop("half", None)
    period = {"period": {"start": start, "end": end}, "halfDay": half is not None}
    values = {
        "user_id": user_id,
        "status": {"statusType": "APPROVED"},
        "time_unit": "DAYS",
        "user_time_zone": zone,
        "time_off_period": period | ({"halfDayPeriod": half} if half else {}),
    }
    return clockify.add("time_off_requests", **values | row)


def holiday(clockify: Clockify, first: str, last: str | None = None, **row: Any) -> str:
    """A holiday of everybody."""
    period = {"startDate": first, "endDate": last or first}
    return clockify.add(
        "holidays",
        **{"date_period": period, "everyone_including_new": True, "occurs_annually": False} | row,
    )


def profile(clockify: Clockify, user_id: str = "ann", **row: Any) -> None:
    clockify.connection.execute(
        "INSERT INTO clockify.member_profiles BY NAME "
        "SELECT $user_id AS user_id, $work_capacity AS work_capacity, $capacity_per_day::DOUBLE AS capacity_per_day, "
        "$working_days::JSON AS working_days",
        {"work_capacity": None, "capacity_per_day": None, "working_days": None, "user_id": user_id}
        | row,
    )


def hours(
    clockify: Clockify, column: str = "leave_hours", user_id: str = "ann", **compute: Any
) -> dict[int, float]:
    """A column of March 2026 by the day of the month, where it is not 0."""
    clockify.compute("capacity_daily", **{"as_of": NOON} | compute)
    return dict(
        clockify.rows(
            f"""
            SELECT day(local_date), {column} FROM time_tracking.capacity_daily
            WHERE user_id = '{user_id}' AND date_trunc('month', local_date) = DATE '2026-03-01' AND {column} <> 0
            """
        )
    )


def test_a_request_over_a_weekend_and_a_holiday(clockify: Clockify) -> None:
    """Wednesday to the Monday after, Thursday a holiday: 8 h each on Wed, Thu, Fri, Mon; 24 h of leave in the week."""
    request(clockify, "2026-03-04T00:00:00Z", "2026-03-09T23:59:59.999Z")
    holiday(clockify, "2026-03-05")
    assert hours(clockify) == {4: 8, 5: 8, 6: 8, 9: 8}
    assert hours(clockify, "holiday_hours") == {5: 8}
    assert hours(clockify, "time_off_hours") == {4: 8, 6: 8, 9: 8}
    weeks = clockify.rows(
        "SELECT sum(leave_hours), sum(net_capacity_hours) FROM time_tracking.capacity_daily "
        "WHERE week_start IN ('2026-03-02', '2026-03-09') GROUP BY week_start ORDER BY week_start"
    )
    assert weeks == [(24, 16), (8, 32)]


def test_the_table_reaches_26_weeks_ahead(clockify: Clockify) -> None:
    clockify.compute("capacity_daily", as_of=NOON)
    found = clockify.rows(
        "SELECT min(local_date), max(local_date), count(*), min(days_ago), count(*) FILTER (is_future) "
        "FROM time_tracking.capacity_daily"
    )
    assert found == [(date(2026, 3, 1), MONDAY + timedelta(days=182), 184, -182, 182)]


@pytest.mark.parametrize("end", ["2026-03-05T22:59:00Z", "2026-03-05T22:59:59.999Z", "2026-03-05T23:00:00Z"])  # fmt: skip
def test_whole_days_are_those_of_the_zone_of_the_request(clockify: Clockify, end: str) -> None:
    """Wednesday and Thursday in Oslo, in each way in which the end of a day is written; Ann's own zone is UTC."""
    request(clockify, "2026-03-03T23:00:00Z", end, zone="Europe/Oslo")
    assert hours(clockify) == {4: 8, 5: 8}


def test_half_days_and_hours_of_the_day(clockify: Clockify) -> None:
    """Half of Tuesday, both halves of Wednesday, the first half of Thursday twice, two hours of Friday."""
    day = "2026-03-{:02}T00:00:00Z", "2026-03-{:02}T23:59:59Z"
    for number, half in [(3, "FIRST_HALF"), (4, "FIRST_HALF"), (4, "SECOND_HALF"), (5, "FIRST_HALF"), (5, "FIRST_HALF")]:  # fmt: skip
        request(clockify, day[0].format(number), day[1].format(number), half=half)
    request(clockify, "2026-03-06T15:00:00Z", "2026-03-06T17:00:00Z", time_unit="HOURS")
    assert hours(clockify) == {3: 4, 4: 8, 5: 4, 6: 2}


def test_hours_are_elapsed_hours_of_each_local_day_and_overlaps_count_once(
    clockify: Clockify,
) -> None:
    """In New York from Tuesday 21:00 to Wednesday 02:00, and again from 01:00 to 03:00: 3 h and 3 h."""
    clockify.user("bob", "America/New_York", _first_seen_at=SEEN)
    hourly = {"user_id": "bob", "time_unit": "HOURS"}
    request(clockify, "2026-03-04T02:00:00Z", "2026-03-04T07:00:00Z", **hourly)
    request(clockify, "2026-03-04T06:00:00Z", "2026-03-04T08:00:00Z", **hourly)
    assert hours(clockify, user_id="bob") == {3: 3, 4: 3}


def test_a_day_without_an_hour_has_leave_of_what_elapsed(clockify: Clockify) -> None:
    """On 29 March 2026 Oslo has no hour from 2 to 3: midnight to 06:00 are five hours. On 25 October they are seven."""
    clockify.user("ola", "Europe/Oslo", _first_seen_at=SEEN)
    every_day = settings(
        {
            "time_tracking": {
                "working_days": ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
            }
        }
    )
    hourly = {"user_id": "ola", "time_unit": "HOURS"}
    request(clockify, "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z", **hourly)
    request(clockify, "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z", **hourly)
    assert hours(clockify, user_id="ola", settings=every_day) == {29: 5}
    later = datetime(2026, 10, 1, tzinfo=timezone.utc)
    clockify.compute("capacity_daily", as_of=later, settings=every_day)
    october = clockify.rows(
        "SELECT local_date, leave_hours FROM time_tracking.capacity_daily "
        "WHERE user_id = 'ola' AND leave_hours > 0 AND month(local_date) = 10"
    )
    assert october == [(date(2026, 10, 25), 7)]


def test_only_what_is_approved_counts_however_it_is_written(clockify: Clockify) -> None:
    """As an object or, on some hosts, as a bare word."""
    states = {
        2: '{"statusType": "PENDING"}',
        3: '{"statusType": "REJECTED"}',
        4: '"APPROVED"',
        5: '"PENDING"',
    }
    for day, state in states.items():
        asked = request(clockify, f"2026-03-0{day}T00:00:00Z", f"2026-03-0{day}T23:59:59Z")
        clockify.connection.execute(
            "UPDATE clockify.time_off_requests SET status = ? WHERE id = ?", [state, asked]
        )
    assert hours(clockify) == {4: 8}


def test_holidays_count_for_whom_they_are_assigned_to(clockify: Clockify) -> None:
    """Ann by her id, Bob by his group, both by everybody's; an annual one from 2025 on, of two days."""
    clockify.user("bob", _first_seen_at=SEEN)
    clockify.add("user_groups", id="g", user_ids=["bob"])
    nobody: dict[str, Any] = {"everyone_including_new": False}
    holiday(clockify, "2026-03-03", user_ids=["ann", "who left"], **nobody)
    holiday(clockify, "2026-03-04", user_group_ids=["g", "gone"], **nobody)
    holiday(clockify, "2025-03-05", "2025-03-06", occurs_annually=True)
    holiday(clockify, "2027-03-09", occurs_annually=True)
    assert hours(clockify, "holiday_hours") == {3: 8, 5: 8, 6: 8}
    assert hours(clockify, "holiday_hours", "bob") == {4: 8, 5: 8, 6: 8}


def test_an_entry_that_was_made_of_a_request_is_the_same_leave(clockify: Clockify) -> None:
    """A holiday inside leave makes both entries; more than the day's capacity is never leave."""
    request(clockify, "2026-03-03T00:00:00Z", "2026-03-04T23:59:59Z")
    holiday(clockify, "2026-03-04")
    before = hours(clockify, as_of=FRIDAY)
    assert before == {3: 8, 4: 8}
    for day, kind in [(3, "TIME_OFF"), (4, "TIME_OFF"), (4, "HOLIDAY")]:
        clockify.entry(f"2026-03-0{day}T08:00:00Z", f"2026-03-0{day}T16:00:00Z", type=kind)
    assert hours(clockify, as_of=FRIDAY) == before
    assert hours(clockify, "leave_entry_hours", as_of=FRIDAY) == {3: 8, 4: 16}


def test_working_time_comes_from_who_knows_it_best(clockify: Clockify) -> None:
    """The settings' schedule, the profile, the totals, the workspace: days and length each for themselves."""
    clockify.add("workspaces", id="w", workspace_settings={"workingDays": ["MONDAY", "TUESDAY"]})
    for user_id in ("bob", "cleo", "dan", "eve"):
        clockify.user(user_id, _first_seen_at=SEEN)
    profile(clockify, "bob", work_capacity="PT6H30M", working_days='["MONDAY", "FRIDAY"]')
    profile(clockify, "cleo", capacity_per_day=14400, working_days='"MONDAY,WEDNESDAY"')
    profile(clockify, "dan", work_capacity="PT5H", working_days="[]")
    profile(clockify, "eve", work_capacity="PT7H")
    chosen = settings({"time_tracking": {"schedules": {"eve": {"working_days": ["SUNDAY"]}}}})
    clockify.compute("capacity_daily", as_of=NOON, settings=chosen)
    week = clockify.rows(
        """
        SELECT user_id, list(day(local_date) ORDER BY local_date), any_value(capacity_hours), any_value(capacity_source)
        FROM time_tracking.capacity_daily
        WHERE capacity_hours > 0 AND local_date < '2026-03-08' GROUP BY ALL ORDER BY 1
        """
    )
    assert week == [
        ("ann", [2, 3], 8, "workspace"),
        ("bob", [2, 6], 6.5, "profile"),
        ("cleo", [2, 4], 4, "scheduling"),
        ("dan", [2, 3], 5, "profile"),
        ("eve", [1], 7, "settings"),
    ]


@pytest.mark.parametrize("capacity", ["8h", "", "PT25H", "-PT8H"])
def test_a_capacity_that_is_none_says_nothing(clockify: Clockify, capacity: str) -> None:
    profile(clockify, work_capacity=capacity, working_days='["MONDAY"]')
    assert set(hours(clockify, "capacity_hours").values()) == {8}


def test_a_capacity_of_nothing_is_one(clockify: Clockify) -> None:
    """Nothing is expected of her, and nothing is divided by zero."""
    profile(clockify, work_capacity="PT0S")
    assert hours(clockify, "capacity_hours") == {}
    clockify.entry("2026-03-03T08:00:00Z", "2026-03-03T10:00:00Z")
    clockify.compute("utilization_weekly", as_of=FRIDAY)
    clockify.compute("timesheet_compliance", as_of=FRIDAY)
    rows = clockify.rows(
        "SELECT capacity_hours, utilization_pct, overtime_hours FROM time_tracking.utilization_weekly "
        "WHERE week_start = '2026-03-02'"
    )
    assert rows == [(0, None, 2)]
    assert clockify.rows("FROM time_tracking.timesheet_compliance") == []


def test_a_profile_that_changed_does_not_change_the_past(clockify: Clockify) -> None:
    """Six hours since Wednesday the 4th, when that was read."""
    profile(clockify, work_capacity="PT6H")
    clockify.connection.execute(
        "INSERT INTO clockify.member_profiles_history (user_id, work_capacity, _valid_to) "
        "VALUES ('ann', 'PT8H', '2026-03-04T05:00:00Z')"
    )
    found = hours(clockify, "capacity_hours", as_of=FRIDAY)
    assert [found[day] for day in (2, 3, 4, 5, 6)] == [8, 8, 6, 6, 6]


def test_requests_that_cannot_be_right_are_left_out_and_told(clockify: Clockify) -> None:
    """One ends before it begins, one has no period, one is of an unknown policy and person, one never ends."""
    request(clockify, "2026-03-05T00:00:00Z", "2026-03-03T23:59:59Z", id="backwards")
    request(clockify, "2026-03-03T00:00:00Z", "", id="endless")
    request(clockify, "2026-03-03T00:00:00Z", "2026-03-03T23:59:59Z", user_id="nobody")
    request(clockify, "2026-03-04T00:00:00Z", "2026-03-04T23:59:59Z", policy_id="unknown")
    request(clockify, "2026-08-28T00:00:00Z", "9000-01-01T00:00:00Z", time_unit="HOURS")
    holiday(clockify, "2026-03-09", "2026-03-06")
    assert hours(clockify) == {4: 8}
    assert CAPACITY_DAILY.notes is not None
    run = MetricRun(as_of=NOON, settings=MetricSettings())
    note = CAPACITY_DAILY.notes(clockify.connection, run)["requests_left_out"]
    assert note.startswith("2 approved requests")
    assert "backwards" in note
    assert clockify.rows("SELECT max(leave_hours) FROM time_tracking.capacity_daily") == [(8,)]


DAY = st.integers(0, 40).map(lambda n: MONDAY + timedelta(days=n))


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    first, length = draw(DAY), draw(st.integers(0, 6))
    hourly = draw(st.booleans())
    hour = draw(st.integers(0, 23)) if hourly else 0
    start = datetime(first.year, first.month, first.day, hour, tzinfo=timezone.utc)
    end = start + timedelta(hours=draw(st.integers(0, 30)) if hourly else 24 * length + 23)
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "user_id": draw(st.sampled_from(["ann", "bob"])),
        "time_unit": "HOURS" if hourly else "DAYS",
        "half": draw(st.sampled_from([None, "FIRST_HALF", "SECOND_HALF"])) if not hourly else None,
    }


@hypothesis_settings(max_examples=6)
@given(asked=st.lists(leaves(), max_size=6), off=st.lists(DAY, max_size=3))
def test_leave_is_within_capacity_and_nobody_changes_anybodys(
    asked: list[dict[str, Any]], off: list[date]
) -> None:
    """Bob's rows are the same without Ann; and the same when each of his days off has become an entry of that leave."""

    def company(people: tuple[str, ...]) -> Clockify:
        made = Clockify()
        for user_id in people:
            made.user(user_id, "Europe/Oslo", _first_seen_at=SEEN)
        for leave in asked:
            request(made, **leave)
        for day in off:
            holiday(made, day.isoformat())
        made.compute("capacity_daily", as_of=datetime(2026, 4, 20, tzinfo=timezone.utc))
        return made

    columns = (
        "local_date, capacity_hours, holiday_hours, time_off_hours, leave_hours, net_capacity_hours"
    )
    of_bob = f"SELECT {columns} FROM time_tracking.capacity_daily WHERE user_id = 'bob' ORDER BY 1"
    both, alone = company(("ann", "bob")), company(("bob",))
    assert both.rows(of_bob) == alone.rows(of_bob)
    wrong = both.rows(
        """
        FROM time_tracking.capacity_daily
        WHERE leave_hours > capacity_hours OR leave_hours < 0 OR holiday_hours + time_off_hours <> leave_hours
            OR net_capacity_hours <> capacity_hours - leave_hours
        """
    )
    assert wrong == []
    for day, length in alone.rows(
        "SELECT local_date, leave_hours FROM time_tracking.capacity_daily "
        "WHERE leave_hours > 0 AND local_date < '2026-04-20'"
    ):
        start = datetime(day.year, day.month, day.day, 7, tzinfo=timezone.utc)
        end = start + timedelta(hours=length)
        alone.entry(start.isoformat(), end.isoformat(), "bob", type="TIME_OFF")
    alone.compute("capacity_daily", as_of=datetime(2026, 4, 20, tzinfo=timezone.utc))
    assert both.rows(of_bob) == alone.rows(of_bob)
