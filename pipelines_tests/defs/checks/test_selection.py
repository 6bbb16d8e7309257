"""Which checks a run executes, and what a run without tables does."""

from __future__ import annotations

import pytest

from pipelines.definitions import build_defs
from pipelines.defs.settings import load_settings
from pipelines.outputs.alerts.rules import RULES
from pipelines_tests.defs.checks.support import evaluations, run_checks
from pipelines_tests.support.project import Project, failure_of

STREAM_CHECKS = ("primary_key", "row_count", "schema_drift", "unreadable")


def test_every_table_has_a_key_check_and_every_stream_its_four() -> None:
    graph = build_defs(load_settings({})).resolve_asset_graph()
    found = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    expected = {("effort/reconciliation", "sums_agree"), ("clockify/time_entries", "rights")}
    expected |= {("project_management/iterations", "api_and_settings_agree")}
    expected |= {("pivotal_tracker/stories", "plausible_dates")}
    expected |= {("report/page", f"alert_{rule.name}") for rule in RULES}
    for key in graph.get_all_asset_keys():
        if key.path[0] == "report":
            continue
        is_stream = key.path[0] in ("clockify", "pivotal_tracker")
        names = STREAM_CHECKS if is_stream else ("grain",)
        expected |= {(key.to_user_string(), name) for name in names}
    assert found == expected


def test_only_the_keys_of_raw_tables_block() -> None:
    graph = build_defs(load_settings({})).resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    assert blocking == {"primary_key"}


def test_the_sync_runs_all_checks_of_what_it_syncs() -> None:
    for environment in ({}, {"PIVOTAL_TRACKER_API_TOKEN": "t"}):
        definitions = build_defs(load_settings(environment))
        layer = definitions.resolve_job_def("sync").asset_layer
        graph = definitions.resolve_asset_graph()
        assert layer.asset_graph.asset_check_keys == graph.get_check_keys_for_assets(
            set(layer.executable_asset_keys)
        )


def test_two_selected_assets_run_their_checks_and_no_others(project: Project) -> None:
    result = project.materialize("clockify/tags", "clockify/clients")
    assert result.success
    assert set(evaluations(result)) == {
        (asset, name) for asset in ("clockify/tags", "clockify/clients") for name in STREAM_CHECKS
    }
    assert all(found.passed for found in evaluations(result).values())


def test_a_daily_stream_and_a_metric_run_theirs(project: Project) -> None:
    result = project.materialize("clockify/time_entries", "time_tracking/time_entry_facts")
    assert set(evaluations(result)) == {
        *(("clockify/time_entries", name) for name in (*STREAM_CHECKS, "rights")),
        ("time_tracking/time_entry_facts", "grain"),
    }


def test_checks_run_alone_read_no_source(project: Project) -> None:
    project.materialize("clockify/tags")
    project.server.requests.clear()
    result = run_checks(project, "clockify/tags")
    assert result.success
    assert len(evaluations(result)) == len(STREAM_CHECKS)
    assert not project.server.requests.by_path


def test_a_table_that_nobody_wrote_yet_gets_no_result(project: Project) -> None:
    project.materialize("clockify/tags")
    result = run_checks(project, "time_tracking/tag_hours", "clockify/tags")
    assert result.success
    assert {asset for asset, _ in evaluations(result)} == {"clockify/tags"}


def test_a_check_that_cannot_be_made_says_why_and_stops_no_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise KeyError("colour")

    project.materialize("clockify/tags")
    monkeypatch.setattr("pipelines.defs.checks.drift.drifted_fields", break_down)
    result = run_checks(project, "clockify/tags")
    assert result.success
    found = evaluations(result)
    assert len(found) == len(STREAM_CHECKS)
    broken = found["clockify/tags", "schema_drift"]
    assert not broken.passed
    assert broken.description == "The check could not be made: 'colour'"
    assert found["clockify/tags", "primary_key"].passed


def test_without_a_warehouse_checks_fail_with_one_sentence(project: Project) -> None:
    assert "run a sync first" in failure_of(run_checks(project, "time_tracking/tag_hours"))
