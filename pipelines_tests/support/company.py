"""The generated company with all its tables, for tests that compute metrics of it again, ask them, or spoil them.

It is read over HTTP once for all of them, and each has its own copy in memory. Here: keeping and copying it. Not here:
reading and computing it (``column_lineage.generated_company``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse.quoting import literal
from pipelines_tests.support.column_lineage import generated_company
from pipelines_tests.support.made_once import made_once

_FILE = "company.duckdb"


@contextmanager
def copy_of_the_company(factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All its tables, in memory and in UTC."""
    file = made_once(factory, "company", _make) / _FILE
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {literal(str(file))} AS kept (READ_ONLY)")
        connection.execute("COPY FROM DATABASE kept TO memory")
        connection.execute("DETACH kept")
        yield connection


def _make(folder: Path) -> None:
    with generated_company() as connection:
        connection.execute(f"ATTACH {literal(str(folder / _FILE))} AS kept")
        connection.execute("COPY FROM DATABASE memory TO kept")
