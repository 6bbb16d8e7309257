"""Entries cut at local midnights, and their sums by day and project."""

from __future__ import annotations

from datetime import date, datetime, timezone

from pipelines_tests.metrics.time_tracking.support import Clockify

# Zone, start, end, and the hours by local date, worked out by hand.
NIGHTS: list[tuple[str, str, str, dict[str, float]]] = [
    # An ordinary night: 22:00 to 06:00.
    ("UTC", "2026-03-02T22:00:00Z", "2026-03-03T06:00:00Z", {"2026-03-02": 2, "2026-03-03": 6}),
    # Oslo loses 02:00-03:00 on 2026-03-29: 22:00 to 06:00 is 7 h.
    (
        "Europe/Oslo",
        "2026-03-28T21:00:00Z",
        "2026-03-29T04:00:00Z",
        {"2026-03-28": 2, "2026-03-29": 5},
    ),
    # Oslo has 02:00-03:00 twice on 2026-10-25: 22:00 to 06:00 is 9 h.
    (
        "Europe/Oslo",
        "2026-10-24T20:00:00Z",
        "2026-10-25T05:00:00Z",
        {"2026-10-24": 2, "2026-10-25": 7},
    ),
    # New York loses an hour on 2026-03-08: 22:00 to 06:00 is 7 h.
    (
        "America/New_York",
        "2026-03-08T03:00:00Z",
        "2026-03-08T10:00:00Z",
        {"2026-03-07": 2, "2026-03-08": 5},
    ),
    # New York gains one on 2026-11-01: 22:00 to 06:00 is 9 h.
    (
        "America/New_York",
        "2026-11-01T02:00:00Z",
        "2026-11-01T11:00:00Z",
        {"2026-10-31": 2, "2026-11-01": 7},
    ),
    # The Azores put the clock back from 01:00 to 00:00: that day has 25 hours.
    (
        "Atlantic/Azores",
        "2026-10-24T23:00:00Z",
        "2026-10-26T02:00:00Z",
        {"2026-10-24": 1, "2026-10-25": 25, "2026-10-26": 1},
    ),
    # Three days in a zone of half hours.
    (
        "Asia/Kolkata",
        "2026-03-01T17:30:00Z",
        "2026-03-03T19:00:00Z",
        {"2026-03-01": 1, "2026-03-02": 24, "2026-03-03": 24, "2026-03-04": 0.5},
    ),
    # Ending at midnight does not touch the next day.
    ("UTC", "2026-03-02T22:00:00Z", "2026-03-03T00:00:00Z", {"2026-03-02": 2}),
    # No length: one row of nothing.
    ("UTC", "2026-03-02T22:00:00Z", "2026-03-02T22:00:00Z", {"2026-03-02": 0}),
]


def test_cut_at_local_midnights() -> None:
    clockify = Clockify()
    for number, (zone, start, end, _) in enumerate(NIGHTS):
        clockify.user(f"user {number}", zone)
        clockify.entry(start, end, f"user {number}")
    clockify.compute("time_entry_days")
    rows = clockify.rows(
        "SELECT user_id, local_date::VARCHAR, hours FROM time_tracking.time_entry_days ORDER BY ALL"
    )
    assert rows == [
        (f"user {number}", day, hours)
        for number, (_, _, _, days) in enumerate(NIGHTS)
        for day, hours in days.items()
    ]


def test_running_and_negative_entries_have_no_days() -> None:
    clockify = Clockify()
    clockify.user()
    clockify.entry("2026-03-02T22:00:00Z", None)
    clockify.entry("2026-03-02T22:00:00Z", "2026-03-02T21:00:00Z")
    clockify.compute("time_entry_days")
    assert clockify.rows("SELECT * FROM time_tracking.time_entry_days") == []


def test_daily_hours_by_kind() -> None:
    """Work 3 h (2 billable) and a break of 0.5 h on p; 1 h without project; 8 h of time off."""
    clockify = Clockify()
    clockify.user()
    day = "2026-03-02T"
    clockify.entry(day + "08:00:00Z", day + "10:00:00Z", project_id="p", billable=True)
    clockify.entry(day + "10:00:00Z", day + "11:00:00Z", project_id="p")
    clockify.entry(
        day + "11:00:00Z", day + "11:30:00Z", project_id="p", type="BREAK", billable=True
    )
    clockify.entry(day + "12:00:00Z", day + "13:00:00Z")
    clockify.entry("2026-03-03T08:00:00Z", "2026-03-03T16:00:00Z", type="TIME_OFF")
    clockify.compute("time_daily")
    rows = clockify.rows("SELECT * EXCLUDE (user_id) FROM time_tracking.time_daily ORDER BY 1, 2")
    assert rows == [
        (date(2026, 3, 2), "p", 3.0, 2.0, 0.5, 0.0, 0.0, 0.0, 3),
        (date(2026, 3, 2), None, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1),
        (date(2026, 3, 3), None, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 1),
    ]


def test_a_running_timer_is_no_work_but_visible() -> None:
    """Running since 22:30 in Oslo, it is 01:00 now: 1.5 h yesterday, 1 h today."""
    clockify = Clockify()
    clockify.user("ann", "Europe/Oslo")
    clockify.entry("2026-03-02T21:30:00Z", None, project_id="p")
    clockify.compute("time_daily", as_of=datetime(2026, 3, 3, 0, 0, tzinfo=timezone.utc))
    rows = clockify.rows(
        "SELECT local_date, tracked_hours, running_hours, entries FROM time_tracking.time_daily ORDER BY 1"
    )
    assert rows == [(date(2026, 3, 2), 0.0, 1.5, 1), (date(2026, 3, 3), 0.0, 1.0, 1)]


def test_a_timer_started_after_now_does_not_exist_yet() -> None:
    clockify = Clockify()
    clockify.user()
    clockify.entry("2026-03-02T21:30:00Z", None)
    clockify.compute("time_daily", as_of=datetime(2026, 3, 1, tzinfo=timezone.utc))
    assert clockify.rows("FROM time_tracking.time_daily") == []
