"""Which optional inputs of a table cannot be read, and why: so that one broken table takes no good one along.

Not here: what a table makes of that (``optional``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.catalog import inputs_of
from pipelines.metrics.tables_there import exists
from pipelines.warehouse.computed import computed_tables, read_tables

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from pipelines.metrics.model import MetricTable


def left_out(
    connection: duckdb.DuckDBPyConnection, table: MetricTable, failed: Collection[str]
) -> dict[str, str]:
    """Why the run leaves out optional inputs, by address. ``failed``: tables that failed in this run.

    One that is older than what it is made of failed in an earlier run: its rows tell of another world than the others'.
    """
    computed = {address: told.computed_at for address, told in computed_tables(connection).items()}
    made = {**read_tables(connection), **computed}
    reasons = {}
    for address in table.optional:
        if address in failed:
            reasons[address] = "it failed"
        elif not exists(connection, address):
            reasons[address] = "it was never computed"
        elif address in computed and any(
            made[behind] > computed[address] for behind in inputs_of(address) if behind in made
        ):
            reasons[address] = "it is older than what it is made of"
    return reasons
