"""Budgets of projects over their cycles, and estimates of tasks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.time_tracking.local_days import WEEKDAYS
from pipelines_tests.metrics.time_tracking.support import Clockify, rate
from pipelines_tests.metrics.time_tracking.support import settings as toml

JUNE_11 = datetime(2026, 6, 11, 9, tzinfo=timezone.utc)


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    return made


def log(clockify: Clockify, day: str, hours: float, **row: Any) -> None:
    """Work of so many hours from midnight UTC on a day."""
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    end = datetime.fromtimestamp(start.timestamp() + hours * 3600, timezone.utc)
    clockify.entry(start.isoformat(), end.isoformat(), **{"project_id": "p"} | row)


def hours_budget(estimate: str, reset: str | None = "MONTHLY", **more: Any) -> dict[str, Any]:
    figure = {"estimate": estimate, "type": "MANUAL", "resetOption": reset, "active": True}
    return {"includeNonBillable": True} | figure | more


def budget(clockify: Clockify, columns: str, as_of: datetime = JUNE_11) -> list[tuple[Any, ...]]:
    clockify.compute("project_budget", as_of=as_of)
    return clockify.rows(f"SELECT {columns} FROM time_tracking.project_budget ORDER BY cycle_start")


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        # 15 h on 8 working days: 1.875 h each; 13 are left: 15 + 24.375 = 39.375 of 60 h.
        (15, (15.0, 25.0, 45.0, 10, 8, 13, 1.875, 65.625, None, "lasts_the_cycle")),
        # 30 h: 3.75 h each; the other 30 h take 8 days, of which the 8th after the 11th is Tuesday the 23rd.
        (30, (30.0, 50.0, 30.0, 10, 8, 13, 3.75, 131.25, date(2026, 6, 23), None)),
        (0, (0.0, 0.0, 60.0, 10, 8, 13, 0.0, 0.0, None, "no_use")),
    ],
)
def test_run_rate_of_a_month(clockify: Clockify, used: int, expected: tuple[Any, ...]) -> None:
    """60 h a month; on Thursday, June 11th, 8 working days are over and 13 come after it."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H"))
    for day in range(1, used // 5 + 1):
        log(clockify, f"2026-06-{day:02d}", 5)
    columns = """
        used, used_pct, remaining, elapsed_days, working_days_over, working_days_left, run_rate_per_day, forecast_pct,
        exhaustion_date, exhaustion_date_reason
    """
    assert budget(clockify, columns) == [expected]


def test_first_day_has_no_run_rate(clockify: Clockify) -> None:
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H"))
    log(clockify, "2026-06-01", 2)
    columns = "used, elapsed_days, run_rate_per_day, forecast_pct, exhaustion_date_reason"
    noon = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    assert budget(clockify, columns, noon) == [(2.0, 0, None, None, "too_early")]


@pytest.mark.parametrize(
    ("interval", "reset", "days", "cycles"),
    [
        # A 31st is the last day of a shorter month: cycles from March 31st, April 30th, May 31st.
        (
            "MONTHLY",
            {"dayOfMonth": 31},
            ("2026-04-01", "2026-04-29", "2026-04-30", "2026-06-01"),
            {"2026-03-31": 2.0, "2026-04-30": 1.0, "2026-05-31": 1.0},
        ),
        (
            "WEEKLY",
            {"dayOfWeek": "WEDNESDAY"},
            ("2026-05-26", "2026-05-27", "2026-06-10"),
            {"2026-05-20": 1.0, "2026-05-27": 1.0, "2026-06-03": 0.0, "2026-06-10": 1.0},
        ),
        (
            "YEARLY",
            {"month": "APRIL", "dayOfMonth": 6},
            ("2025-04-05", "2025-04-06", "2026-04-05", "2026-04-06"),
            {"2024-04-06": 1.0, "2025-04-06": 2.0, "2026-04-06": 1.0},
        ),
        (
            "MONTHLY",
            None,
            ("2026-05-31", "2026-06-01"),
            {"2026-05-01": 1.0, "2026-06-01": 1.0},
        ),
        # Without a reset: one cycle from the first entry.
        (None, None, ("2026-04-30", "2026-06-01"), {"2026-04-30": 2.0}),
    ],
)
def test_cycles_over_resets(
    clockify: Clockify,
    interval: str | None,
    reset: dict[str, Any] | None,
    days: tuple[str, ...],
    cycles: dict[str, float],
) -> None:
    clockify.add(
        "projects", id="p", time_estimate=hours_budget("PT60H", interval), estimate_reset=reset
    )
    for day in days:
        log(clockify, day, 1)
    assert dict(budget(clockify, "cycle_start::VARCHAR, used")) == cycles


# 2026-06-08 is a Monday.
WEEK = [datetime(2026, 6, day, tzinfo=timezone.utc) for day in range(8, 15)]


@pytest.mark.parametrize("hour", [8, 23])
@pytest.mark.parametrize("today", WEEK)
def test_a_budget_on_plan_forecasts_all_of_it_on_each_day(
    clockify: Clockify, today: datetime, hour: int
) -> None:
    """40 h a week, 8 h on each working day until now: 100 % from Tuesday to Sunday; on Monday nobody can tell."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT40H", "WEEKLY"))
    for day in WEEK[:5]:
        if day <= today:
            log(clockify, f"{day:%Y-%m-%d}", 8)
    columns = "forecast_pct, forecast_pct_reason, run_rate_per_day, exhaustion_date"
    rows = budget(clockify, columns, today.replace(hour=hour))
    if today == WEEK[0]:
        assert rows == [(None, "too_early", None, None)]
    else:
        # Met on Friday the 12th: by the run rate, or on the day itself.
        assert rows == [(100.0, None, 8.0, date(2026, 6, 12))]


@settings(max_examples=15)
@given(
    hours=st.integers(1, 9),
    start=st.integers(0, 364),
    days_later=st.integers(0, 40),
    interval=st.sampled_from(["WEEKLY", "MONTHLY"]),
    working=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
def test_a_budget_on_plan_is_on_plan_whatever_the_week(
    hours: int, start: int, days_later: int, interval: str, working: set[str]
) -> None:
    """The same hours on every working day until today: the forecast is what all working days of the cycle take."""
    clockify = Clockify()
    clockify.user()
    clockify.add("workspaces", id="w", workspace_settings={"workingDays": sorted(working)})
    clockify.add("projects", id="p", time_estimate=hours_budget("PT1H", interval))
    first = date(2026, 1, 1) + timedelta(days=start)
    today = first + timedelta(days=days_later)
    for offset in range(days_later + 1):
        day = first + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in working:
            log(clockify, day.isoformat(), hours)
    as_of = datetime(today.year, today.month, today.day, 12, tzinfo=timezone.utc)
    rows = budget(clockify, "cycle_start, cycle_end, forecast_pct, forecast_pct_reason", as_of)
    for cycle_start, cycle_end, forecast_pct, reason in rows:
        days = [cycle_start + timedelta(days=n) for n in range((cycle_end - cycle_start).days + 1)]
        planned = [day for day in days if WEEKDAYS[day.weekday()] in working]
        if reason == "too_early":
            assert not [day for day in planned if day < today]
        elif cycle_start > first:
            assert forecast_pct == pytest.approx(100 * hours * len(planned))


def test_an_overspent_budget_was_exhausted_on_the_day_it_happened(clockify: Clockify) -> None:
    """10 h: 4 on June 2nd, 5 on the 3rd, 2 on the 5th, by which 11 are used; 3 more on the 8th change nothing."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT10H"))
    for day, hours in ((2, 4), (3, 5), (5, 2), (8, 3)):
        log(clockify, f"2026-06-{day:02d}", hours)
    columns = "used, used_pct, exhaustion_date, exhaustion_date_reason"
    assert budget(clockify, columns) == [(14.0, 140.0, date(2026, 6, 5), None)]
    july = datetime(2026, 7, 20, tzinfo=timezone.utc)
    assert budget(clockify, columns, july)[0] == (14.0, 140.0, date(2026, 6, 5), None)


