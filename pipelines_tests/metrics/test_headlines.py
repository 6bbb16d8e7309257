"""The headline numbers of metric tables compute, also where there is nothing to compute from."""

from __future__ import annotations

import math
from dataclasses import replace

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.headlines import headlines
from pipelines.metrics.model import MetricTable

TABLES = [table for tables in FAMILIES.values() for table in tables]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.address)
def test_headlines_of_an_empty_table_are_finite(table: MetricTable) -> None:
    connection = duckdb.connect(":memory:")
    columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
    connection.execute(f"CREATE SCHEMA {table.schema}")
    connection.execute(f"CREATE TABLE {table.address} ({columns})")
    numbers = headlines(connection, table)
    assert all(math.isfinite(number) for number in numbers.values())


def test_a_table_needs_no_headlines() -> None:
    table = replace(TABLES[0], headlines={})
    assert headlines(duckdb.connect(":memory:"), table) == {}


def test_headlines_are_rounded_and_unknown_ones_left_out() -> None:
    connection = duckdb.connect(":memory:")
    connection.execute(
        "CREATE SCHEMA numbers; CREATE TABLE numbers.three AS SELECT unnest([1, 2, NULL]) AS value"
    )
    table = replace(
        TABLES[0],
        schema="numbers",
        name="three",
        headlines={"known": "count(value)", "third": "sum(value) / 9", "none": "max(NULL)"},
    )
    assert headlines(connection, table) == {"known": 2, "third": 0.333}
