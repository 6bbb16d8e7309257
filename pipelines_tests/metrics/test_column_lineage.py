"""The column lineage of the metrics: it leads somewhere, the SQL has it, and it was seen on data.

Where a change of a metric makes it untrue, `make lineage` finds it out anew.
"""

from __future__ import annotations

import zlib

import pytest

from pipelines.metrics.column_lineage import column_lineage
from pipelines_tests.support.column_lineage import (
    TABLES,
    Experiment,
    columns_in_sql,
    declared_columns,
)
from pipelines_tests.support.company import copy_of_the_company
from pipelines_tests.support.metric_tables import metric_warehouse

TOLD = {address: column_lineage(address) for address in TABLES}


def test_it_leads_from_declared_columns_to_declared_columns_of_inputs() -> None:
    declared = declared_columns()
    for address, columns in TOLD.items():
        assert set(columns) <= declared[address], address
        for sources in columns.values():
            for source in sources:
                table, _, column = source.rpartition(".")
                assert table in TABLES[address].inputs, (address, source)
                assert column in declared[table], (address, source)


def test_nearly_every_table_has_one() -> None:
    """Where it ends: at Python (simulated futures, vectors), at files and queries of the settings, at temporary tables."""
    assert {address for address in TABLES if not TOLD[address]} <= {
        "project_management.forecast_distribution",
        "project_management.forecast",
        "project_management.forecast_backtest",
        "effort.story_crosswalk",
        "effort.story_vectors",
        "delivery.items",
        "delivery.transitions",
        "project_management.story_blocks",
        "time_tracking.capacity_daily",
        "effort.link_suggestions",
    }


@pytest.mark.parametrize(
    ("column", "sources"),
    [
        # Carried over.
        ("effort.story_effort.story_id", {"effort.time_story_links.story_id"}),
        # Calculated.
        (
            "time_tracking.utilization_weekly.billable_ratio_pct",
            {"time_tracking.time_daily.billable_hours", "time_tracking.time_daily.tracked_hours"},
        ),
        # Of a nested value of a stream.
        ("time_tracking.time_entry_facts.started_at", {"clockify.time_entries.time_interval"}),
        # Of both sources.
        (
            "effort.effort_per_point.hours_per_point",
            {
                "effort.story_effort.hours",
                "effort.story_effort.amounts_reason",
                "project_management.story_facts.points",
            },
        ),
    ],
)
def test_worked_examples(column: str, sources: set[str]) -> None:
    address, _, name = column.rpartition(".")
    assert set(TOLD[address][name]) == sources


@pytest.mark.slow
def test_the_sql_has_all_of_it() -> None:
    with metric_warehouse() as con:
        for address, columns in TOLD.items():
            found = columns_in_sql(con, TABLES[address])
            for column, sources in columns.items():
                assert set(sources) <= found.get(column, set()), f"{address}.{column}"


@pytest.mark.slow
def test_emptying_a_column_changes_what_is_made_of_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Of a quarter of the columns, drawn by their names; ``make lineage`` takes them all."""
    with copy_of_the_company(tmp_path_factory) as con:
        experiment = Experiment(con)
        for address, columns in TOLD.items():
            for source in sorted(set().union(*columns.values())):
                if zlib.crc32(f"{address} {source}".encode()) % 4:
                    continue
                made_of_it = {column for column, sources in columns.items() if source in sources}
                unchanged = made_of_it - experiment.changed(TABLES[address], source)
                assert not unchanged, f"{source} does not change {unchanged} of {address}"
