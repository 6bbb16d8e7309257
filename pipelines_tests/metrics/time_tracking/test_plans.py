"""Plans, load, submitted timesheets and teams, each with an example that was calculated by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, settings

# 2026-03-02 is a Monday.
MONDAY = date(2026, 3, 2)
WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=timezone.utc)
SEEN = "2026-03-01T00:00:00Z"


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user(_first_seen_at=SEEN)
    return made


def log(clockify: Clockify, day: int, hours: float, user_id: str = "ann", **row: Any) -> str:
    start = datetime(2026, 3, day, 7, tzinfo=timezone.utc)
    end = start + timedelta(hours=hours)
    return clockify.entry(start.isoformat(), end.isoformat(), user_id, **row)


def assign(clockify: Clockify, hours: float, first: int = 2, last: int = 6, **row: Any) -> str:
    """So many hours a day in March 2026, of project p."""
    period = {
        "start": f"2026-03-{first:02}T00:00:00Z",
        "end": f"2026-03-{last:02}T23:59:59.999Z",
    }
    values = {"user_id": "ann", "project_id": "p", "hours_per_day": hours, "period": period}
    return clockify.add("scheduling_assignments", **values | row)


def publish(clockify: Clockify, hours: dict[int, float], user_id: str = "ann") -> None:
    """The published hours of days of March 2026."""
    totals = [
        {"date": f"2026-03-{day:02}T00:00:00Z", "totalHours": total} for day, total in hours.items()
    ]
    clockify.connection.execute(
        "INSERT INTO clockify.scheduling_totals (user_id, total_hours_per_day) VALUES (?, ?)",
        [user_id, str(totals).replace("'", '"')],
    )


def schedule(clockify: Clockify, columns: str = "project_id, scheduled_hours, draft_hours, is_published_known", **compute: Any) -> list[tuple[Any, ...]]:  # fmt: skip
    clockify.compute("schedule_weekly", **{"as_of": WEDNESDAY} | compute)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.schedule_weekly ORDER BY ALL")


WEEK = range(2, 7)


def test_a_plan_a_draft_and_what_was_tracked(clockify: Clockify) -> None:
    """4 h a day published, 2 h a day beside it in a draft; 15 h tracked: 20, 10, and 5 less than planned."""
    clockify.add("projects", id="p", name="Shop")
    assign(clockify, 4)
    assign(clockify, 2)
    publish(clockify, dict.fromkeys(WEEK, 4.0))
    for day in (2, 3):
        log(clockify, day, 7.5, project_id="p")
    log(clockify, 3, 1)
    columns = "project_name, scheduled_hours, draft_hours, tracked_hours, difference_hours"
    assert schedule(clockify, columns) == [("Shop", 20, 10, 15, -5), (None, 0, 0, 1, 1)]


def test_hours_count_on_the_persons_working_days_only(clockify: Clockify) -> None:
    """From Friday to Tuesday: Friday, Monday, Tuesday; of somebody unknown, and backwards, nothing."""
    assign(clockify, 5, 6, 10)
    assign(clockify, 5, user_id="nobody")
    assign(clockify, 5, 6, 2)
    publish(clockify, {6: 5.0, 9: 5.0, 10: 5.0})
    columns = "day(week_start), scheduled_hours, is_published_known"
    assert schedule(clockify, columns) == [(2, 5, True), (9, 10, True)]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        pytest.param(6.0, [("p", 20, 0, True), ("q", 10, 0, True)], id="both"),
        pytest.param(0.0, [("p", 0, 20, True), ("q", 0, 10, True)], id="neither"),
        pytest.param(4.0, [("p", 20, 0, True), ("q", 0, 10, True)], id="the larger"),
        pytest.param(2.0, [("p", 0, 20, True), ("q", 10, 0, True)], id="the smaller"),
    ],
)
def test_drafts_are_told_by_the_only_combination_that_fits(
    clockify: Clockify, published: float, expected: list[tuple[Any, ...]]
) -> None:
    assign(clockify, 4)
    assign(clockify, 2, project_id="q")
    publish(clockify, dict.fromkeys(WEEK, published))
    assert schedule(clockify) == expected


def test_two_that_are_alike_are_told_apart_by_a_day_that_only_one_has(clockify: Clockify) -> None:
    """Both take 4 h; on Friday only q does, and nothing is published there."""
    assign(clockify, 4, 2, 5)
    assign(clockify, 4, 2, 6, project_id="q")
    publish(clockify, dict.fromkeys(range(2, 6), 4.0))
    assert schedule(clockify) == [("p", 16, 0, True), ("q", 0, 20, True)]


def test_what_cannot_be_told_counts_as_published_and_says_so(clockify: Clockify) -> None:
    """Two alike of which one is published; and a person of whom no totals were read."""
    assign(clockify, 4)
    assign(clockify, 4, project_id="q")
    publish(clockify, dict.fromkeys(WEEK, 4.0))
    clockify.user("bob", _first_seen_at=SEEN)
    assign(clockify, 3, user_id="bob", project_id="r")
    assert schedule(clockify) == [
        ("p", 20, 0, False),
        ("q", 20, 0, False),
        ("r", 15, 0, False),
    ]


def test_days_of_leave_tell_nothing_of_drafts(clockify: Clockify) -> None:
    """Nothing is published on Monday, which is a holiday: the plan of the week is published all the same."""
    period = {"startDate": "2026-03-02", "endDate": "2026-03-02"}
    clockify.add("holidays", date_period=period, everyone_including_new=True)
    assign(clockify, 4)
    publish(clockify, dict.fromkeys(range(3, 7), 4.0))
    assert schedule(clockify) == [("p", 20, 0, True)]


def test_load_is_published_plans_of_net_capacity(clockify: Clockify) -> None:
    """40 h, a holiday, 28 h planned: net 32, load 87.5 %, free 4. The week after next is free; 27 weeks in all."""
    period = {"startDate": "2026-03-13", "endDate": "2026-03-13"}
    clockify.add("holidays", date_period=period, everyone_including_new=True)
    assign(clockify, 7, 9, 12)
    assign(clockify, 3, 9, 12)
    publish(clockify, dict.fromkeys(range(9, 13), 7.0))
    left = {"membershipType": "WORKSPACE", "membershipStatus": "INACTIVE"}
    clockify.user("left", memberships=[left])
    log(clockify, 2, 8, "left")
    clockify.compute("load_weekly", as_of=WEDNESDAY)
    columns = "scheduled_hours, draft_hours, leave_hours, net_capacity_hours, load_pct, free_hours"
    rows = clockify.rows(
        f"SELECT user_id, week_start, {columns} FROM time_tracking.load_weekly ORDER BY 1, 2"
    )
    assert rows[:3] == [
        ("ann", MONDAY, 0, 0, 0, 40, 0, 40),
        ("ann", MONDAY + timedelta(7), 28, 12, 8, 32, 87.5, 4),
        ("ann", MONDAY + timedelta(14), 0, 0, 0, 40, 0, 40),
    ]
    assert len(rows) == 27


def approval(clockify: Clockify, state: str, first: int, user_id: str = "ann", **row: Any) -> None:
    """A week's timesheet, from a day of March 2026 in Oslo on."""
    start = datetime(2026, 3, first, tzinfo=timezone.utc) - timedelta(hours=1)
    request = {
        "owner": {"userId": user_id, "userName": user_id.title(), "timeZone": "Europe/Oslo"},
        "dateRange": {
            "start": start.isoformat(),
            "end": (start + timedelta(days=7, seconds=-1)).isoformat(),
        },
        "status": {"state": state, "updatedAt": row.pop("updated", "2026-03-10T08:00:00Z")},
    }
    clockify.add("approval_requests", approval_request=request | row)


