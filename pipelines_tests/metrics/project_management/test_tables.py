"""The tables as a set: their names, order, columns and inputs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.project_management.support import add_story, instant, warehouse

RUN = MetricRun(as_of=instant("2026-01-28 00:00"), settings=MetricSettings())
ids = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def test_the_tables_that_others_rely_on_are_there() -> None:
    """Each by name, because whoever reads them does so by name; others may join them."""
    assert {table.name for table in TABLES} >= {
        *(
            "iterations",
            "story_states",
            "story_facts",
            "iteration_metrics",
            "throughput_weekly",
            "flow_daily",
        ),
        *(
            "cycle_time_percentiles",
            "aging_wip",
            "burnup_daily",
            "epic_progress",
            "release_status",
            "forecast",
        ),
        *("forecast_distribution", "forecast_backtest", "forecast_calibration", "story_mix"),
        *("story_blocks", "time_in_state", "predictability_weekly", "work_in_progress"),
        *("iteration_scope",),
    }


def test_tables_come_after_what_they_read() -> None:
    known: set[str] = set()
    for table in TABLES:
        assert {i for i in table.inputs if i.startswith("project_management.")} <= known
        known.add(table.address)


@ids
def test_a_table_reads_its_inputs_only_and_gives_its_columns(table: MetricTable) -> None:
    """Every other table is dropped first, so that an undeclared input is an error."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-06 00:00"), ("accepted", "2026-01-13 00:00"), estimate=1)
    add_story(con, 2, ("started", "2026-01-13 00:00"), estimate=1)
    for earlier in TABLES[: TABLES.index(table)]:
        write_metric(con, earlier, RUN)
    present = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary"
    ).fetchall()
    for schema, name in present:
        if f"{schema}.{name}" not in table.inputs:
            con.execute(f"DROP TABLE {schema}.{name}")
    relation = table.compute(con, RUN)
    types = [
        str(kind).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for kind in relation.types
    ]
    found = list(zip(relation.columns, types, strict=True))
    assert found == [(column.name, column.type) for column in table.columns]


@ids
def test_a_table_is_documented(table: MetricTable) -> None:
    assert len(table.definition.strip()) > 100
    assert set(table.grain) <= {column.name for column in table.columns}
    assert all(column.description.endswith(".") for column in table.columns)
    for path in table.settings:
        RUN.settings.section(path)


def test_importing_the_tables_imports_no_engine() -> None:
    """The code server loads every definition; it must not pay for what only a run needs."""
    code = (
        "import sys, pipelines.metrics.project_management.tables;"
        "print([m for m in ('duckdb', 'pandas', 'numpy', 'pydantic', 'dagster') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
