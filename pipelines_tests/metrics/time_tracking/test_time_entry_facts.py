"""Hours, local dates, rates and amounts of single time entries."""

from __future__ import annotations

from datetime import date, datetime, timezone
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


TIMES = ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")


def test_zero_means_look_further_everywhere_but_on_the_entry(clockify: Clockify) -> None:
    """Recorded shapes: new projects, members and entries carry amount 0 where nobody ever set a rate.

    a: 0 everywhere: not set. b: the entry's own 45 of a project with 45. c: no rate of its own, the project's 20.
    d: 0 on the entry and the member, 50 on the project: somebody works for free. e: project 0, member 80.
    f: 0 on the entry, no project at all, the member has 80: for free.
    """
    member = {"targetId": "w", "membershipType": "WORKSPACE", "membershipStatus": "ACTIVE"}
    clockify.user("ann", memberships=[member | {"hourlyRate": rate(0)}])
    clockify.user("bob", memberships=[member | {"hourlyRate": rate(8000), "costRate": rate(3000)}])
    clockify.add("workspaces", id="w", hourly_rate=rate(0), cost_rate=rate(0))
    free = [{"userId": "ann", "hourlyRate": rate(0), "membershipType": "PROJECT"}]
    for project, amount, members in (
        ("zero", 0, []),
        ("rated", 4500, []),
        ("old", 2000, []),
        ("free", 5000, free),
    ):
        clockify.add("projects", id=project, hourly_rate=rate(amount), memberships=members)
    for key, user, project, own in (
        ("a", "ann", "zero", 0),
        ("b", "ann", "rated", 4500),
        ("c", "ann", "old", None),
        ("d", "ann", "free", 0),
        ("e", "bob", "zero", None),
        ("f", "bob", None, 0),
    ):
        money = None if own is None else rate(own)
        clockify.entry(
            *TIMES,
            user,
            id=key,
            workspace_id="w",
            project_id=project,
            billable=True,
            hourly_rate=money,
            cost_rate=rate(0),
        )
    assert facts(clockify, "revenue, rate_source, cost, cost_rate_source") == {
        "a": (None, "unrated", None, "unrated"),
        "b": (Decimal(45), "entry", None, "unrated"),
        "c": (Decimal(20), "project", None, "unrated"),
        "d": (Decimal(0), "entry", None, "unrated"),
        "e": (Decimal(80), "member", Decimal(0), "entry"),
        "f": (Decimal(0), "entry", Decimal(0), "entry"),
    }


def test_amounts_are_hundredths_of_every_currency(clockify: Clockify) -> None:
    """450000 for 2 h: 9,000 in every currency; with ISO's minor units 900,000 JPY and 900 KWD."""
    cases = {
        "EUR": "4500",
        "JPY": "450000",
        "KRW": "450000",
        "KWD": "450",
        "BHD": "450",
        None: "4500",
    }
    clockify.user()
    for currency in cases:
        clockify.entry(
            "2026-03-02T08:00:00Z",
            "2026-03-02T10:00:00Z",
            id=str(currency),
            billable=True,
            hourly_rate=rate(450000, currency),
        )
    assert facts(clockify, "rate, revenue, currency") == {
        str(currency): (Decimal(4500), Decimal(9000), currency) for currency in cases
    }
    iso = settings({"time_tracking": {"money": {"minor_units": "iso"}}})
    assert facts(clockify, "rate, revenue, currency", settings=iso) == {
        str(currency): (Decimal(major), 2 * Decimal(major), currency)
        for currency, major in cases.items()
    }


def test_rates_that_are_no_money_are_none(clockify: Clockify) -> None:
    """A text in place of a rate, and a member named twice, whose first rate counts."""
    clockify.user()
    clockify.add("workspaces", id="w", hourly_rate='"default"', cost_rate={"amount": "many"})
    members = [{"userId": "ann", "hourlyRate": money} for money in (None, rate(9000), rate(1000))]
    clockify.add("projects", id="p", hourly_rate='"default"', memberships=members)
    clockify.entry(*TIMES, id="a", workspace_id="w", billable=True)
    clockify.entry(*TIMES, id="b", workspace_id="w", project_id="p", billable=True)
    assert facts(clockify, "rate, rate_source, cost") == {
        "a": (None, "unrated", None),
        "b": (Decimal(90), "project_member", None),
    }


def test_a_rate_without_currency_has_the_clients(clockify: Clockify) -> None:
    clockify.user()
    clockify.add("clients", id="c", currency_code="JPY")
    clockify.add("projects", id="p", client_id="c", hourly_rate=rate(450000, None))
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", project_id="p", billable=True)
    assert fact(clockify, "revenue, currency") == (Decimal(4500), "JPY")


