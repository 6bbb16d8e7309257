"""Capacity, leave, utilization by week and completeness by day."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, settings

# 2026-03-02 is a Monday.
MONDAY, NEXT_MONDAY = date(2026, 3, 2), datetime(2026, 3, 9, 0, 30, tzinfo=timezone.utc)


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    return made


def log(clockify: Clockify, day: int, hours: float, user_id: str = "ann", **row: Any) -> None:
    """An entry of so many hours from 08:00 UTC on a day of March 2026."""
    start = datetime(2026, 3, day, 8, tzinfo=timezone.utc)
    end = datetime.fromtimestamp(start.timestamp() + hours * 3600, timezone.utc)
    clockify.entry(start.isoformat(), end.isoformat(), user_id, **row)


def week(clockify: Clockify, columns: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute("utilization_weekly", **{"as_of": NEXT_MONDAY} | compute)
    return clockify.rows(
        f"""
        SELECT {columns} FROM time_tracking.utilization_weekly
        WHERE week_start = DATE '2026-03-02' ORDER BY ALL
        """
    )


def statuses(clockify: Clockify, **compute: Any) -> dict[int, str]:
    """The status of each day by its day of the month."""
    clockify.compute("timesheet_compliance", **{"as_of": NEXT_MONDAY} | compute)
    return dict(
        clockify.rows("SELECT day(local_date), status FROM time_tracking.timesheet_compliance")
    )


def test_utilization_of_a_week_with_leave(clockify: Clockify) -> None:
    """Off on Monday, half of Tuesday off. Capacity 40, leave 12, net 28.

    7 h on three days, 4 h on Tuesday, 2 h on Saturday: 27 h tracked, 14 of them billable; overtime is Saturday's 2 h,
    undertime 1 h on each of the three days.
    """
    log(clockify, 2, 9, type="HOLIDAY")  # more than the day's capacity of 8 h
    log(clockify, 3, 4, type="TIME_OFF")
    log(clockify, 3, 4)
    log(clockify, 4, 7, billable=True)
    log(clockify, 5, 7, billable=True)
    log(clockify, 6, 7)
    log(clockify, 7, 2)
    log(clockify, 7, 5, type="TIME_OFF")  # a Saturday: nothing to take off from
    columns = """
        capacity_hours, leave_hours, net_capacity_hours, tracked_hours, billable_hours, overtime_hours, undertime_hours
    """
    assert week(clockify, columns) == [(40, 12, 28, 27, 14, 2, 3)]
    percentages = """
        utilization_pct, round(net_utilization_pct, 4), billable_utilization_pct, round(billable_ratio_pct, 4)
    """
    assert week(clockify, percentages) == [(67.5, 96.4286, 50.0, 51.8519)]


def test_nothing_is_divided_by_zero(clockify: Clockify) -> None:
    """Off all week: no net capacity. No capacity at all: no percentages."""
    for day in range(2, 7):
        log(clockify, day, 8, type="TIME_OFF")
    columns = "net_capacity_hours, utilization_pct, net_utilization_pct, billable_ratio_pct"
    assert week(clockify, columns) == [(0, 0, None, None)]
    nobody_works = settings({"time_tracking": {"working_days": []}})
    assert week(clockify, "capacity_hours, utilization_pct", settings=nobody_works) == [(0, None)]


def test_a_half_time_person_by_email_and_by_id(clockify: Clockify) -> None:
    """Bob works 6 h on three days, Cleo 4 h, Dora as everybody."""
    clockify.user("bob", email="Bob@Example.com")
    clockify.user("Cleo")
    clockify.user("dora")
    for user_id in ("bob", "Cleo", "dora"):
        log(clockify, 2, 1, user_id)
    three_days = ["MONDAY", "TUESDAY", "WEDNESDAY"]
    schedules = {
        "bob@example.com": {"daily_hours": 6.0, "working_days": three_days},
        "cleo": {"daily_hours": 4.0},
    }
    chosen = settings({"time_tracking": {"schedules": schedules}})
    assert week(clockify, "user_id, capacity_hours", settings=chosen) == [
        ("Cleo", 20),
        ("bob", 18),
        ("dora", 40),
    ]


def test_weeks_start_on_the_configured_day(clockify: Clockify) -> None:
    """Sunday 2026-03-01 and Monday belong to one week from Sunday, to two from Monday."""
    log(clockify, 1, 1)
    log(clockify, 2, 2)
    clockify.compute(
        "utilization_weekly",
        as_of=NEXT_MONDAY,
        settings=settings({"time_tracking": {"week_start": "SUNDAY"}}),
    )
    rows = clockify.rows(
        "SELECT week_start, tracked_hours FROM time_tracking.utilization_weekly ORDER BY ALL"
    )
    assert rows == [(date(2026, 3, 1), 3.0), (date(2026, 3, 8), 0.0)]


def test_weeks_without_entries_are_there_until_now_or_until_somebody_left(
    clockify: Clockify,
) -> None:
    """Ann is still here, Bob was deactivated, Carl vanished, Dan's membership is inactive; Eve never logged."""
    clockify.user("bob", status="DELETED")
    clockify.add("users_deleted", id="carl")
    inactive = {"membershipType": "WORKSPACE", "membershipStatus": "INACTIVE", "userId": "dan"}
    clockify.user("dan", memberships=[inactive])
    clockify.user("eve", _first_seen_at="2026-03-12T00:00:00Z")
    clockify.user("frank")
    for user_id in ("ann", "bob", "carl", "dan"):
        log(clockify, 2, 1, user_id)
    clockify.compute("utilization_weekly", as_of=datetime(2026, 3, 17, 12, tzinfo=timezone.utc))
    rows = clockify.rows(
        """
        SELECT user_id, list(day(week_start) ORDER BY week_start), list(is_partial ORDER BY week_start)
        FROM time_tracking.utilization_weekly GROUP BY ALL ORDER BY ALL
        """
    )
    assert rows == [
        ("ann", [2, 9, 16], [False, False, True]),
        ("bob", [2], [False]),
        ("carl", [2], [False]),
        ("dan", [2], [False]),
        ("eve", [9, 16], [False, True]),
    ]


