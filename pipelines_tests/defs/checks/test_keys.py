"""Keys in real runs: a broken raw key stops the metrics, a broken grain is only told."""

from __future__ import annotations

import dagster as dg

from pipelines_tests.defs.checks.support import edit, evaluations, run_checks
from pipelines_tests.support.project import Project


def test_a_repeated_key_fails_with_the_key(project: Project) -> None:
    project.materialize("clockify/tags")
    key = project.keys("clockify.tags")[0]
    edit(project, f"INSERT INTO clockify.tags FROM clockify.tags WHERE id = '{key}'")
    result = run_checks(project, "clockify/tags")
    found = evaluations(result)["clockify/tags", "primary_key"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["repeated_keys"].value == 1
    assert found.metadata["examples"].value == [key]
    assert not result.success


def test_a_missing_key_fails(project: Project) -> None:
    project.materialize("clockify/tags")
    edit(project, "INSERT INTO clockify.tags (name) VALUES ('nameless')")
    found = evaluations(run_checks(project, "clockify/tags"))["clockify/tags", "primary_key"]
    assert not found.passed
    assert found.metadata["incomplete_rows"].value == 1


def test_nothing_is_computed_from_a_table_with_a_broken_key(project: Project) -> None:
    project.materialize("clockify/tags")
    edit(project, "INSERT INTO clockify.tags FROM clockify.tags LIMIT 1")
    result = project.materialize("clockify/tags", "time_tracking/tag_hours")
    written = {
        event.asset_key.to_user_string() for event in result.get_asset_materialization_events()
    }
    assert written == {"clockify/tags"}
    assert not result.success


def test_a_repeated_grain_fails_and_stops_nothing(project: Project) -> None:
    inputs = ("clockify/time_entries", "time_tracking/time_entry_facts")
    assert project.materialize(
        *inputs, "time_tracking/time_entry_days", "time_tracking/time_daily"
    ).success
    edit(project, "INSERT INTO time_tracking.time_daily FROM time_tracking.time_daily LIMIT 1")
    result = run_checks(project, "time_tracking/time_daily")
    assert not evaluations(result)["time_tracking/time_daily", "grain"].passed
    assert result.success
