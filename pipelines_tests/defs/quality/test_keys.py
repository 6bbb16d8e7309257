"""Keys: what counts as repeated and as incomplete."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.defs.quality.keys import KeyFindings, TableKey, key_findings, metric_key, stream_key
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricTable
from pipelines.sources.registry import CONNECTORS

METRICS = [table for tables in FAMILIES.values() for table in tables]


def findings(rows: str, key: TableKey) -> KeyFindings:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE main.t AS FROM (VALUES {rows}) AS t(a, b)")
    return key_findings(connection, key)


BOTH = TableKey("main.t", ("a", "b"))
B_MAY_BE_NULL = TableKey("main.t", ("a", "b"), frozenset({"b"}))


@pytest.mark.parametrize(
    ("rows", "key", "expected"),
    [
        ("(1, 1), (1, 2), (2, 1)", BOTH, KeyFindings(3, 0, 0, ())),
        ("(1, 1), (1, 1), (1, 1), (2, 1)", BOTH, KeyFindings(4, 1, 0, ("1, 1",))),
        ("(1, 1), (1, NULL)", BOTH, KeyFindings(2, 0, 1, ("1, NULL",))),
        ("(1, 1), (1, NULL)", B_MAY_BE_NULL, KeyFindings(2, 0, 0, ())),
        # NULL is one group: two of it are one key twice.
        ("(1, NULL), (1, NULL)", B_MAY_BE_NULL, KeyFindings(2, 1, 0, ("1, NULL",))),
        ("(NULL, 1)", B_MAY_BE_NULL, KeyFindings(1, 0, 1, ("NULL, 1",))),
    ],
)
def test_repeated_and_incomplete_keys(rows: str, key: TableKey, expected: KeyFindings) -> None:
    found = findings(rows, key)
    assert found == expected
    assert found.ok == (expected.repeated == expected.incomplete == 0)


def test_an_empty_table_has_no_broken_keys() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE main.t (a INTEGER, b INTEGER)")
    assert key_findings(connection, BOTH) == KeyFindings(0, 0, 0, ())


@pytest.mark.parametrize("table", METRICS, ids=lambda table: table.address)
def test_a_grain_column_may_be_null_exactly_when_its_description_says_so(
    table: MetricTable,
) -> None:
    described = {c.name: c.description for c in table.columns if c.name in table.grain}
    key = metric_key(table)
    assert key.columns == table.grain
    assert key.nullable == {name for name, text in described.items() if "NULL" in text}


@pytest.mark.parametrize("table", METRICS, ids=lambda table: table.address)
def test_money_of_an_unknown_currency_is_a_group_of_its_own(table: MetricTable) -> None:
    if "currency" in table.grain:
        assert "currency" in metric_key(table).nullable


def test_no_part_of_a_streams_primary_key_may_be_null() -> None:
    for connector in CONNECTORS.values():
        for props in connector.streams:
            assert stream_key(props).required == props.primary_key