def submissions(clockify: Clockify, columns: str = "user_id, day(period_start), status", **compute: Any) -> list[tuple[Any, ...]]:  # fmt: skip
    as_of = datetime(2026, 3, 17, 12, tzinfo=timezone.utc)
    clockify.compute("timesheet_submissions", **{"as_of": as_of} | compute)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.timesheet_submissions ORDER BY ALL")


def test_who_has_not_submitted(clockify: Clockify) -> None:
    """Ann's first week is approved; Bob submitted neither week, Ann not the second; expenses are no timesheet."""
    for user_id in ("bob", "owner"):
        clockify.user(user_id, _first_seen_at=SEEN)
    approval(clockify, "APPROVED", 2)
    approval(clockify, "APPROVED", 9, type="EXPENSE")
    log(clockify, 3, 6)
    log(clockify, 10, 5, "bob")
    owner = settings({"time_tracking": {"not_logging": ["owner"]}})
    columns = "user_id, day(period_start), period_end - period_start, status, tracked_hours"
    assert submissions(clockify, columns, settings=owner) == [
        ("ann", 2, 6, "approved", 6),
        ("ann", 9, 6, "not_submitted", 0),
        ("bob", 2, 6, "not_submitted", 0),
        ("bob", 9, 6, "not_submitted", 5),
    ]


