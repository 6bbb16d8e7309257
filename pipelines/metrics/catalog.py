"""All metric tables by family, each family in an order in which every table follows its inputs.

A family is a schema of the warehouse and a step of a run. Families come in order, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.metrics.catalog_schema.tables import SCHEMA, catalog_tables
from pipelines.metrics.delivery.tables import TABLES as DELIVERY
from pipelines.metrics.effort.tables import TABLES as EFFORT
from pipelines.metrics.model import MetricTable
from pipelines.metrics.project_management.tables import TABLES as PROJECT_MANAGEMENT
from pipelines.metrics.time_tracking.tables import TABLES as TIME_TRACKING

#: What is computed from the sources.
COMPUTED: dict[str, tuple[MetricTable, ...]] = {
    "delivery": DELIVERY,
    "project_management": PROJECT_MANAGEMENT,
    "time_tracking": TIME_TRACKING,
    "effort": EFFORT,
}
#: The same, and what says what it means.
FAMILIES: dict[str, tuple[MetricTable, ...]] = {**COMPUTED, SCHEMA: catalog_tables(COMPUTED)}

_INPUTS = {table.address: table.inputs for tables in FAMILIES.values() for table in tables}


def optional_inputs() -> set[tuple[str, str]]:
    """Pairs of a table and an input that it does without, where that cannot be read."""
    return {
        (table.address, address)
        for tables in FAMILIES.values()
        for table in tables
        for address in table.optional
    }


def tables_behind(addresses: Iterable[str]) -> set[str]:
    """``addresses`` and all that they are computed from, directly or through others, down to the raw tables."""
    found: set[str] = set()
    to_follow = list(addresses)
    while to_follow:
        address = to_follow.pop()
        if address not in found:
            found.add(address)
            to_follow.extend(_INPUTS.get(address, ()))
    return found
