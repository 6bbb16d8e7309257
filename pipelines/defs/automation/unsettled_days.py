"""Which days of Clockify's time entries must be read again because of changes.

Here: the rule by which a change counts as settled. Not here: how changes are found, and who reads the days.

A change made at ``at`` touches the UTC day on which its entry starts now and the one under which the warehouse holds
it. It is settled on a day once the warehouse has read that day later than ``at``. Nothing else needs to be remembered,
so a lost or garbled memory of a sensor costs a look at the feed and no read too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.sources.clockify.changes import EntryChange
from pipelines.sources.registry import CLOCKIFY
from pipelines.warehouse.state import was_ever_read

if TYPE_CHECKING:
    import duckdb

#: By how much Clockify's clock may be behind this machine's.
SKEW = timedelta(seconds=5)


@dataclass(frozen=True)
class Unsettled:
    """Days to read again, with the moment of the oldest and newest change behind them; ``ignored`` lie before the start."""

    days: Sequence[date]
    oldest: datetime | None
    newest: datetime | None
    ignored: int


def days_read_at(connection: duckdb.DuckDBPyConnection) -> dict[date, datetime]:
    """When each day of Clockify's time entries was last read; empty when none ever was."""
    if not was_ever_read(connection, CLOCKIFY):
        return {}
    rows = connection.execute(
        "SELECT day, read_at FROM _pipelines.days_read "
        "WHERE namespace = 'clockify' AND stream = 'time_entries'"
    ).fetchall()
    return dict(rows)


def unsettled_days(
    connection: duckdb.DuckDBPyConnection,
    changes: Sequence[EntryChange],
    *,
    first_day: date,
    today: date,
) -> Unsettled:
    """The days between ``first_day`` and ``today`` that ``changes`` touch and that were not read since.

    The read of the last day also covers all that is dated later, such as planned leave.
    """
    read_at = days_read_at(connection)
    held = _days_held(connection, [change.entry_id for change in changes])
    days: set[date] = set()
    moments: list[datetime] = []
    ignored = 0
    for change in changes:
        touched = (change.day, held.get(change.entry_id))
        inside = {min(day, today) for day in touched if day and day >= first_day}
        ignored += not inside
        unread = {day for day in inside if not _is_settled(change, read_at.get(day))}
        if unread:
            days |= unread
            moments.append(change.at)
    return Unsettled(
        days=sorted(days),
        oldest=min(moments, default=None),
        newest=max(moments, default=None),
        ignored=ignored,
    )


def _is_settled(change: EntryChange, read_at: datetime | None) -> bool:
    return read_at is not None and read_at > change.at + SKEW


def _days_held(
    connection: duckdb.DuckDBPyConnection, entry_ids: Sequence[str]
) -> Mapping[str, date]:
    """The UTC days under which the warehouse holds the entries, by id."""
    rows = connection.execute(
        "SELECT id, CAST(TRY_CAST(time_interval ->> '$.start' AS TIMESTAMPTZ) AS DATE) "
        "FROM clockify.time_entries SEMI JOIN (SELECT unnest($ids::VARCHAR[]) AS id) USING (id)",
        {"ids": list(entry_ids)},
    ).fetchall()
    return {entry_id: day for entry_id, day in rows if day}