def membership(workspace: str, status: str) -> dict[str, str]:
    return {"targetId": workspace, "membershipType": "WORKSPACE", "membershipStatus": status}


def test_nobody_is_expected_who_left_or_was_only_invited(clockify: Clockify) -> None:
    """Ann works. Recorded shapes of people without an entry since the start date; none has capacity or timesheets."""
    clockify.add("workspaces", id="here", workspace_settings={"lockTimeZone": None})
    clockify.connection.execute("DELETE FROM clockify.users")
    clockify.user("ann", memberships=[membership("here", "ACTIVE")])
    log(clockify, 2, 8)
    seen = {"_first_seen_at": "2026-03-02T02:30:00Z"}
    for user_id, status, memberships in (
        ("left", "ACTIVE", [membership("here", "INACTIVE")]),
        ("invited", "NOT_REGISTERED", [membership("here", "PENDING")]),
        ("declined", "ACTIVE", [membership("here", "DECLINED")]),
        ("deleted", "DELETED", []),
        ("kiosk", "LIMITED_DELETED", [membership("here", "INACTIVE")]),
        ("elsewhere", "ACTIVE", [membership("other", "ACTIVE")]),
        ("moved", "ACTIVE", [membership("other", "ACTIVE"), membership("here", "INACTIVE")]),
        ("pending", "PENDING_EMAIL_VERIFICATION", []),
    ):
        clockify.user(user_id, status=status, memberships=memberships, **seen)
    clockify.user(
        "both", memberships=[membership("other", "INACTIVE"), membership("here", "ACTIVE")], **seen
    )
    assert week(clockify, "user_id, capacity_hours") == [("ann", 40), ("both", 40)]
    clockify.compute("timesheet_compliance", as_of=NEXT_MONDAY)
    people = clockify.rows(
        "SELECT DISTINCT user_id FROM time_tracking.timesheet_compliance ORDER BY 1"
    )
    assert people == [("ann",), ("both",)]


def test_a_timer_of_somebody_who_left_keeps_nobody_employed(clockify: Clockify) -> None:
    """Bob left with a timer running since Tuesday: his last day is Tuesday, however long the timer runs."""
    clockify.user("bob", memberships=[membership("w", "INACTIVE")])
    log(clockify, 2, 8, "bob")
    clockify.entry("2026-03-03T09:00:00Z", None, "bob")
    clockify.compute("utilization_weekly", as_of=datetime(2026, 3, 20, tzinfo=timezone.utc))
    rows = clockify.rows(
        "SELECT week_start, capacity_hours FROM time_tracking.utilization_weekly WHERE user_id = 'bob'"
    )
    assert rows == [(MONDAY, 16)]


def test_first_and_last_weeks_count_from_the_first_day_and_to_the_last(clockify: Clockify) -> None:
    """Bob's first entry is on a Wednesday, his last on the Tuesday after: 24 h and 16 h, in both tables."""
    clockify.user("bob", memberships=[membership("w", "INACTIVE")])
    for day in (4, 5, 6, 9, 10):
        log(clockify, day, 8, "bob")
    as_of = datetime(2026, 3, 17, tzinfo=timezone.utc)
    clockify.compute("utilization_weekly", as_of=as_of)
    weeks = clockify.rows(
        "SELECT day(week_start), capacity_hours, utilization_pct, undertime_hours "
        "FROM time_tracking.utilization_weekly WHERE user_id = 'bob' ORDER BY 1"
    )
    assert weeks == [(2, 24, 100, 0), (9, 16, 100, 0)]
    clockify.compute("timesheet_compliance", as_of=as_of)
    expected = clockify.rows(
        "SELECT sum(expected_hours) FROM time_tracking.timesheet_compliance WHERE user_id = 'bob'"
    )
    assert expected == [(40,)]


