"""Metric tables that are older than what they are made of: their last computation failed, or nobody asked for it.

Here: which they are, and one sentence about them. Not here: when tables were computed (``warehouse.computed``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.metrics.catalog import FAMILIES
from pipelines.warehouse.computed import computed_tables

if TYPE_CHECKING:
    import duckdb

#: Tables follow each other within a run, and within hours where a sensor computes them one after the other.
_LONGEST = timedelta(hours=12)


def tables_behind_their_inputs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One sentence that names them, and as of when each is; none where all tables are of one time."""
    computed = computed_tables(connection)
    old = []
    for table in (table for tables in FAMILIES.values() for table in tables):
        inputs = [computed[address] for address in table.inputs if address in computed]
        if table.address in computed and inputs:
            own = computed[table.address].computed_at
            if max(each.computed_at for each in inputs) - own > _LONGEST:
                old.append(f"{table.address} (of {own:%Y-%m-%d %H:%M} UTC)")
    if not old:
        return []
    return [
        f"Tables that are older than what they are made of, so that figures of them are, too: {', '.join(old)}. Run a sync; "
        "where it fails, Dagster shows why."
    ]
