"""Our sums beside Clockify's summary report, and the reasons for which they may differ."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, rate
from pipelines_tests.support.tables import insert

APRIL_2 = datetime(2026, 4, 2, tzinfo=timezone.utc)


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user("ann")
    made.add("projects", id="p", hourly_rate=rate(10_000), currency={"code": "EUR"})
    return made


def told(clockify: Clockify, user_id: str, seconds: int, amount: float | None = None) -> None:
    """A row of the report for March."""
    row = {
        "month_start": "2026-03-01T00:00:00Z",
        "user_id": user_id,
        "project_id": "p",
        "duration": seconds,
        "amount": amount,
        "currency": "EUR",
    }
    insert(clockify.connection, "clockify.summary_report", [row])


def differences(clockify: Clockify, kind: str, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute("report_differences", **{"as_of": APRIL_2} | compute)
    return clockify.rows(
        "SELECT id, clockify_value, our_value, difference, reason FROM time_tracking.report_differences "
        f"WHERE kind = '{kind}' ORDER BY ALL"
    )


def log(clockify: Clockify, end: str, user_id: str = "ann", **row: Any) -> None:
    """Work on the last day of March, from midnight UTC."""
    values: dict[str, Any] = {"project_id": "p"}
    clockify.entry("2026-03-31T00:00:00Z", f"2026-03-31T{end}Z", user_id, **values | row)


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (39_600, None),
        (28_800, "breaks_and_leave"),
        (37_800, "breaks"),
        (30_600, "leave"),
        (39_599, "unexplained"),
    ],
)
def test_breaks_and_leave_that_a_report_leaves_out(
    clockify: Clockify, seconds: int, reason: str | None
) -> None:
    """8 h of work, half an hour of a break, 2.5 h of leave: 11 h."""
    log(clockify, "08:00:00")
    log(clockify, "00:30:00", type="BREAK")
    log(clockify, "02:30:00", type="TIME_OFF")
    told(clockify, "ann", seconds)
    expected = ("ann", seconds / 3600, 11.0, (seconds - 39_600) / 3600, reason)
    assert differences(clockify, "person") == [expected]


def test_months_are_cut_in_utc_and_running_timers_are_in_neither(clockify: Clockify) -> None:
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    clockify.entry("2026-02-28T23:30:00Z", "2026-03-01T00:30:00Z")
    clockify.entry("2026-03-31T23:30:00Z", "2026-04-01T00:30:00Z")
    clockify.entry("2026-03-31T23:45:00Z", None)
    told(clockify, "ann", 3600)
    assert differences(clockify, "person") == [("ann", 1.0, 1.0, 0.0, None)]


def test_rounding_of_the_report(clockify: Clockify) -> None:
    """Two entries of 20 minutes are half an hour each where the workspace rounds up to quarters."""
    rounds = {
        "timeRoundingInReports": True,
        "round": {"round": "Round up to", "minutes": "15"},
    }
    clockify.add("workspaces", id="w", workspace_settings=rounds)
    for _ in range(2):
        log(clockify, "00:20:00", billable=True, hourly_rate=rate(10_000))
    told(clockify, "ann", 3600, 10_000)
    assert [row[-1] for row in differences(clockify, "person")] == ["rounding"]
    assert [row[-1] for row in differences(clockify, "project")] == ["rounding"]


def test_people_that_only_one_side_knows(clockify: Clockify) -> None:
    """Bob's entries are in no list that the key may see; Eve was removed from the workspace."""
    log(clockify, "01:00:00", "eve")
    told(clockify, "bob", 7200)
    assert differences(clockify, "person") == [
        ("bob", 2.0, 0.0, 2.0, "person_not_read"),
        ("eve", 0.0, 1.0, -1.0, "person_removed"),
    ]


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (30_000, None),
        (30_001, None),
        (20_000, "looked_up_rates"),
        (30_500, "unexplained"),
    ],
)
def test_amounts_of_a_project(clockify: Clockify, amount: float, reason: str | None) -> None:
    """2 h at the entry's own 100 and 1 h at the project's; a hundredth is the rounding of entries."""
    log(clockify, "02:00:00", billable=True, hourly_rate=rate(10_000))
    log(clockify, "01:00:00", billable=True)
    log(clockify, "05:00:00")
    told(clockify, "ann", 0, amount)
    rows = differences(clockify, "project")
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("p", amount / 100, 300.0, reason)
    ]


def test_without_the_report_or_before_the_month_is_over_nothing_is_compared(
    clockify: Clockify,
) -> None:
    log(clockify, "02:00:00", billable=True)
    assert differences(clockify, "person") == []
    told(clockify, "ann", 1)
    march_31 = datetime(2026, 3, 31, 23, tzinfo=timezone.utc)
    assert differences(clockify, "person", as_of=march_31) == []


def test_amounts_that_the_key_may_not_see_are_no_difference(clockify: Clockify) -> None:
    log(clockify, "02:00:00", billable=True)
    told(clockify, "ann", 7200, None)
    assert differences(clockify, "project") == []
    assert [row[-1] for row in differences(clockify, "person")] == [None]


@pytest.mark.parametrize(("day", "count"), [("2026-03-01", 1), ("2026-03-02", 0)])
def test_a_month_that_was_not_read_from_its_first_day_is_not_compared(
    clockify: Clockify, day: str, count: int
) -> None:
    con = clockify.connection
    con.execute("CREATE SCHEMA IF NOT EXISTS _pipelines")
    con.execute(
        "CREATE TABLE _pipelines.days_read AS "
        f"SELECT 'clockify' AS namespace, 'time_entries' AS stream, DATE '{day}' AS day"
    )
    told(clockify, "ann", 3600)
    assert len(differences(clockify, "person")) == count
