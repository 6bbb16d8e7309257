"""The items and transitions of the second delivery source for whoever reads them, whether or not they were computed.

Here: ``delivery_items`` and ``delivery_transitions``. Not here: the tables (``source``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.delivery.source import ITEMS, TRANSITIONS
from pipelines.metrics.tables_there import exists

if TYPE_CHECKING:
    import duckdb

#: The tables that the views read.
INPUTS = (ITEMS.address, TRANSITIONS.address)


def define_delivery(con: duckdb.DuckDBPyConnection) -> None:
    """Define both views on the connection; without their tables they are empty."""
    for table in (ITEMS, TRANSITIONS):
        columns = ", ".join(f"NULL::{column.type} AS {column.name}" for column in table.columns)
        rows = (
            f"FROM {table.address}"
            if exists(con, table.address)
            else f"SELECT {columns} WHERE false"
        )
        con.execute(f"CREATE OR REPLACE TEMP VIEW delivery_{table.name} AS {rows}")
