"""Instants and days of Tracker's tables that no project can have. The metrics treat them as unknown.

Hosts write the year 1 or 9999 for *never*. Here: how many there are, by column. Not here: what is
plausible, and leaving them out (``metrics.project_management.calendar``). Clockify's entries are
not here either: ``time_quality`` tells them one by one.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import existing_tables
from pipelines.metrics.project_management.calendar import (
    FIRST_PLAUSIBLE_YEAR,
    PLAUSIBLE_YEARS_AHEAD,
)

if TYPE_CHECKING:
    import duckdb

STORIES = "pivotal_tracker.stories"

#: What metrics read, by table.
_INSTANTS = {
    "projects": ("created_at", "start_time", "start_date"),
    "stories": ("created_at", "updated_at", "accepted_at", "deadline"),
    "story_transitions": ("occurred_at",),
    "activity": ("occurred_at",),
    "blockers": ("created_at", "updated_at"),
    "reviews": ("created_at", "updated_at"),
    "iterations": ("start", "finish"),
    "releases": ("deadline",),
}


def implausible_dates(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[str]:
    """A sentence for each table with such values, with the count by column; ``now`` bounds the years ahead."""
    there = existing_tables(connection)
    last_year = now.astimezone(timezone.utc).year + PLAUSIBLE_YEARS_AHEAD
    sentences = []
    for table, columns in _INSTANTS.items():
        address = f"pivotal_tracker.{table}"
        if address in there:
            found = _counts(connection, address, columns, last_year)
            if found:
                told = ", ".join(f"{column} ({count:,})" for column, count in found.items())
                sentences.append(
                    f"{address}: dates before {FIRST_PLAUSIBLE_YEAR} or after {last_year} count as not known: {told}. "
                    "Correct them at the source."
                )
    return sentences


def _counts(
    connection: duckdb.DuckDBPyConnection, address: str, columns: tuple[str, ...], last_year: int
) -> dict[str, int]:
    """By column, how many values lie outside; columns without any are missing."""
    bounds = f"DATE '{FIRST_PLAUSIBLE_YEAR}-01-01' AND DATE '{last_year}-12-31'"
    counts = ", ".join(f"count(*) FILTER ({name} NOT BETWEEN {bounds})" for name in columns)
    row = connection.execute(f"SELECT {counts} FROM {address}").fetchone()
    assert row is not None
    return {name: count for name, count in zip(columns, row, strict=True) if count}
