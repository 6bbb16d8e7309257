"""What reads had to tell of streams that every source has, such as that they were read in another way.

Here: the sentences for people. Not here: optional streams, which a plan may lack, and what reads noted (``warehouse.told``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import existing_tables
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.told import told

if TYPE_CHECKING:
    import duckdb


def told_by_reads(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each, with the address of its table; nothing in a warehouse of an older version."""
    if "_pipelines.told" not in existing_tables(connection):
        return []
    needed = {
        (props.namespace, props.name)
        for connector in CONNECTORS.values()
        for props in connector.streams
        if not props.optional
    }
    return [
        f"{namespace}.{stream}, when it was last read: {sentence}"
        for namespace, stream, sentence in told(connection)
        if (namespace, stream) in needed
    ]
