"""Budgets of projects over their cycles, and estimates of tasks."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, rate

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
        # 15 h in 10 days: 1.5 h a day, 45 h in 30 days; 60 h would take 40 days.
        (15, (15.0, 25.0, 45.0, 10, 1.5, 75.0, None, "lasts_the_cycle")),
        # 30 h: 3 h a day, 60 h are met on the 20th day.
        (30, (30.0, 50.0, 30.0, 10, 3.0, 150.0, date(2026, 6, 20), None)),
        (0, (0.0, 0.0, 60.0, 10, 0.0, 0.0, None, "no_use")),
    ],
)
def test_run_rate_of_a_month(clockify: Clockify, used: int, expected: tuple[Any, ...]) -> None:
    """60 h a month, 10 of June's 30 days are over."""
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H"))
    for day in range(1, used // 5 + 1):
        log(clockify, f"2026-06-{day:02d}", 5)
    columns = """
        used, used_pct, remaining, elapsed_days, run_rate_per_day, forecast_pct, exhaustion_date, exhaustion_date_reason
    """
    assert budget(clockify, columns) == [expected]


def test_first_day_has_no_run_rate(clockify: Clockify) -> None:
    clockify.add("projects", id="p", time_estimate=hours_budget("PT60H"))
    log(clockify, "2026-06-01", 2)
    columns = "used, elapsed_days, run_rate_per_day, forecast_pct, exhaustion_date_reason"
    noon = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    assert budget(clockify, columns, noon) == [(2.0, 0, None, None, "no_day_over")]


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
