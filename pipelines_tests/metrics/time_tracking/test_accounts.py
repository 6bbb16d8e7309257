"""Overtime accounts, leave balances and attendance, each with an example that was calculated by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines_tests.metrics.time_tracking.support import Clockify, settings

# 2026-03-02 is a Monday; three weeks are over on the 23rd.
AS_OF = datetime(2026, 3, 23, 0, 30, tzinfo=timezone.utc)
SEEN = "2026-03-02T00:00:00Z"


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user(email="Ann@Example.com", _first_seen_at=SEEN)
    return made


def log(clockify: Clockify, day: int, hours: float, user_id: str = "ann", **row: Any) -> None:
    """An entry of so many hours from 07:00 UTC on a day of March 2026."""
    start = datetime(2026, 3, day, 7, tzinfo=timezone.utc)
    clockify.entry(start.isoformat(), (start + timedelta(hours=hours)).isoformat(), user_id, **row)


def three_weeks(clockify: Clockify) -> None:
    """45 h of 40; 21 of 24 beside two days of leave; 38 of 36 beside half a day of leave."""
    for day in range(2, 7):
        log(clockify, day, 9)
    for day in (9, 10):
        log(clockify, day, 8, type="TIME_OFF")
    for day in (11, 12, 13):
        log(clockify, day, 7)
    log(clockify, 16, 4, type="TIME_OFF")
    log(clockify, 16, 4)
    for day, hours in {17: 10, 18: 8, 19: 8, 20: 6, 21: 2}.items():
        log(clockify, day, hours)


def account(clockify: Clockify, columns: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute("overtime_account", **{"as_of": AS_OF} | compute)
    return clockify.rows(
        f"SELECT {columns} FROM time_tracking.overtime_account WHERE user_id = 'ann' ORDER BY week_start"
    )


def test_the_account_is_the_running_sum_of_work_less_net_capacity(clockify: Clockify) -> None:
    three_weeks(clockify)
    columns = "work_hours, net_capacity_hours, change_hours, account_hours"
    assert account(clockify, columns) == [(45, 40, 5, 5), (21, 24, -3, 2), (38, 36, 2, 4)]
    assert account(clockify, "overtime_hours, undertime_hours") == [(5, 0), (0, 3), (4, 2)]


def test_attendance_counts_above_the_full_capacity_of_working_days(clockify: Clockify) -> None:
    """Five hours and none, then two of Tuesday; Saturday is no working day, and leave lowers nothing."""
    three_weeks(clockify)
    assert account(clockify, "attendance_overtime_hours") == [(5,), (0,), (2,)]


def test_opening_balance_and_start_date(clockify: Clockify) -> None:
    """By email in any case; days before the start do not count, be they in the middle of a week."""
    three_weeks(clockify)
    opened = {"ANN@example.com": {"opening_hours": 10.0}}
    chosen = settings({"time_tracking": {"overtime": opened}})
    assert account(clockify, "account_hours", settings=chosen) == [(15,), (12,), (14,)]
    begun = {"ann": {"opening_hours": -1.5, "start_date": date(2026, 3, 12)}}
    chosen = settings({"time_tracking": {"overtime": begun}})
    columns = "week_start, work_hours, net_capacity_hours, account_hours"
    assert account(clockify, columns, settings=chosen) == [
        (date(2026, 3, 9), 14, 16, -3.5),
        (date(2026, 3, 16), 38, 36, -1.5),
    ]


def test_a_week_counts_when_it_is_over_and_from_the_first_with_capacity(clockify: Clockify) -> None:
    """On Sunday of the third week two weeks are over. Somebody without capacity has no account."""
    three_weeks(clockify)
    sunday = datetime(2026, 3, 22, 23, 59, tzinfo=timezone.utc)
    assert len(account(clockify, "week_start", as_of=sunday)) == 2
    nothing = settings({"time_tracking": {"working_days": []}})
    assert account(clockify, "week_start", settings=nothing) == []


def test_who_logs_no_time_has_no_timesheets_and_no_account(clockify: Clockify) -> None:
    three_weeks(clockify)
    clockify.user("bob", _first_seen_at=SEEN)
    owner = settings({"time_tracking": {"not_logging": ["Ann@Example.com", "nobody"]}})
    assert account(clockify, "week_start", settings=owner) == []
    clockify.compute("timesheet_compliance", as_of=AS_OF, settings=owner)
    people = clockify.rows("SELECT DISTINCT user_id FROM time_tracking.timesheet_compliance")
    assert people == [("bob",)]
    clockify.compute("utilization_weekly", as_of=AS_OF, settings=owner)
    tracked = clockify.rows(
        "SELECT sum(tracked_hours) FROM time_tracking.utilization_weekly WHERE user_id = 'ann'"
    )
    assert tracked == [(104,)]


@hypothesis_settings(max_examples=6)
@given(
    logged=st.lists(st.tuples(st.integers(2, 22), st.integers(0, 14)), max_size=25),
    opening=st.integers(-50, 50),
)
def test_the_account_is_the_sum_of_all_changes(logged: list[tuple[int, int]], opening: int) -> None:
    """And change is work less net capacity, and overtime less undertime; another person changes nothing."""
    accounts = []
    for people in (("ann",), ("ann", "bob")):
        made = Clockify()
        for user_id in people:
            made.user(user_id, _first_seen_at=SEEN)
            for day, hours in logged:
                log(made, day, hours, user_id)
        chosen = settings({"time_tracking": {"overtime": {"ann": {"opening_hours": opening}}}})
        accounts.append(
            account(
                made,
                "account_hours, change_hours, work_hours, net_capacity_hours, overtime_hours, undertime_hours",
                settings=chosen,
            )
        )
    assert accounts[0] == accounts[1]
    total: float = opening
    for held, change, work, net, over, under in accounts[0]:
        assert change == pytest.approx(work - net) == pytest.approx(over - under)
        total += change
        assert held == pytest.approx(total)


def balance(clockify: Clockify, user_id: str, policy_id: str, **row: Any) -> str:
    values = {"user_id": user_id, "user_name": user_id.title(), "policy_id": policy_id}
    return clockify.add(
        "time_off_balances",
        **values | {"policy_time_unit": "DAYS", "total": 25, "used": 17, "balance": 8} | row,
    )


def test_balances_beside_what_was_taken_planned_and_asked_for(clockify: Clockify) -> None:
    """Five days taken in March, ten planned for July, two asked for; three were refused. Hours stay hours."""
    clockify.add("time_off_policies", id="vacation", name="Vacation", time_unit="DAYS")
    balance(clockify, "ann", "vacation", policy_name="Holidays (old name)")
    balance(
        clockify,
        "ann",
        "lieu",
        policy_name="Lieu",
        policy_time_unit="HOURS",
        total=4,
        used=-1.5,
        balance=5.5,
    )
    balance(clockify, "removed", "vacation")
    for start, days, state, policy in (
        ("2026-03-02", 5, "APPROVED", "vacation"),
        ("2026-07-06", 10, "APPROVED", "vacation"),
        ("2026-05-04", 2, "PENDING", "vacation"),
        ("2026-05-11", 3, "REJECTED", "vacation"),
        ("2026-03-03", 1.5, "APPROVED", "lieu"),
        ("2026-03-03", 99, "APPROVED", "unknown"),
    ):
        period = {"start": f"{start}T00:00:00Z", "end": f"{start}T23:59:59Z"}
        clockify.add(
            "time_off_requests",
            user_id="ann",
            policy_id=policy,
            status={"statusType": state},
            balance_diff=days,
            time_off_period={"period": period},
        )
    clockify.compute("leave_balances", as_of=AS_OF)
    rows = clockify.rows(
        "SELECT user_id, user_name, policy_name, unit, total, used, balance, taken, planned, pending "
        "FROM time_tracking.leave_balances ORDER BY user_id, policy_id"
    )
    assert rows == [
        ("ann", "Ann", "Lieu", "hours", 4, -1.5, 5.5, 1.5, 0, 0),
        ("ann", "Ann", "Vacation", "days", 25, 17, 8, 5, 10, 2),
        ("removed", "Removed", "Vacation", "days", 25, 17, 8, 0, 0, 0),
    ]


def test_attendance_of_a_day_with_a_break(clockify: Clockify) -> None:
    """08:00 to 12:00 and 13:00 to 17:00 work, 12:00 to 12:30 break: work 8, break 0.5, span 9. Leave is no attendance."""
    for start, end, kind in (
        ("08:00", "12:00", "REGULAR"),
        ("12:00", "12:30", "BREAK"),
        ("13:00", "17:00", "REGULAR"),
        ("18:00", "20:00", "TIME_OFF"),
    ):
        clockify.entry(f"2026-03-03T{start}:00Z", f"2026-03-03T{end}:00Z", type=kind)
    log(clockify, 4, 8, type="HOLIDAY")
    clockify.compute("attendance_daily", as_of=AS_OF)
    rows = clockify.rows(
        "SELECT local_date, hour(first_start_at), hour(last_end_at), work_hours, break_hours, span_hours, leave_hours, "
        "capacity_hours FROM time_tracking.attendance_daily"
    )
    assert rows == [(date(2026, 3, 3), 8, 17, 8, 0.5, 9, 2, 8)]


def test_attendance_over_midnight_when_clocks_change(clockify: Clockify) -> None:
    """22:00 to 06:00 in Oslo in the night to 29 March: 2 h on the 28th and 5 on the 29th."""
    clockify.user("ola", "Europe/Oslo")
    clockify.entry("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z", "ola")
    clockify.compute("attendance_daily", as_of=datetime(2026, 4, 1, tzinfo=timezone.utc))
    rows = clockify.rows(
        "SELECT local_date, work_hours, span_hours FROM time_tracking.attendance_daily ORDER BY 1"
    )
    assert rows == [(date(2026, 3, 28), 2, 2), (date(2026, 3, 29), 5, 5)]
