"""Hours, local dates, rates and amounts of single time entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, rate, settings

RATE_LEVELS = ("entry", "project_member", "task", "project", "member", "workspace")


@pytest.fixture
def clockify() -> Clockify:
    return Clockify()


def fact(clockify: Clockify, columns: str, **compute: Any) -> tuple[Any, ...]:
    """The columns of the only entry."""
    (row,) = facts(clockify, columns, **compute).values()
    return row


def facts(clockify: Clockify, columns: str, **compute: Any) -> dict[str, tuple[Any, ...]]:
    """The columns of each entry by its id."""
    clockify.compute("time_entry_facts", **compute)
    rows = clockify.rows(f"SELECT entry_id, {columns} FROM time_tracking.time_entry_facts")
    return {row[0]: row[1:] for row in rows}


def test_hours_and_amounts_of_a_rated_entry(clockify: Clockify) -> None:
    """08:15:00 to 10:05:30 is 6,630 s = 1.841667 h; at 72 EUR 132.60, at a cost of 36 EUR 66.30."""
    clockify.user("ann", "Europe/Oslo")
    clockify.entry(
        "2026-03-02T08:15:00Z",
        "2026-03-02T10:05:30Z",
        billable=True,
        hourly_rate=rate(7200),
        cost_rate=rate(3600),
    )
    row = fact(
        clockify, "seconds, round(hours, 6), rate, cost_rate, revenue, cost, profit, currency"
    )
    assert row == (
        6630,
        1.841667,
        *map(Decimal, ("72", "36", "132.6", "66.3", "66.3")),
        "EUR",
    )


def test_every_form_of_interval(clockify: Clockify) -> None:
    """Offsets, durations as text and as seconds where the end is missing, parts of seconds."""
    start = "2026-03-02T08:00:00Z"
    cases = {
        "offset": ({"start": "2026-03-02T10:00:00+02:00", "end": "2026-03-02T09:30:00Z"}, 5400),
        "seconds": ({"start": "2026-03-02T10:00:00+02:00", "end": None, "duration": 5400}, 5400),
        "text": ({"start": start, "end": None, "duration": "PT1H30M"}, 5400),
        "long": ({"start": start, "end": None, "duration": "PT26H0M1S"}, 93601),
        "empty": ({"start": start, "end": start, "duration": "PT0S"}, 0),
        # The end decides, the duration is derived from it.
        "both": ({"start": start, "end": "2026-03-02T09:00:00Z", "duration": "PT9H"}, 3600),
        "parts": ({"start": "2026-03-02T08:00:00.600Z", "end": "2026-03-02T08:00:01.200Z"}, 1),
    }
    clockify.user()
    for entry_id, (interval, _) in cases.items():
        clockify.entry("", None, id=entry_id, time_interval=interval)
    expected = {entry_id: (seconds, False, True) for entry_id, (_, seconds) in cases.items()}
    assert facts(clockify, "seconds, is_running, is_work") == expected


def test_hours_are_null_with_a_reason(clockify: Clockify) -> None:
    """Never 0: such an entry is no work and has no amounts."""
    start = "2026-03-02T08:00:00Z"
    cases = {
        "running": {"start": start, "end": None, "duration": None},
        "negative": {"start": start, "end": "2026-03-02T07:00:00Z"},
        "no_interval": {"start": start, "end": "soon"},
        "no_interval ": None,
    }
    clockify.user()
    for entry_id, interval in cases.items():
        clockify.entry(
            "",
            None,
            id=entry_id,
            time_interval=interval,
            billable=True,
            hourly_rate=rate(100),
            cost_rate=rate(100),
        )
    columns = "hours, hours_rounded, revenue, cost, is_work, hours_reason, is_running"
    assert facts(clockify, columns) == {
        case: (None, None, None, None, False, case.strip(), case == "running") for case in cases
    }


def test_local_date_is_that_of_the_owners_zone(clockify: Clockify) -> None:
    """East and west of UTC, with and without daylight saving, and where midnight comes twice."""
    cases = [
        ("Europe/Oslo", "2026-03-01T23:30:00Z", date(2026, 3, 2)),
        ("America/New_York", "2026-03-02T04:30:00Z", date(2026, 3, 1)),
        # In summer the same 04:30Z is 00:30.
        ("America/New_York", "2026-07-02T04:30:00Z", date(2026, 7, 2)),
        ("Asia/Kolkata", "2026-03-01T18:29:59Z", date(2026, 3, 1)),
        ("Asia/Kolkata", "2026-03-01T18:30:00Z", date(2026, 3, 2)),
        ("Pacific/Kiritimati", "2026-03-01T10:00:00Z", date(2026, 3, 2)),
        # On the Azores 01:00 becomes 00:00 on 2026-10-25: the day begins with the first midnight.
        ("Atlantic/Azores", "2026-10-24T23:59:59Z", date(2026, 10, 24)),
        ("Atlantic/Azores", "2026-10-25T00:30:00Z", date(2026, 10, 25)),
        # Not a zone: the configured one, UTC.
        ("Mars/Olympus", "2026-03-01T23:30:00Z", date(2026, 3, 1)),
    ]
    for zone in {zone for zone, _, _ in cases}:
        clockify.user(zone, zone)
    for zone, start, _ in cases:
        clockify.entry(start, start, zone, id=zone + start)
    expected = {zone + start: (day, day) for zone, start, day in cases}
    assert facts(clockify, "local_date, local_end_date") == expected


def test_zone_of_the_workspace_then_of_the_settings(clockify: Clockify) -> None:
    """The user has no zone: the workspace's lockTimeZone counts; without a workspace, the configured zone."""
    clockify.user("ann", None)
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Asia/Tokyo"})
    clockify.entry("2026-03-01T16:00:00Z", None, id="a", workspace_id="w")
    clockify.entry("2026-03-01T16:00:00Z", None, id="b", workspace_id="unknown")
    chosen = settings({"time_tracking": {"time_zone": "Asia/Kolkata"}})
    expected = {"a": ("Asia/Tokyo",), "b": ("Asia/Kolkata",)}
    assert facts(clockify, "time_zone", settings=chosen) == expected


