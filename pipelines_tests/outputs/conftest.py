"""What the tests of charts and report share."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines_tests.outputs import crowd
from pipelines_tests.support.metric_tables import metric_warehouse


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables, all empty."""
    connection = metric_warehouse()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def crowded() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a company with more of everything than a chart can show; not to be changed."""
    connection = metric_warehouse()
    crowd.fill(connection)
    # The last digit of a sum depends on how threads share the rows, and figures are compared with their queries.
    connection.execute("SET threads = 1")
    yield connection
    connection.close()
