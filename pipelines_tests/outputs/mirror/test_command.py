"""``pipelines mirror`` and the asset: the same delivery, to Snowflake as it is spoken to over HTTP."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from pipelines.cli.commands import cli
from pipelines.definitions import build_defs
from pipelines.defs.settings import Settings, load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.outputs.mirror.source import ODD, duckdb_file
from pipelines_tests.outputs.mirror.targets import SnowflakeTarget
from pipelines_tests.support.warehouses import PASSWORD

TABLES = dg.AssetKey(["mirror", "tables"])


@pytest.fixture
def environment(
    snowflake: SnowflakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Settings of an installation with a warehouse and a mirror, which are the process's variables, too."""
    duckdb_file(tmp_path)
    variables = {
        "PIVOTAL_TRACKER_API_TOKEN": "t",
        "PIPELINES_WAREHOUSE": str(tmp_path / "warehouse.duckdb"),
        "PIPELINES_MIRROR": snowflake.address,
        "SNOWFLAKE_PASSWORD": PASSWORD,
        "DAGSTER_HOME": str(tmp_path / "home"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.mark.usefixtures("environment")
def test_the_command_says_what_it_sent(snowflake: SnowflakeTarget) -> None:
    first, second = (CliRunner().invoke(cli, ["mirror"]) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert "clockify.tags: 5 rows" in first.output
    assert "6 rows of 3 tables were sent to snowflake://ann@acme/" in first.output
    assert "0 rows of 0 tables were sent" in second.output
    assert PASSWORD not in first.output + second.output
    assert len(snowflake.rows(ODD)) == 5


def test_without_a_mirror_the_command_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINES_MIRROR", "")
    result = CliRunner().invoke(cli, ["mirror"])
    assert result.exit_code == 1
    assert "PIPELINES_MIRROR" in str(result.exception)


def materialized(settings: Settings) -> dg.ExecuteInProcessResult:
    asset = build_defs(settings).resolve_implicit_global_asset_job_def()
    return asset.execute_in_process(asset_selection=[TABLES], raise_on_error=False)


def test_the_asset_delivers_and_says_how_much(
    environment: dict[str, str], snowflake: SnowflakeTarget
) -> None:
    result = materialized(load_settings(environment))
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["tables"].value == 3
    assert event.materialization.metadata["tables_sent"].value == 3
    assert event.materialization.metadata["rows_sent"].value == 6
    assert len(snowflake.rows(ODD)) == 5
    assert PASSWORD not in repr(result.all_events)


def test_what_goes_wrong_fails_the_asset_with_its_sentence(environment: dict[str, str]) -> None:
    result = materialized(load_settings({**environment, "SNOWFLAKE_PASSWORD": ""}))
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert "SNOWFLAKE_PASSWORD" in str(failure.step_failure_data.user_failure_data)


def test_the_asset_is_there_only_with_a_mirror_and_follows_every_table() -> None:
    assert not build_defs(load_settings({})).resolve_asset_graph().has(TABLES)
    settings = load_settings(
        {
            "PIVOTAL_TRACKER_API_TOKEN": "t",
            "CLOCKIFY_API_KEY": "k",
            "CLOCKIFY_WORKSPACE_ID": "w",
            "PIPELINES_MIRROR": "bigquery://acme/numbers",
        }
    )
    definitions = build_defs(settings)
    graph = definitions.resolve_asset_graph()
    streams = {f"{name}.{props.name}" for name, c in CONNECTORS.items() for props in c.streams}
    metrics = {table.address for tables in FAMILIES.values() for table in tables}
    upstream = {".".join(key.path) for key in graph.get_ancestor_asset_keys(TABLES)}
    assert upstream == streams | metrics
    assert graph.get(TABLES).automation_condition
    for job in ("sync", "compute"):
        selected = definitions.resolve_job_def(job).asset_layer.executable_asset_keys
        assert TABLES in selected


def test_demo_data_is_not_delivered() -> None:
    settings = load_settings({"PIPELINES_MIRROR": "bigquery://acme/numbers"})
    assert not build_defs(settings).resolve_asset_graph().has(TABLES)


def test_one_source_is_enough() -> None:
    settings = load_settings(
        {"PIPELINES_MIRROR": "bigquery://acme/numbers", "PIVOTAL_TRACKER_API_TOKEN": "t"}
    )
    selected = build_defs(settings).resolve_job_def("sync").asset_layer.executable_asset_keys
    assert TABLES in selected