def test_working_days_are_the_workspaces_unless_the_settings_say_other(clockify: Clockify) -> None:
    """Sunday to Thursday: on Thursday, June 11th, 8 working days are over and 13 come after it; Monday only: 2 and 3."""
    week = {"workingDays": ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"]}
    clockify.add("workspaces", id="w", workspace_settings=week)
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H"))
    log(clockify, "2026-06-01", 2)
    columns = "working_days_over, working_days_left"
    assert budget(clockify, columns) == [(8, 13)]
    chosen = toml({"time_tracking": {"working_days": ["MONDAY"]}})
    clockify.compute("project_budget", as_of=JUNE_11, settings=chosen)
    assert clockify.rows(f"SELECT {columns} FROM time_tracking.project_budget") == [(2, 3)]


@pytest.mark.parametrize(
    ("time_estimate", "expected"),
    [
        # A template is no project.
        ({"active": True, "template": True}, []),
        # A reset that was switched off leaves its rule behind.
        ({"active": True, "rule": {"interval": "WEEKLY", "dayOfWeek": "MONDAY"}}, [(2.0, None)]),
    ],
)
def test_templates_and_rules_left_behind(
    clockify: Clockify, time_estimate: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    clockify.add(
        "projects",
        id="p",
        template=time_estimate.pop("template", False),
        estimate_reset=time_estimate.pop("rule", None),
        time_estimate=hours_budget("PT8H", None, **time_estimate),
    )
    log(clockify, "2026-06-01", 1)
    log(clockify, "2026-06-09", 1)
    assert budget(clockify, "used, cycle_end") == expected


def truncated(clockify: Clockify, **values: Any) -> None:
    """A project of which 40 h from June 1st on were read and Clockify knows 133.6 h."""
    clockify.add("projects", id="p", duration="PT133H36M", **values)
    for day in range(1, 6):
        log(clockify, f"2026-06-{day:02d}", 8, billable=day % 2 == 0, hourly_rate=rate(5000))


def test_history_that_was_never_read_is_not_zero(clockify: Clockify) -> None:
    """100 h without a reset: 133.6 % used, not 40 %. 93.6 h came before, so the first 8 h met the estimate."""
    truncated(clockify, time_estimate=hours_budget("PT100H", None))
    columns = "used, used_pct, remaining, hours_source, exhaustion_date, run_rate_per_day"
    (row,) = budget(clockify, columns)
    assert row[:2] == (pytest.approx(133.6), pytest.approx(133.6))
    assert row[2:5] == (pytest.approx(-33.6), "clockify", date(2026, 6, 1))
    # 40 h on the 8 working days before the 11th.
    assert row[5] == 5.0


@pytest.mark.parametrize(
    "budget_of",
    [
        {"time_estimate": hours_budget("PT100H", None, includeNonBillable=False)},
        {"budget_estimate": {"estimate": 900000, "type": "MANUAL", "active": True}},
        {"time_estimate": hours_budget("PT100H", "YEARLY")},
    ],
)
def test_what_clockifys_total_cannot_tell_is_unknown(
    clockify: Clockify, budget_of: dict[str, Any]
) -> None:
    """Billable hours, money, and the cycle in which reading began."""
    truncated(clockify, **budget_of)
    columns = "used, used_reason, used_pct, forecast_pct, forecast_pct_reason, exhaustion_date"
    assert budget(clockify, columns) == [
        (None, "history_truncated", None, None, "history_truncated", None)
    ]


def test_a_cycle_after_the_first_day_read_is_known(clockify: Clockify) -> None:
    """Weekly: that of June 1st is cut off by the first day that was read, which is its own first day; June 8th is not."""
    truncated(clockify, time_estimate=hours_budget("PT100H", "WEEKLY"))
    log(clockify, "2026-06-09", 3)
    assert budget(clockify, "used, used_reason") == [(None, "history_truncated"), (3.0, None)]


def coverage(clockify: Clockify) -> list[tuple[Any, ...]]:
    clockify.compute("history_coverage")
    return clockify.rows(
        "SELECT id, status, read_hours, round(missing_hours, 4) FROM time_tracking.history_coverage ORDER BY id"
    )


def test_whose_history_is_cut_off(clockify: Clockify) -> None:
    """Reading began on June 1st, where only a works.

    a: 8 h of 20, and work was going on at once. b: 8 h of 20, but its first entry lies on the 20th: something is
    lost. c: 8 h of 8.1, too little for a history. d: a break counts or does not. e: more than Clockify knows.
    f: nothing read of 5 h. g: no total. The task of a that was worked on on the 20th only: a was worked on at once.
    """
    totals = {"a": "PT20H", "b": "PT20H", "c": "PT8H6M", "d": "PT9H", "e": "PT7H", "f": "PT5H"}
    for project, duration in totals.items():
        clockify.add("projects", id=project, duration=duration)
    clockify.add("projects", id="g", duration="PT0S")
    for project in "acdeg":
        log(clockify, "2026-06-01", 8, project_id=project)
    log(clockify, "2026-06-20", 8, project_id="b")
    clockify.add("tasks", id="a task", project_id="a", duration="PT5H")
    log(clockify, "2026-06-20", 1, project_id="a", task_id="a task")
    log(clockify, "2026-06-02", 1, project_id="d", type="BREAK")
    assert coverage(clockify) == [
        ("a", "history_truncated", 9.0, 11.0),
        ("a task", "history_truncated", 1.0, 4.0),
        ("b", "disagrees", 8.0, 0.0),
        ("c", "disagrees", 8.0, 0.0),
        ("d", "complete", 8.0, 0.0),
        ("e", "disagrees", 8.0, 0.0),
        ("f", "history_truncated", 0.0, 5.0),
        ("g", "not_told", 8.0, 0.0),
    ]


def test_a_timer_that_was_forgotten_for_weeks_is_no_history(clockify: Clockify) -> None:
    """8 h of 500 are read, and a timer has run for 92 days: those 2,208 h could be any total, so they tell nothing."""
    clockify.add("projects", id="p", duration="PT500H", _extracted_at="2026-09-01T08:00:00Z")
    log(clockify, "2026-06-01", 8)
    clockify.entry("2026-06-01T08:00:00Z", None, project_id="p")
    assert coverage(clockify) == [("p", "history_truncated", 8.0, 492.0)]


def test_a_past_cycle_forecasts_what_it_used(clockify: Clockify) -> None:
    """April: 31 of 62 h, all 30 days over: 50 %, and April 30th is its last day."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT62H"))
    for day in (1, 2):
        log(clockify, f"2026-04-{day:02d}", 15.5)
    first = budget(clockify, "cycle_end, elapsed_days, used_pct, round(forecast_pct, 9)")[0]
    assert first == (date(2026, 4, 30), 30, 50.0, 50.0)


def test_cycles_begin_in_the_workspaces_zone_at_the_hour_of_the_reset(clockify: Clockify) -> None:
    """Reset on the 1st at 6:00 in Tokyo, which is May 31st 21:00 UTC."""
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Asia/Tokyo"})
    clockify.add(
        "projects",
        id="p",
        workspace_id="w",
        time_estimate=hours_budget("PT60H"),
        estimate_reset={"dayOfMonth": 1, "hour": 6},
    )
    clockify.entry("2026-05-31T20:59:00Z", "2026-05-31T21:59:00Z", project_id="p")
    clockify.entry("2026-05-31T21:00:00Z", "2026-05-31T23:00:00Z", project_id="p")
    assert budget(clockify, "month(cycle_start), used") == [(5, 1.0), (6, 2.0)]


def test_include_non_billable(clockify: Clockify) -> None:
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H", includeNonBillable=False))
    log(clockify, "2026-06-01", 3)
    log(clockify, "2026-06-02", 2, billable=True)
    log(clockify, "2026-06-03", 2, billable=True, type="BREAK")
    assert budget(clockify, "used") == [(2.0,)]


def test_automatic_budgets_are_the_sum_of_the_tasks(clockify: Clockify) -> None:
    clockify.add("projects", id="p", time_estimate=hours_budget("PT0S", type="AUTO"))
    clockify.add("tasks", project_id="p", estimate="PT16H")
    clockify.add("tasks", project_id="p", estimate="PT1H30M")
    clockify.add("tasks", project_id="p", estimate=None)
    clockify.add("tasks", project_id="other", estimate="PT9H")
    assert budget(clockify, "estimate") == [(17.5,)]


@pytest.mark.parametrize(("kind", "estimate"), [("MANUAL", 9000.0), ("AUTO", 120.0)])
def test_budgets_of_money(clockify: Clockify, kind: str, estimate: float) -> None:
    """9,000 EUR (the API says 900000), or 100 + 20 EUR of tasks; used is billable work in EUR only."""
    figure = {"estimate": 900000, "type": kind, "resetOption": "MONTHLY", "active": True}
    clockify.add("projects", id="p", hourly_rate=rate(6000), budget_estimate=figure)
    clockify.add("tasks", project_id="p", budget_estimate=10000)
    clockify.add("tasks", project_id="p", budget_estimate=2000)
    log(clockify, "2026-06-01", 2, billable=True)
    log(clockify, "2026-06-02", 2)
    log(clockify, "2026-06-03", 2, billable=True, hourly_rate=rate(7000, "USD"))
    columns = "basis, currency, estimate, used"
    assert budget(clockify, columns) == [("money", "EUR", estimate, 120.0)]


def test_no_figure_and_no_active_budget(clockify: Clockify) -> None:
    """An active estimate of 0 has use but no share; an inactive one is no budget."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT0S"))
    clockify.add("projects", id="q", time_estimate=hours_budget("PT9H", active=False))
    log(clockify, "2026-06-01", 2)
    log(clockify, "2026-06-01", 2, project_id="q")
    columns = "project_id, estimate, used, used_pct, forecast_pct, exhaustion_date_reason"
    assert budget(clockify, columns) == [("p", None, 2.0, None, None, "no_estimate")]


