"""The daily partitions of streams that are read by day."""

from __future__ import annotations

from datetime import date

import dagster as dg


def daily_partitions(start: date) -> dg.DailyPartitionsDefinition:
    """Every UTC day from ``start`` to today, today included: people look at what they just did."""
    return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_offset=1)
