"""A run of metric tables of which one fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.defs import metrics
from pipelines.defs.resources import Sources
from pipelines.defs.settings import load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.metric_tables import metric_warehouse

LINKS = ("effort.link_suggestions", "effort.link_coverage", "effort.story_effort")


def fails(_con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    raise ValueError("a broken table")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A file with all tables, all of them empty."""
    path = tmp_path / "warehouse.duckdb"
    with metric_warehouse() as con:
        con.execute(f"ATTACH '{path}' AS kept")
        con.execute("COPY FROM DATABASE memory TO kept")
    return Warehouse(str(path))


@pytest.mark.parametrize("broken", ["effort.link_suggestions", "effort.time_story_links"])
def test_what_does_without_a_table_is_computed_when_it_fails(
    warehouse: Warehouse, broken: str
) -> None:
    """Coverage needs no suggestions. Without links there are neither suggestions nor the effort of stories."""
    chosen = {broken, *LINKS}
    tables: list[MetricTable] = [
        replace(table, compute=fails) if table.address == broken else table
        for table in FAMILIES["effort"]
    ]
    settings = load_settings({"CLOCKIFY_API_KEY": "k", "CLOCKIFY_WORKSPACE_ID": "w"})
    result = dg.materialize(
        [metrics._assets("effort", tables, settings)],
        selection=[address.replace(".", "/") for address in chosen],
        resources={"warehouse": warehouse, "sources": Sources(settings, warehouse)},
        raise_on_error=False,
    )
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    names = {".".join(key.path) for key in made if key}
    if broken == "effort.link_suggestions":
        assert names == chosen - {broken}
        (coverage,) = result.asset_materializations_for_node("effort")[:1]
        assert coverage.metadata["left_out"].value == {broken: "it failed"}
    else:
        assert names == {"effort.link_coverage"}
    assert not result.success