def test_task_accuracy(clockify: Clockify) -> None:
    """16 h estimated, 20 h tracked: 4 h more, 125 %. No estimate, or one of 0: no ratio."""
    clockify.add("tasks", id="a", project_id="p", estimate="PT16H", status="DONE")
    clockify.add("tasks", id="b", project_id="p", estimate=None, status="ACTIVE")
    clockify.add("tasks", id="c", project_id="p", estimate="PT0S", status="ACTIVE")
    clockify.add("tasks_deleted", id="d", project_id="p", estimate="PT2H", status="DONE")
    log(clockify, "2026-06-01", 12, task_id="a")
    log(clockify, "2026-06-02", 8, task_id="a")
    log(clockify, "2026-06-03", 1, task_id="b")
    clockify.compute("task_accuracy")
    rows = clockify.rows(
        """
        SELECT task_id, estimate_hours, tracked_hours, delta_hours, ratio_pct, status, is_deleted
        FROM time_tracking.task_accuracy ORDER BY ALL
        """
    )
    assert rows == [
        ("a", 16.0, 20.0, 4.0, 125.0, "DONE", False),
        ("b", None, 1.0, None, None, "ACTIVE", False),
        ("c", None, 0.0, None, None, "ACTIVE", False),
        ("d", 2.0, 0.0, -2.0, 0.0, "DONE", True),
    ]


