"""Which UTC days a sync reads: one rule for the command line and the schedules.

Here: the rule. Not here: partitions (``partitions``) and who runs the sync (``cli``, ``defs.automation``).
"""

from __future__ import annotations

from datetime import date, timedelta

from pipelines.defs.settings import Settings
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.progress import unfinished_days
from pipelines.warehouse.state import first_unread_day, last_day_read
from pipelines.warehouse.upgrade import bring_up_to_date


def days_to_read(
    settings: Settings, warehouse: Warehouse, *, today: date, lookback_days: int
) -> tuple[date, date]:
    """First and last day to read: from the first day never read, but at least the look-back, to ``today``.

    The look-back counts from the last day that was read: what was edited since then may be as much older than that.
    The days of a sync that its request budget ended early come first: those very days, for as long as what it read of
    them counts.

    Raises ``WarehouseError`` when the warehouse stays locked for longer than it waits.
    """
    start = min(settings.start_date, today)
    lookback = timedelta(days=lookback_days)
    first = max(start, today - lookback)
    with warehouse.connect() as connection:
        for connector in CONNECTORS.values():
            if settings.mode(connector.namespace) == "off":
                continue
            # First, because a stream that gets a new column is read whole again.
            bring_up_to_date(connection, connector)
            for props in connector.streams:
                if props.is_daily:
                    unfinished = unfinished_days(connection, props)
                    if unfinished and unfinished[0] >= start:
                        return unfinished
                    last_read = last_day_read(connection, props.namespace, props.name)
                    if last_read:
                        first = max(start, min(first, last_read - lookback))
                    unread = first_unread_day(connection, props.namespace, props.name, start, first)
                    first = unread or first
    return first, today
