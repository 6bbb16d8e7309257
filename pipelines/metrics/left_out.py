"""Which optional inputs of a table cannot be read, and why: so that one broken table takes no good one along.

Not here: what a table makes of that (``optional``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import exists
from pipelines.warehouse.computed import computed_tables

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from pipelines.metrics.model import MetricTable


def left_out(
    connection: duckdb.DuckDBPyConnection, table: MetricTable, failed: Collection[str]
) -> dict[str, str]:
    """Why the run leaves out optional inputs, by address. ``failed``: tables that failed in this run.

    One that is made of other rows than its inputs have now failed when these were computed: it tells of another world.
    """
    computed = {
        made: told.origins for made, told in computed_tables(connection).items() if told.origins
    }
    reasons = {}
    for address in table.optional:
        if address in failed:
            reasons[address] = "it failed"
        elif not exists(connection, address):
            reasons[address] = "it was never computed"
        elif address in computed and any(
            contents != computed[behind].contents
            for behind, contents in computed[address].inputs.items()
            if behind in computed
        ):
            reasons[address] = "it is older than what it is made of"
    return reasons