@pytest.mark.parametrize("level", ["projects", "tasks", "workspaces"])
def test_rates_of_the_past_are_those_in_force_then(clockify: Clockify, level: str) -> None:
    """106.70 rose to 112.04 on March 1st: February has the old rate, also before history began; its own rate counts."""
    clockify.user()
    ids = {"projects": "project_id", "tasks": "task_id", "workspaces": "workspace_id"}
    clockify.add(level, id="x", hourly_rate=rate(11204), cost_rate=rate(4000))
    clockify.earlier(level, "x", "2026-02-10T02:30:00Z", name="an older name")
    clockify.earlier(level, "x", "2026-03-01T02:30:00Z", hourly_rate=rate(10670))
    clockify.connection.execute(
        f"UPDATE clockify.{level}_history SET hourly_rate = ?",
        ['{"amount": 10670, "currency": "EUR"}'],
    )
    for key, day, own in (
        ("before", "2026-01-05", None),
        ("february", "2026-02-27", None),
        ("april", "2026-04-01", None),
        ("own", "2026-02-27", rate(9900)),
    ):
        clockify.entry(
            f"{day}T08:00:00Z",
            f"{day}T09:00:00Z",
            id=key,
            billable=True,
            hourly_rate=own,
            **{ids[level]: "x"},
        )
    source = {"projects": "project", "tasks": "task", "workspaces": "workspace"}[level]
    old, new = Decimal("106.70"), Decimal("112.04")
    assert facts(clockify, "revenue, rate_source, cost") == {
        "before": (old, source, Decimal(40)),
        "february": (old, source, Decimal(40)),
        "april": (new, source, Decimal(40)),
        "own": (Decimal(99), "entry", Decimal(40)),
    }


def test_member_rates_of_the_past(clockify: Clockify) -> None:
    """A member of a project at 150 until February, without a rate since; the workspace's member at 80, before 70."""

    def member(amount: int | None, **more: str) -> list[dict[str, Any]]:
        return [{"userId": "ann", "hourlyRate": amount and rate(amount), **more}]

    here = {"targetId": "w", "membershipType": "WORKSPACE"}
    clockify.user("ann", memberships=member(8000, **here))
    clockify.add("workspaces", id="w")
    clockify.add("projects", id="p", memberships=member(None))
    clockify.earlier("users", "ann", "2026-02-01T00:00:00Z", memberships=member(7000, **here))
    clockify.earlier("projects", "p", "2026-02-01T00:00:00Z", memberships=member(15000))
    for month in (1, 3):
        for project in ("p", None):
            clockify.entry(
                f"2026-{month:02d}-05T08:00:00Z",
                f"2026-{month:02d}-05T09:00:00Z",
                id=f"{month}{project or ''}",
                workspace_id="w",
                project_id=project,
                billable=True,
            )
    assert facts(clockify, "revenue, rate_source") == {
        "1p": (Decimal(150), "project_member"),
        "1": (Decimal(70), "member"),
        "3p": (Decimal(80), "member"),
        "3": (Decimal(80), "member"),
    }


def test_a_person_who_moves_does_not_move_closed_months(clockify: Clockify) -> None:
    """Ann moved from Oslo to Auckland on March 1st. 23:30 UTC on January 31st is February 1st in Oslo, 12:30 there.

    What was first read before she moved keeps Oslo's days, what was read later has Auckland's.
    """
    clockify.user("ann", "Pacific/Auckland")
    clockify.earlier("users", "ann", "2026-03-01T00:00:00Z", settings={"timeZone": "Europe/Oslo"})
    for key, day, read in (
        ("old", "2026-01-31T12:30:00Z", "2026-02-01T02:30:00Z"),
        ("late", "2026-01-31T12:30:00Z", "2026-03-05T02:30:00Z"),
        ("new", "2026-03-04T12:30:00Z", "2026-03-05T02:30:00Z"),
    ):
        end = day.replace(":30:00Z", ":45:00Z")
        clockify.entry(day, end, id=key, _first_seen_at=read)
    assert facts(clockify, "time_zone, local_date") == {
        "old": ("Europe/Oslo", date(2026, 1, 31)),
        "late": ("Pacific/Auckland", date(2026, 2, 1)),
        "new": ("Pacific/Auckland", date(2026, 3, 5)),
    }


def test_profit_is_rounded_once(clockify: Clockify) -> None:
    """One second at 1.00 and at a cost of 0.50: 0.0003 - 0.0001 would be 0.0002, the truth is 0.00013888."""
    clockify.user()
    clockify.entry(
        "2026-03-02T08:00:00Z",
        "2026-03-02T08:00:01Z",
        billable=True,
        hourly_rate=rate(100),
        cost_rate=rate(50),
    )
    assert fact(clockify, "revenue, cost, profit") == tuple(
        map(Decimal, ("0.0003", "0.0001", "0.0001"))
    )


