"""The list of tables is complete, in order, and says what each really reads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricTable

CONTRACT = {
    "time_story_links": {
        "entry_id",
        "story_id",
        "weight",
        "hours",
        "method",
        "confidence",
        "phase",
    },
    "link_coverage": {
        "user_id",
        "week_start",
        "project_id",
        "linked_hours",
        "unmatched_reference_hours",
        "unlinked_hours",
        "coverage_pct",
    },
    "story_effort": {
        "story_id",
        "currency",
        "hours",
        "cost",
        "revenue",
        "contributors",
        "hours_before_start",
        "hours_after_accept",
    },
    "epic_cost": {"epic_id", "currency", "cost", "revenue", "hours_full", "hours_allocated"},
    "label_cost": {"label_id", "currency", "cost", "revenue", "hours_full", "hours_allocated"},
    "release_cost": {"release_id", "currency", "hours", "cost", "revenue"},
    "effort_per_point": {
        "project_id",
        "iteration_number",
        "hours_per_point",
        "story_coverage_pct",
        "hours_coverage_pct",
    },
    "estimate_calibration": {
        "project_id",
        "estimate",
        "n",
        "p25_hours",
        "median_hours",
        "p75_hours",
    },
    "capitalization_monthly": {
        "user_id",
        "month",
        "category",
        "currency",
        "hours",
        "cost",
        "rule",
    },
    "investment_balance": {
        "project_id",
        "month",
        "category",
        "hours",
        "cost",
        "points",
        "stories",
        "share_pct",
    },
    "reconciliation": {"check_name", "left_value", "right_value", "difference", "ok"},
}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_catalogue_s_columns_are_there(name: str) -> None:
    (table,) = [table for table in TABLES if table.name == name]
    assert CONTRACT[name] <= {column.name for column in table.columns}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_comes_after_those_it_reads(table: MetricTable) -> None:
    earlier = {other.address for other in TABLES[: TABLES.index(table)]}
    assert {address for address in table.inputs if address.startswith("effort.")} <= earlier
    assert set(table.grain) <= {column.name for column in table.columns}


def test_listing_the_tables_imports_no_engine() -> None:
    """A code location lists tables on every load; DuckDB, pandas and pydantic are for computing them."""
    code = (
        "import sys; import pipelines.metrics.effort.tables; "
        "print(sorted({'duckdb', 'pandas', 'pydantic', 'dagster'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