def test_rate_order(clockify: Clockify) -> None:
    """Each level has its own rate, 1 to 6 EUR; without the first n levels the next one applies, for 2 h."""

    def levels_from(first: int) -> dict[str, dict[str, Any] | None]:
        return {
            level: None if position < first else rate((position + 1) * 100)
            for position, level in enumerate(RATE_LEVELS)
        }

    def both(money: dict[str, Any] | None) -> dict[str, Any]:
        return {"hourly_rate": money, "cost_rate": money}

    def membership(user: str, kind: str, target: str, money: Any) -> list[dict[str, Any]]:
        rates = {"hourlyRate": money, "costRate": money}
        return [{"userId": user, "targetId": target, "membershipType": kind, **rates}]

    expected: dict[str, tuple[Any, ...]] = {}
    for first in range(len(RATE_LEVELS) + 1):
        rates = levels_from(first)
        key = str(first)
        clockify.add("workspaces", id=key, **both(rates["workspace"]))
        clockify.user(key, memberships=membership(key, "WORKSPACE", key, rates["member"]))
        members = membership(key, "PROJECT", key, rates["project_member"])
        clockify.add("projects", id=key, memberships=members, **both(rates["project"]))
        clockify.add("tasks", id=key, project_id=key, **both(rates["task"]))
        clockify.entry(
            "2026-03-02T08:00:00Z",
            "2026-03-02T10:00:00Z",
            key,
            id=key,
            workspace_id=key,
            project_id=key,
            task_id=key,
            billable=True,
            **both(rates["entry"]),
        )
        money = Decimal(first + 1)
        expected[key] = (*(RATE_LEVELS[first : first + 1] * 2), money, 2 * money, 2 * money)
    expected[str(len(RATE_LEVELS))] = ("unrated", "unrated", None, None, None)
    columns = "rate_source, cost_rate_source, rate, revenue, cost"
    assert facts(clockify, columns) == expected


def test_member_rate_listed_by_the_workspace_only(clockify: Clockify) -> None:
    clockify.user("ann", memberships=None)
    member = {"userId": "ann", "targetId": "w", "membershipType": "WORKSPACE"}
    clockify.add("workspaces", id="w", memberships=[member | {"hourlyRate": rate(4200)}])
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", workspace_id="w")
    assert fact(clockify, "rate, rate_source") == (Decimal(42), "member")


def test_zero_is_a_rate_except_the_workspaces(clockify: Clockify) -> None:
    """A workspace always sends a rate object; 0 there means none. A project rate of 0 is work for free."""
    clockify.user()
    clockify.add("workspaces", id="w", hourly_rate=rate(0), cost_rate=rate(0))
    clockify.add("projects", id="free", hourly_rate=rate(0))
    times = ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    clockify.entry(*times, id="a", workspace_id="w", billable=True)
    clockify.entry(*times, id="b", workspace_id="w", project_id="free", billable=True)
    assert facts(clockify, "revenue, rate_source") == {
        "a": (None, "unrated"),
        "b": (Decimal(0), "project"),
    }