def test_a_week_of_the_workspace_counts_where_the_settings_say_nothing(clockify: Clockify) -> None:
    """Sunday to Thursday from Sunday on: Sunday's 8 h are no overtime, Friday the 6th is no working day."""
    week_of = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"]
    told = {"workingDays": week_of, "weekStart": "SUNDAY"}
    clockify.add("workspaces", id="w", workspace_settings=told)
    for day in range(1, 6):
        log(clockify, day, 8)
    columns = "week_start, capacity_hours, tracked_hours, overtime_hours, undertime_hours"
    clockify.compute("utilization_weekly", as_of=NEXT_MONDAY)
    rows = clockify.rows(f"SELECT {columns} FROM time_tracking.utilization_weekly ORDER BY 1")
    assert rows[0] == (date(2026, 3, 1), 40, 40, 0, 0)
    assert statuses(clockify) == {1: "ok", 2: "ok", 3: "ok", 4: "ok", 5: "ok", 8: "none"}
    monday = settings({"time_tracking": {"working_days": ["MONDAY"], "week_start": "MONDAY"}})
    assert week(clockify, "capacity_hours, overtime_hours", settings=monday) == [(8, 24)]


def test_a_workspace_with_unusable_settings_counts_as_silent(clockify: Clockify) -> None:
    told = {"workingDays": ["MOONDAY"], "weekStart": 7, "lockTimeZone": "Atlantis", "round": "up"}
    clockify.add("workspaces", id="w", workspace_settings=told | {"timeRoundingInReports": True})
    log(clockify, 2, 8)
    assert week(clockify, "week_start, capacity_hours") == [(MONDAY, 40)]


def test_days_to_come_are_not_undertime(clockify: Clockify) -> None:
    """On Wednesday noon: Monday 8 h, Tuesday 6 h, nothing yet today: 2 h are missing."""
    log(clockify, 2, 8)
    log(clockify, 3, 6)
    wednesday = datetime(2026, 3, 4, 12, tzinfo=timezone.utc)
    assert week(clockify, "undertime_hours, is_partial", as_of=wednesday) == [(2, True)]


def test_compliance_limits(clockify: Clockify) -> None:
    """Of 8 h: 7.5 under, 7.6 (95 %) ok, 9.6 (120 %) ok, 9.7 over; nothing on Friday; the weekend is not expected."""
    for day, hours in {2: 7.5, 3: 7.6, 4: 9.6, 5: 9.7, 7: 3.0}.items():
        log(clockify, day, hours)
    assert statuses(clockify) == {2: "under", 3: "ok", 4: "ok", 5: "over", 6: "none"}


def test_compliance_with_leave(clockify: Clockify) -> None:
    """A whole day off; half a day off and 4 h worked; half a day off and nothing else."""
    log(clockify, 2, 8, type="TIME_OFF")
    log(clockify, 3, 4, type="HOLIDAY")
    log(clockify, 3, 4)
    log(clockify, 4, 4, type="TIME_OFF")
    log(clockify, 5, 8)
    log(clockify, 6, 8)
    assert statuses(clockify) == {2: "leave", 3: "ok", 4: "none", 5: "ok", 6: "ok"}


def test_only_days_before_the_persons_own_today(clockify: Clockify) -> None:
    """It is Tuesday 00:30 UTC: still Monday in New York, where no day is over yet; days late count from today."""
    clockify.user("bob", "America/New_York")
    log(clockify, 2, 2)
    log(clockify, 2, 2, "bob")
    clockify.compute("timesheet_compliance", as_of=datetime(2026, 3, 3, 0, 30, tzinfo=timezone.utc))
    rows = clockify.rows(
        "SELECT user_id, local_date, expected_hours, logged_hours, status, days_late "
        "FROM time_tracking.timesheet_compliance"
    )
    assert rows == [("ann", MONDAY, 8, 2, "under", 1)]


def test_configured_limits(clockify: Clockify) -> None:
    log(clockify, 2, 7)
    for day in range(3, 7):
        log(clockify, day, 8)
    chosen = settings({"time_tracking": {"compliance": {"ok_from_pct": 80.0}}})
    assert set(statuses(clockify, settings=chosen).values()) == {"ok"}
