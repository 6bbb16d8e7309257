"""The headline numbers of a metric table as it stands; Dagster plots them over time.

Here: reading the aggregates that a table declares (``MetricTable.headlines``). Not here: any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricTable


def headlines(connection: duckdb.DuckDBPyConnection, table: MetricTable) -> dict[str, int | float]:
    """The headline numbers of ``table``, which exists; those that have no value are left out."""
    if not table.headlines:
        return {}
    chosen = ", ".join(f"{sql} AS {name}" for name, sql in table.headlines.items())
    row = connection.execute(f"SELECT {chosen} FROM {table.address}").fetchone()
    assert row is not None
    return {
        name: value if isinstance(value, int) else round(float(value), 3)
        for name, value in zip(table.headlines, row, strict=True)
        if value is not None
    }
