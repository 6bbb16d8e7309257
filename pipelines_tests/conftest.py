"""What tests of any part may need and only some do: a PostgreSQL server, started at its first use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines_tests.support.warehouses import Warehouses, warehouses_on_a_server


@pytest.fixture(scope="session")
def warehouses() -> Iterator[Warehouses]:
    """Empty warehouses of every kind."""
    with warehouses_on_a_server() as made:
        yield made