def test_the_last_word_on_a_period_counts(clockify: Clockify) -> None:
    approval(clockify, "WITHDRAWN_SUBMISSION", 2, updated="2026-03-10T08:00:00Z")
    approval(clockify, "REJECTED", 2, updated="2026-03-11T08:00:00Z")
    approval(clockify, "WITHDRAWN_APPROVAL", 9)
    approval(clockify, "PENDING", 9, "gone", type="TIMESHEET_AND_EXPENSE")
    assert submissions(clockify) == [
        ("ann", 2, "rejected"),
        ("ann", 9, "withdrawn"),
        ("gone", 9, "pending"),
    ]


def test_a_week_off_is_missed_by_nobody_and_without_approvals_nothing_is(
    clockify: Clockify,
) -> None:
    assert submissions(clockify) == []
    clockify.user("bob", _first_seen_at=SEEN)
    approval(clockify, "APPROVED", 2)
    approval(clockify, "APPROVED", 9)
    for day in (2, 3, 4, 5, 6):
        log(clockify, day, 8, "bob", type="TIME_OFF")
    assert submissions(clockify) == [
        ("ann", 2, "approved"),
        ("ann", 9, "approved"),
        ("bob", 9, "not_submitted"),
    ]


def test_hours_of_entries_that_changed_after_approval(clockify: Clockify) -> None:
    """Two entries of the approved week, one of them read with other values days later."""
    approval(clockify, "APPROVED", 2)
    known: dict[str, Any] = {"is_locked": True, "_first_seen_at": "2026-03-06T20:00:00Z"}
    log(clockify, 3, 6, **known, _extracted_at="2026-03-06T20:00:00Z")
    log(clockify, 4, 2.5, **known, _extracted_at="2026-03-14T20:00:00Z")
    columns = "day(period_start), changed_after_approval_hours"
    assert submissions(clockify, columns) == [(2, 2.5), (9, 0)]


def test_teams_are_sums_of_their_people_and_overlap(clockify: Clockify) -> None:
    """Two people with 40 h track 40 and 20 h: 75 %. Ann is in both groups; who has no row counts in none."""
    clockify.user("bob", _first_seen_at=SEEN)
    clockify.add("user_groups", id="all", name="All", user_ids=["ann", "bob", "gone", "ann"])
    clockify.add("user_groups", id="one", name="One", user_ids=["ann"])
    clockify.add("user_groups", id="none", name="None", user_ids=[])
    for day in WEEK:
        log(clockify, day, 8)
        log(clockify, day, 4, "bob", billable=True)
    clockify.compute("team_weekly", as_of=datetime(2026, 3, 9, tzinfo=timezone.utc))
    rows = clockify.rows(
        "SELECT group_name, people, capacity_hours, tracked_hours, billable_hours, utilization_pct, undertime_hours "
        "FROM time_tracking.team_weekly WHERE week_start = '2026-03-02' ORDER BY 1"
    )
    assert rows == [("All", 2, 80, 60, 20, 75, 20), ("One", 1, 40, 40, 0, 100, 0)]
