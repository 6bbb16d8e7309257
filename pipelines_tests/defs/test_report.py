"""What the report and the exports depend on: few tables, from which all others can be reached."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.defs.settings import load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.report.page import tables_read

METRICS = {table.address for tables in FAMILIES.values() for table in tables}


@pytest.mark.parametrize(
    ("asset", "tables"), [("page", METRICS & tables_read()), ("exports", METRICS)]
)
def test_every_table_that_is_read_is_upstream(asset: str, tables: set[str]) -> None:
    graph = build_defs(load_settings({})).resolve_asset_graph()
    key = dg.AssetKey(["report", asset])
    upstream = graph.get_ancestor_asset_keys(key)
    assert {dg.AssetKey(address.split(".")) for address in tables} <= upstream
    parents = graph.get(key).parent_keys
    assert len(parents) < len(tables)
    assert not any(graph.get_ancestor_asset_keys(parent) & parents for parent in parents)
