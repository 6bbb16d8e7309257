"""The code location: what it holds, and that loading it is cheap and touches nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.defs import metrics
from pipelines.defs.settings import load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.column_lineage import column_lineage
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.project.environment import SettingsError
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.project import ALL_PUBLISHED

TABLES = [table for tables in FAMILIES.values() for table in tables]
TRACKER_ONLY = {"PIVOTAL_TRACKER_API_TOKEN": "t"}


@pytest.fixture(scope="module")
def graph() -> dg.AssetGraph:
    return build_defs(load_settings({})).resolve_asset_graph()


def test_every_stream_and_metric_is_an_asset_at_its_address(graph: dg.AssetGraph) -> None:
    streams = {f"{name}/{p.name}" for name, c in CONNECTORS.items() for p in c.streams}
    metrics = {table.address.replace(".", "/") for tables in FAMILIES.values() for table in tables}
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    files = {"report/page", "report/exports", "report/snapshot", "report/story_documents"}
    assert keys == streams | metrics | files
    assert set(ALL_PUBLISHED) <= keys


def test_every_asset_is_described_owned_and_typed(graph: dg.AssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:data"], key
        assert node.group_name == key.path[0], key
        assert node.kinds, key
        if key.path[0] == "report":
            continue
        schema = node.metadata["dagster/column_schema"]
        undescribed = [column.name for column in schema.columns if not column.description]
        assert not undescribed, f"{key}: {undescribed}"


def test_columns_lead_to_columns_of_the_assets_that_a_table_is_made_of(
    graph: dg.AssetGraph,
) -> None:
    """What a catalogue knows of a table before anything ran."""
    told = {}
    for table in TABLES:
        key = dg.AssetKey(table.address.split("."))
        node = graph.get(key)
        lineage = node.metadata.get("dagster/column_lineage")
        told[table.address] = lineage.deps_by_column if lineage else {}
        for column, sources in told[table.address].items():
            assert column in {each.name for each in table.columns}
            for source in sources:
                assert source.asset_key in node.parent_keys, (key, column)
                columns = graph.get(source.asset_key).metadata["dagster/column_schema"].columns
                assert source.column_name in {each.name for each in columns}, (key, column)
    assert {
        address: {
            column: [f"{'.'.join(each.asset_key.path)}.{each.column_name}" for each in sources]
            for column, sources in columns.items()
        }
        for address, columns in told.items()
    } == {
        table.address: {
            column: list(sources) for column, sources in column_lineage(table.address).items()
        }
        for table in TABLES
    }
    assert told["project_management.story_states"]["state"]


def test_every_description_begins_with_a_plain_sentence(graph: dg.AssetGraph) -> None:
    """The catalogue shows the beginning of a description as it is written, markup included."""
    for key in graph.get_all_asset_keys():
        beginning = re.match(r"[A-Z][^.:;]*", graph.get(key).description or "")
        assert beginning, key
        assert not re.search(r"[`*_#|\[]", beginning[0]), key


def test_assets_with_a_chart_are_of_that_kind(graph: dg.AssetGraph) -> None:
    drawn = {*(chart.asset for chart in CHARTS), "report.page"}
    found = {
        ".".join(key.path) for key in graph.get_all_asset_keys() if "chart" in graph.get(key).kinds
    }
    assert found == drawn


def test_owners_and_the_address_of_the_code_come_from_the_settings() -> None:
    environment = {
        "PIPELINES_OWNERS": "team:delivery ada@example.com",
        "PIPELINES_CODE_URL": "https://git.example.com/pipelines/blob/main/",
    }
    graph = build_defs(load_settings(environment)).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        assert graph.get(key).owners == ["team:delivery", "ada@example.com"], key
    found = references(graph, "effort", "story_effort")
    assert [one.url for one in found if isinstance(one, dg.UrlCodeReference)] == [
        "https://git.example.com/pipelines/blob/main/pipelines/metrics/effort/story_effort.py"
    ]


@pytest.mark.parametrize("owners", ["data", "team:", "ada@", "team:data, ada@example.com"])
def test_owners_that_dagster_would_refuse_are_refused_by_name(owners: str) -> None:
    with pytest.raises(SettingsError, match="PIPELINES_OWNERS must be teams such as team:data"):
        load_settings({"PIPELINES_OWNERS": owners})


def test_every_table_leads_to_its_code_and_charts(graph: dg.AssetGraph) -> None:
    for tables in FAMILIES.values():
        for table in tables:
            files = {
                Path(one.file_path): one.label
                for one in references(graph, *table.address.split("."))
                if isinstance(one, dg.LocalFileCodeReference)
            }
            assert all(path.is_file() for path in files), files
            charts = {f"Chart {chart.name}" for chart in CHARTS if chart.asset == table.address}
            assert set(files.values()) <= {"Definition and SQL", *charts}
    (velocity,) = (
        one.file_path
        for one in references(graph, "project_management", "iteration_metrics")
        if isinstance(one, dg.LocalFileCodeReference) and one.label == "Chart velocity"
    )
    assert velocity.endswith("/charts/velocity.py")
    streams = references(graph, "clockify", "users")
    assert any(
        isinstance(one, dg.LocalFileCodeReference) and one.file_path.endswith("manifest.yaml")
        for one in streams
    )


def references(
    graph: dg.AssetGraph, *key: str
) -> list[dg.LocalFileCodeReference | dg.UrlCodeReference]:
    value = graph.get(dg.AssetKey(key)).metadata["dagster/code_references"]
    return list(value.code_references)


def test_the_version_of_a_table_follows_its_code_and_its_settings(
    graph: dg.AssetGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [dg.AssetKey(table.address.split(".")) for all_ in FAMILIES.values() for table in all_]
    before = {key: graph.get(key).code_version for key in tables}
    assert all(before.values())
    settings = tmp_path / "metrics.toml"
    settings.write_text("[forecast]\ntrials = 1000\n")
    other = build_defs(load_settings({"PIPELINES_SETTINGS": str(settings)})).resolve_asset_graph()
    differing = {key for key in tables if other.get(key).code_version != before[key]}
    assert dg.AssetKey(["project_management", "forecast"]) in differing
    assert dg.AssetKey(["project_management", "story_states"]) not in differing
    monkeypatch.setattr(metrics, "code_of", lambda table: f"edited {table.address}")
    edited = build_defs(load_settings({})).resolve_asset_graph()
    assert all(edited.get(key).code_version != before[key] for key in tables)


def test_daily_assets_start_where_the_settings_say() -> None:
    settings = load_settings({"PIPELINES_START_DATE": "2026-11-01"})
    graph = build_defs(settings).resolve_asset_graph()
    for address in ("clockify/time_entries", "pivotal_tracker/activity"):
        partitions = graph.get(dg.AssetKey(address.split("/"))).partitions_def
        assert isinstance(partitions, dg.DailyPartitionsDefinition)
        assert partitions.get_first_partition_key() == "2026-11-01"


def test_a_source_that_is_off_is_not_synced_and_says_why() -> None:
    definitions = build_defs(load_settings(TRACKER_ONLY))
    selected = definitions.resolve_job_def("sync").asset_layer.executable_asset_keys
    groups = {key.path[0] for key in selected}
    assert groups == {
        "pivotal_tracker",
        *("delivery", "project_management", "effort", "catalog", "report"),
    }
    of_effort = {key.path[1] for key in selected if key.path[0] == "effort"}
    assert of_effort == {"story_crosswalk", "story_vectors", "reconciliation"}, (
        "what of effort needs no Clockify"
    )
    node = definitions.resolve_asset_graph().get(dg.AssetKey(["clockify", "tags"]))
    assert "CLOCKIFY_API_KEY" in (node.description or "")


def test_loading_the_definitions_imports_nothing_heavy_and_opens_no_socket() -> None:
    script = """
import socket, sys
class NoSocket(socket.socket):
    def connect(self, *args): raise AssertionError("network")
socket.socket = NoSocket
import pipelines.definitions
print([name for name in ("airbyte", "airbyte_cdk", "pandas", "duckdb", "uvicorn", "celery", "psycopg2", "prometheus_client", "snowflake.connector", "google.cloud.bigquery") if name in sys.modules])
"""
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PIPELINES_MIRROR": "bigquery://acme/numbers"},
    )
    assert loaded.stdout.strip() == "[]"
    assert loaded.stderr == ""
