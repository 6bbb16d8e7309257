"""Alerts, on tables small enough to calculate by hand: each at its threshold, and each told once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.metrics.settings import AlertSettings
from pipelines.outputs.alerts.digest import digest
from pipelines.outputs.alerts.rules import RULES, Alert, Ground, alerts
from pipelines.outputs.alerts.told import not_told, remember
from pipelines_tests.outputs.crowd import AS_OF
from pipelines_tests.support.tables import insert

BY_NAME = {rule.name: rule for rule in RULES}


def found(con: duckdb.DuckDBPyConnection, name: str, folder: Path, **settings: Any) -> list[Alert]:
    return alerts(BY_NAME[name], Ground(con, AS_OF, AlertSettings(**settings), folder))


@pytest.mark.parametrize("name", BY_NAME)
def test_empty_and_missing_tables_alert_nobody(
    name: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert found(con, name, tmp_path) == []
    assert found(duckdb.connect(), name, tmp_path) == []


@pytest.mark.parametrize("name", BY_NAME)
def test_a_rule_that_is_off_finds_nothing(
    name: str, crowded: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert found(crowded, name, tmp_path, on=()) == []


def test_a_budget_is_told_at_each_of_its_steps(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """79 % is below both, 80 % is at the first, 134 % is over both and told for the higher one alone."""
    for project, used in (("a", 79.0), ("b", 80.0), ("c", 134.0)):
        row = {"project_id": project, "project_name": project.upper(), "used_pct": used}
        insert(con, "time_tracking.project_budget", [{**row, "cycle_start": date(2026, 6, 1)}])
    assert found(con, "budgets", tmp_path) == [
        Alert("c:2026-06-01:100.0", "C: 134 % of the budget used (over 100 %)"),
        Alert("b:2026-06-01:80.0", "B: 80 % of the budget used (over 80 %)"),
    ]
    assert found(con, "budgets", tmp_path, budget_pct=()) == []


def test_work_is_old_beyond_the_percentile(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(con, "pivotal_tracker.projects", [{"id": 7, "name": "Shop"}])
    for story, percentile in ((1, 95.0), (2, 95.1)):
        key = {"story_id": story, "project_id": 7}
        insert(con, "project_management.story_facts", [{**key, "name": f"Story {story}"}])
        age = {"age_hours": 240.0, "percentile_vs_history": percentile}
        insert(con, "project_management.aging_wip", [{**key, **age}])
    assert [one.key for one in found(con, "old_work", tmp_path)] == ["2"]
    assert found(con, "old_work", tmp_path)[0].text == (
        "Story 2 #2 (Shop): in progress for 10 days, longer than 95 % of the finished stories"
    )


def test_a_day_without_time_is_told_by_person(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Today is not over, leave expects nothing, and eight days ago is too long ago."""
    for day, expected, logged in (
        (30, 8, 0),
        (29, 8, 0),
        (26, 8, 0),
        (25, 0, 0),
        (24, 8, 1),
        (22, 8, 0),
    ):
        row = {"user_id": "ann", "user_name": "Ann", "local_date": date(2026, 6, day)}
        hours = {"expected_hours": expected, "logged_hours": logged}
        insert(con, "time_tracking.timesheet_compliance", [{**row, **hours}])
    assert found(con, "timesheets", tmp_path) == [
        Alert("ann:2026-06-29", "Ann: no time on 26 Jun, 29 Jun")
    ]
    assert found(con, "timesheets", tmp_path, missing_timesheet_days=3) == []


def test_a_forecast_that_moved_by_more_than_a_week_is_told(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "snapshots").mkdir()
    before = {"as_of": "2026-06-23T12:00:00+00:00", "projects": {"7": {"finish": "2026-08-01"}}}
    (tmp_path / "snapshots" / "2026-06-23.json").write_text(json.dumps(before))
    insert(con, "pivotal_tracker.projects", [{"id": 7, "name": "Shop"}])
    burnup = {"scope_kind": "project", "scope_id": 7, "date": date(2026, 6, 30), "scope_stories": 3}
    insert(con, "project_management.burnup_daily", [{**burnup, "accepted_stories": 1}])
    forecast = {"project_id": 7, "question": "when", "scope": "growing", "percentile": 85}
    insert(con, "project_management.forecast", [{**forecast, "date": date(2026, 8, 9)}])
    text = "Shop: backlog finished by 9 Aug 2026 (85 %), 8 days later than a week ago"
    assert found(con, "forecasts", tmp_path) == [Alert("7:2026-08-09", text)]
    assert found(con, "forecasts", tmp_path, forecast_moved_days=8) == []


def test_the_share_of_unlinked_hours(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """6 of 10 hours of the one full week: 60 %."""
    for day in (15, 22, 29):
        week = {"user_id": "u", "week_start": date(2026, 6, day), "tracked_hours": 10.0}
        insert(con, "time_tracking.utilization_weekly", [{**week, "is_partial": day == 29}])
        insert(con, "effort.link_coverage", [{**week, "unlinked_hours": 6.0}])
    text = "60 % of the hours of the last 4 full weeks are not linked to a story"
    assert found(con, "unlinked", tmp_path) == [Alert("2026-06-22", text)]
    assert found(con, "unlinked", tmp_path, unlinked_pct=60.0) == []


def test_an_alert_is_told_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "alerts.json"
    first = {"budgets": [Alert("a:80", "80 %")], "unlinked": []}
    assert not_told(file, first) == first
    remember(file, first)
    assert not_told(file, first) == {"budgets": [], "unlinked": []}
    higher = {"budgets": [Alert("a:100", "100 %")]}
    assert not_told(file, higher) == higher
    remember(file, {"budgets": []})
    assert not_told(file, first)["budgets"] == first["budgets"]
    file.write_text("not JSON")
    assert not_told(file, first) == first


def test_the_digest_says_figures_and_what_needs_attention(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = {"project_id": "c", "project_name": "Build", "used_pct": 134.0}
    insert(con, "time_tracking.project_budget", [{**row, "cycle_start": date(2026, 6, 1)}])
    title, text = digest(Ground(con, AS_OF, AlertSettings(), tmp_path), tmp_path / "report.html")
    assert title == "Delivery digest, 30 Jun 2026"
    assert "* Stories in progress, now: " in text
    assert "* Budgets: Build: 134 % of the budget used (over 100 %)" in text
    assert "The report:" not in text
