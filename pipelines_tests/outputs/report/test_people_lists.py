"""The lists of people on the page: who is away, who has room, accounts, balances, timesheets to submit."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import duckdb

from pipelines.outputs.report.listing import Listing, shown
from pipelines.outputs.report.people_lists import AWAY, BALANCES, LOAD, NOT_SUBMITTED, OVERTIME
from pipelines_tests.support.tables import insert

# A Friday.
TODAY = date(2026, 3, 20)
AS_OF = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)


def texts(con: duckdb.DuckDBPyConnection, listing: Listing) -> list[list[str]]:
    found = shown(con, listing, AS_OF)
    assert not found.failure
    return [[cell.text for cell in row] for row in found.rows]


def capacity(con: duckdb.DuckDBPyConnection, leave: dict[int, float], holidays: tuple[int, ...] = (), **row: Any) -> None:  # fmt: skip
    """Ann's working days from today on; ``leave`` by days ahead."""
    for ahead in range(60):
        day = TODAY + timedelta(ahead)
        off = leave.get(ahead, 8.0 if ahead in holidays else 0.0)
        values = {
            "user_id": "ann",
            "user_name": "Ann",
            "local_date": day,
            "days_ago": -ahead,
            "capacity_hours": 8 if day.weekday() < 5 else 0,
            "holiday_hours": 8 if ahead in holidays else 0,
            "leave_hours": off if day.weekday() < 5 else 0,
        }
        insert(con, "time_tracking.capacity_daily", [values | row])


def test_leave_over_a_weekend_is_one_absence(con: duckdb.DuckDBPyConnection) -> None:
    """Friday and the Monday after; two weeks later a half day; a public holiday alone is nobody's absence."""
    capacity(con, {0: 8, 3: 8, 14: 4, 50: 8}, holidays=(20,))
    assert texts(con, AWAY) == [
        ["Ann", "20 Mar 2026", "23 Mar 2026", "16.0 h"],
        ["Ann", "3 Apr 2026", "3 Apr 2026", "4.0 h"],
    ]


def test_load_of_the_next_four_weeks_the_fullest_first(con: duckdb.DuckDBPyConnection) -> None:
    """Ann has 60 of 80 h, Bob 50 of 40; this week and the sixth from now do not count."""
    for name, week, net, planned in (
        ("Ann", 16, 40, 40),
        ("Ann", 23, 40, 40),
        ("Ann", 30, 40, 20),
        ("Bob", 23, 40, 50),
        ("Cleo", 23, 40, 0),
    ):
        row = {
            "user_id": name.lower(),
            "user_name": name,
            "week_start": f"2026-03-{week}",
            "net_capacity_hours": net,
            "scheduled_hours": planned,
            "draft_hours": 0,
            "free_hours": net - planned,
        }
        insert(con, "time_tracking.load_weekly", [row])
    assert [(row[0], row[4], row[5]) for row in texts(con, LOAD)] == [
        ("Bob", "125.0 %", "-10.0 h"),
        ("Ann", "75.0 %", "20.0 h"),
    ]


def test_accounts_of_the_last_week_the_largest_first(con: duckdb.DuckDBPyConnection) -> None:
    for user, week, change, account in (("ann", 2, 1, 1), ("ann", 9, 2, 3), ("bob", 9, -30, -40)):
        row = {"user_id": user, "user_name": user.title(), "week_start": f"2026-03-{week:02}"}
        insert(
            con,
            "time_tracking.overtime_account",
            [row | {"change_hours": change, "account_hours": account}],
        )
    assert [row[0] for row in texts(con, OVERTIME)] == ["Bob", "Ann"]
    assert texts(con, OVERTIME)[1][1:] == ["15 Mar 2026", "2.0 h", "3.0 h"]


def test_balances_keep_their_units(con: duckdb.DuckDBPyConnection) -> None:
    for policy, unit, left, archived in (("Vacation", "days", 8.5, False), ("Lieu", "hours", -2, False), ("Old", "days", 1, True)):  # fmt: skip
        row = {"user_id": "ann", "user_name": "Ann", "policy_id": policy, "policy_name": policy}
        amounts = {"total": 20, "used": 1, "balance": left, "planned": 1, "pending": 0}
        insert(
            con,
            "time_tracking.leave_balances",
            [row | amounts | {"unit": unit, "is_archived": archived}],
        )
    assert texts(con, BALANCES) == [
        ["Ann", "Lieu", "-2.0 hours", "1.0", "0.0"],
        ["Ann", "Vacation", "8.5 days", "1.0", "0.0"],
    ]


def test_periods_to_submit_by_person(con: duckdb.DuckDBPyConnection) -> None:
    for user, day, status in (
        ("ann", "2026-03-02", "approved"),
        ("ann", "2026-03-09", "not_submitted"),
        ("bob", "2026-03-02", "not_submitted"),
        ("bob", "2026-03-09", "not_submitted"),
        ("bob", "2025-03-10", "not_submitted"),
    ):
        row = {"user_id": user, "user_name": user.title(), "period_start": day, "status": status}
        insert(con, "time_tracking.timesheet_submissions", [row | {"tracked_hours": 10}])
    assert texts(con, NOT_SUBMITTED) == [
        ["Bob", "2", "20.0 h", "9 Mar, 2 Mar"],
        ["Ann", "1", "10.0 h", "9 Mar"],
    ]


def test_without_anybody_each_list_says_so(con: duckdb.DuckDBPyConnection) -> None:
    for listing in (AWAY, LOAD, OVERTIME, BALANCES, NOT_SUBMITTED):
        assert texts(con, listing) == []