def test_as_of_governs(clockify: Clockify) -> None:
    """As of 09:00 an entry from 08:00 to 10:05:30 is running, one of 09:30 does not exist; at 10:05:30 it has ended."""
    clockify.user()
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T10:05:30Z", id="a", billable=True)
    clockify.entry("2026-03-02T09:30:00Z", "2026-03-02T09:40:00Z", id="b", type="BREAK")
    nine = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
    columns = "is_running, ended_at, hours, hours_reason, is_work"
    assert facts(clockify, columns, as_of=nine) == {"a": (True, None, None, "running", False)}
    end = datetime(2026, 3, 2, 10, 5, 30, tzinfo=timezone.utc)
    assert facts(clockify, "is_running, ended_at, seconds", as_of=end) == {
        "a": (False, end, 7530),
        "b": (False, datetime(2026, 3, 2, 9, 40, tzinfo=timezone.utc), 600),
    }


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        # Offsets, as the reports host writes them, with and without a colon.
        ({"start": "2026-03-02T19:29:15+02:00", "end": "2026-03-02T19:29:19+02:00"}, (4, None)),
        ({"start": "2026-03-02T08:00:00+0200", "end": "2026-03-02T09:00:00+0200"}, (3600, None)),
        ({"start": "2026-03-02T08:00:36.844Z", "end": "2026-03-02T08:30:36.844Z"}, (1800, None)),
        # Only a duration: days, minutes above 59, weeks, fractions; text without letters is milliseconds.
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "P1DT2H"}, (93600, None)),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "PT90M"}, (5400, None)),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "P1W"}, (604800, None)),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "PT36.844S"}, (36, None)),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "60000"}, (60, None)),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": 60}, (60, None)),
        # A timer that runs: nothing, empty text, or a duration of 0 without an end.
        ({"start": "2026-03-02T00:00:00Z"}, (None, "running")),
        ({"start": "2026-03-02T00:00:00Z", "end": "", "duration": ""}, (None, "running")),
        ({"start": "2026-03-02T00:00:00Z", "end": None, "duration": "PT0S"}, (None, "running")),
        # Nothing to be made of.
        ({"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T09:00:00Z"}, (None, "negative")),
        (
            {"start": "2026-03-02T00:00:00Z", "end": None, "duration": "PT-2H"},
            (None, "no_interval"),
        ),
        ({"start": "2026-03-02T00:00:00Z", "end": "soon"}, (None, "no_interval")),
        ({"start": None}, (None, "no_interval")),
        (None, (None, "no_interval")),
        # A start at the beginning of computers' time: 56 years.
        ({"start": "1970-01-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}, (None, "implausible")),
        # An end a century away has not come yet.
        ({"start": "2026-03-02T00:00:00Z", "end": "2126-03-02T00:00:00Z"}, (None, "running")),
    ],
)
def test_intervals_as_they_were_recorded(
    clockify: Clockify, interval: dict[str, Any] | None, expected: tuple[int | None, str | None]
) -> None:
    clockify.user()
    clockify.add(
        "time_entries",
        id="a",
        user_id="ann",
        billable=True,
        hourly_rate=rate(6000),
        time_interval=interval,
    )
    assert fact(clockify, "seconds, hours_reason") == expected
    if expected[0] is None:
        assert fact(clockify, "revenue, is_work") == (None, False)


def test_somebody_may_say_that_long_entries_are_right(clockify: Clockify) -> None:
    """1,000 h are implausible; not where the settings allow 2,000."""
    clockify.user()
    clockify.entry(
        "2026-01-01T00:00:00Z", "2026-02-11T16:00:00Z", billable=True, hourly_rate=rate(100)
    )
    assert fact(clockify, "hours, revenue") == (None, None)
    chosen = settings({"time_tracking": {"quality": {"implausible_hours": 2000.0}}})
    assert fact(clockify, "hours, revenue", settings=chosen) == (1000.0, Decimal(1000))


@pytest.mark.parametrize(
    ("rule", "in_reports", "rounded"),
    [
        ({"round": "Round to nearest", "minutes": "15"}, 900, 900),
        ({"round": "Round up", "minutes": "6"}, 720, 720),
        ({"round": "Round down", "minutes": "6"}, 360, 360),
        ({"round": "Round somehow", "minutes": "6"}, 500, 500),
        (None, 500, 500),
    ],
)
def test_rounding_as_the_workspace_has_it(
    clockify: Clockify, rule: dict[str, str] | None, in_reports: int, rounded: int
) -> None:
    """500 s: told in any case, applied where the settings say so; not where its reports do not round."""
    clockify.user()
    clockify.entry("2026-03-02T08:00:00Z", "2026-03-02T08:08:20Z")
    told = {"timeRoundingInReports": True, "round": rule}
    clockify.add("workspaces", id="w", workspace_settings=told)
    columns = "seconds, seconds_in_reports, seconds_rounded"
    assert fact(clockify, columns) == (500, in_reports, 500)
    chosen = settings({"time_tracking": {"rounding": {"mode": "workspace"}}})
    assert fact(clockify, columns, settings=chosen) == (500, in_reports, rounded)
    clockify.connection.execute(
        "UPDATE clockify.workspaces SET workspace_settings = ?",
        ['{"timeRoundingInReports": false, "round": {"round": "Round up", "minutes": "15"}}'],
    )
    assert fact(clockify, columns, settings=chosen) == (500, 500, 500)


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
