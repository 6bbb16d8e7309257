"""Records that could not be placed in a stream's table: how many, and why.

Here: what is reported about them. Not here: which records those are (``pyairbyte.conform``), and
keeping them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import existing_tables, relation
from pipelines.warehouse.raw_tables import UNREADABLE_TABLE

if TYPE_CHECKING:
    import duckdb


def unreadable_records(
    connection: duckdb.DuckDBPyConnection, address: str
) -> list[tuple[str, int]]:
    """Reasons, and how many records of the stream at ``address`` were set aside for each."""
    found = connection.execute(
        f"SELECT reason, count(*) FROM {relation(address + UNREADABLE_TABLE)} GROUP BY reason ORDER BY ALL"
    ).fetchall()
    return [(reason, count) for reason, count in found]


def told(address: str, found: Sequence[tuple[str, int]]) -> str:
    """One sentence about ``found`` of the stream at ``address``."""
    reasons = ", ".join(f"{reason} ({count:,})" for reason, count in found)
    records = sum(count for _, count in found)
    noun = "record" if records == 1 else "records"
    return (
        f"{records:,} {noun} could not be placed: {reasons}. They are in {address}{UNREADABLE_TABLE}; correct them at "
        "the source."
    )


def all_told(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str]) -> list[str]:
    """A sentence for each of the streams that has such records."""
    there = existing_tables(connection)
    found = {
        address: unreadable_records(connection, address)
        for address in addresses
        if address + UNREADABLE_TABLE in there
    }
    return [f"{address}: {told(address, each)}" for address, each in found.items() if each]