def test_minor_units_by_currency(clockify: Clockify) -> None:
    """4500 minor units for 2 h: 90 EUR, 9,000 JPY, 9 KWD."""
    cases = {"EUR": "45", "JPY": "4500", "KRW": "4500", "KWD": "4.5", "BHD": "4.5", None: "45"}
    clockify.user()
    for currency in cases:
        clockify.entry(
            "2026-03-02T08:00:00Z",
            "2026-03-02T10:00:00Z",
            id=str(currency),
            billable=True,
            hourly_rate=rate(4500, currency),
        )
    assert facts(clockify, "rate, revenue, currency") == {
        str(currency): (Decimal(major), 2 * Decimal(major), currency)
        for currency, major in cases.items()
    }


def test_a_rate_without_currency_has_the_clients(clockify: Clockify) -> None:
    clockify.user()
    clockify.add("clients", id="c", currency_code="JPY")
    clockify.add("projects", id="p", client_id="c", hourly_rate=rate(4500, None))
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", project_id="p", billable=True)
    assert fact(clockify, "revenue, currency") == (Decimal(4500), "JPY")


def test_no_profit_across_currencies(clockify: Clockify) -> None:
    clockify.user()
    clockify.entry(
        "2026-03-02T08:00:00Z",
        "2026-03-02T09:00:00Z",
        billable=True,
        hourly_rate=rate(5000, "EUR"),
        cost_rate=rate(3000, "USD"),
    )
    row = fact(clockify, "revenue, currency, cost, cost_currency, profit")
    assert row == (Decimal(50), "EUR", Decimal(30), "USD", None)


@pytest.mark.parametrize(
    ("mode", "minutes", "rounded"),
    [("none", 15, 500), ("up", 15, 900), ("down", 15, 0), ("nearest", 15, 900), ("nearest", 20, 0)],
)
def test_rounding(clockify: Clockify, mode: str, minutes: int, rounded: int) -> None:
    """500 s: up to 900, down to 0, nearest quarter 900 (450 is half a step), nearest third of an hour 0."""
    clockify.user()
    clockify.entry(
        "2026-03-02T08:00:00Z",
        "2026-03-02T08:08:20Z",
        billable=True,
        hourly_rate=rate(3600),
    )
    chosen = settings({"time_tracking": {"rounding": {"mode": mode, "minutes": minutes}}})
    row = fact(clockify, "seconds, seconds_rounded, revenue", settings=chosen)
    assert row == (500, rounded, Decimal(rounded) / 100)


def test_names_of_what_was_deleted_and_owners_who_vanished(clockify: Clockify) -> None:
    """Gone users, projects, clients and tasks keep their names, and a gone project still has its rate."""
    clockify.add("users_deleted", id="old", name="Olav", settings={"timeZone": "Europe/Oslo"})
    clockify.add("clients_deleted", id="c", name="Acme")
    clockify.add("projects_deleted", id="p", name="Billing", client_id="c", hourly_rate=rate(1000))
    clockify.add("tasks_deleted", id="t", name="Totals")
    clockify.entry(
        "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", "old", project_id="p", task_id="t"
    )
    row = fact(
        clockify,
        "owner_missing, user_name, project_name, client_name, task_name, time_zone, rate_source",
    )
    assert row == (True, "Olav", "Billing", "Acme", "Totals", "Europe/Oslo", "project")


def test_a_deactivated_owner_is_not_missing(clockify: Clockify) -> None:
    clockify.user("ann", status="DELETED")
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    assert fact(clockify, "owner_missing, hours") == (False, 1.0)


def test_a_record_that_came_back_counts_once(clockify: Clockify) -> None:
    clockify.user("ann", name="Ann")
    clockify.add("users_deleted", id="ann", name="Ann before")
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    assert fact(clockify, "user_name, owner_missing") == ("Ann", False)


def test_breaks_and_leave_have_hours_but_are_no_work(clockify: Clockify) -> None:
    clockify.user()
    kinds = ("BREAK", "HOLIDAY", "TIME_OFF")
    for kind in kinds:
        clockify.entry(
            "2026-03-02T08:00:00Z",
            "2026-03-02T09:00:00Z",
            id=kind,
            type=kind,
            cost_rate=rate(100),
        )
    expected = dict.fromkeys(kinds, (1.0, False, None, None))
    assert facts(clockify, "hours, is_work, cost, revenue") == expected


def test_deleted_entries_do_not_count(clockify: Clockify) -> None:
    clockify.user()
    clockify.add(
        "time_entries_deleted", user_id="ann", time_interval={"start": "2026-03-02T08:00:00Z"}
    )
    clockify.compute("time_entry_facts")
    assert clockify.rows("SELECT * FROM time_tracking.time_entry_facts") == []