def test_task_accuracy_of_a_task_that_began_before_the_first_day_read(clockify: Clockify) -> None:
    """16 h estimated, 12 of 20 h read: 20 h are Clockify's own total."""
    clockify.add("tasks", id="a", project_id="p", estimate="PT16H", duration="PT20H")
    log(clockify, "2026-06-01", 12, task_id="a")
    clockify.compute("task_accuracy")
    columns = "tracked_hours, hours_source, delta_hours, ratio_pct"
    assert clockify.rows(f"SELECT {columns} FROM time_tracking.task_accuracy") == [
        (20.0, "clockify", 4.0, 125.0)
    ]


@pytest.mark.parametrize(("included", "used"), [(True, 850.0), (False, 600.0), (None, 600.0)])
def test_a_money_budget_with_expenses(
    clockify: Clockify, included: bool | None, used: float
) -> None:
    """1,000 EUR; 6 h at 100 EUR and 250 EUR of billable expenses, one of them a refund."""
    figure = {"estimate": 100_000, "type": "MANUAL", "active": True, "includeExpenses": included}
    clockify.add("clients", id="c", currency_code="EUR")
    currency = {"code": "EUR"}
    clockify.add("projects", id="p", client_id="c", currency=currency, budget_estimate=figure)
    log(clockify, "2026-06-02", 6, billable=True, hourly_rate=rate(10_000))
    clockify.expense("2026-06-03", 30_000, project_id="p")
    clockify.expense("2026-06-04", -5_000, project_id="p")
    clockify.expense("2026-06-04", 70_000, project_id="p", billable=False)
    assert budget(clockify, "used, used_pct") == [(used, used / 10)]


def test_an_expense_belongs_to_the_cycle_of_its_day(clockify: Clockify) -> None:
    """Cycles begin at 6 in the morning of the first in Oslo; an expense has a day and no hour.

    Those of May 31st and June 1st meet the estimate of their cycles on these days.
    """
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeZone": "Europe/Oslo"})
    clockify.add("clients", id="c", currency_code="EUR")
    figure = {"estimate": 100_000, "type": "MANUAL", "active": True, "includeExpenses": True}
    clockify.add(
        "projects",
        id="p",
        client_id="c",
        budget_estimate=figure | {"resetOption": "MONTHLY"},
        estimate_reset={"interval": "MONTHLY", "dayOfMonth": 1, "hour": 6},
    )
    clockify.expense("2026-05-31", 120_000, project_id="p")
    clockify.expense("2026-06-01", 130_000, project_id="p")
    assert budget(clockify, "cycle_start, used, exhaustion_date") == [
        (date(2026, 5, 1), 1200.0, date(2026, 5, 31)),
        (date(2026, 6, 1), 1300.0, date(2026, 6, 1)),
    ]
