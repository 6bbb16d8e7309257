"""Brings a warehouse of an older version to what this version declares, without manual steps.

When a table gets a new column, the next sync reads its stream whole, with all days. So old rows get
their values, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import Connector
from pipelines.warehouse.raw_tables import ensure_raw_tables, outgrown_tables
from pipelines.warehouse.state import ensure_state_tables, forget_reads

if TYPE_CHECKING:
    import duckdb


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, connector: Connector) -> None:
    """Create what is missing of the connector's tables, of their columns and of ``_pipelines``."""
    ensure_state_tables(connection)
    outgrown = outgrown_tables(connection, connector.namespace, connector.streams)
    for props in connector.streams:
        # First, so that a process that is killed in between leaves it to be done again.
        if props.name in outgrown:
            forget_reads(connection, connector.namespace, props.name)
    ensure_raw_tables(connection, connector.namespace, connector.streams)
