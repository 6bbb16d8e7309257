"""What tests of any part may need and only some do: a PostgreSQL server, started at its first use. And their order.

Property tests draw the same examples in every run, and no example is too slow: the machine may be busy with others.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from pipelines_tests.support.order import long_ones_first
from pipelines_tests.support.warehouses import Warehouses, warehouses_on_a_server

settings.register_profile(
    "deterministic",
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("deterministic")


@pytest.fixture(scope="session")
def warehouses() -> Iterator[Warehouses]:
    """Empty warehouses of every kind."""
    with warehouses_on_a_server() as made:
        yield made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = long_ones_first(
            items,
            workers,
            lambda item: item.nodeid,
            lambda item: item.get_closest_marker("slow") is not None,
        )
