"""Every metric table has headline numbers, and they compute on an empty table and on the demo company."""

from __future__ import annotations

import math

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.headlines import HEADLINES, headlines
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


def test_every_table_has_headlines_and_no_other() -> None:
    assert set(HEADLINES) == {table.address for table in TABLES}
    assert all(HEADLINES.values())
