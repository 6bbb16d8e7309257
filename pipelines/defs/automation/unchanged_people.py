"""Of which people nothing needs to be read again, because Clockify's feed of changes names no change of theirs.

Here: the rule by which people count as unchanged since a moment. Not here: how changes are found, and who reads the
others.

The moment is the oldest read of the days in question: everybody's entries of these days were read then or later. It
moves only when everybody is read again, so each look asks for all that changed since, and a change that the feed told
late, as it does with deletions, is found by the next look. An entry that was created and deleted after that moment is
in no feed; whoever has entries that were first seen after it is read, so such an entry goes, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.defs.automation.unsettled_days import SKEW, days_read_at
from pipelines.pyairbyte.destination import Window
from pipelines.sources.clockify.changes import REACH, EntryChange

if TYPE_CHECKING:
    import duckdb


def all_read_at(
    connection: duckdb.DuckDBPyConnection, window: Window, now: datetime
) -> datetime | None:
    """The oldest read of the days of ``window``; ``None`` where one was never read, or before the feed's reach."""
    read_at = days_read_at(connection)
    days = (window.end - window.start).days
    moments = [read_at.get((window.start + timedelta(days=day)).date()) for day in range(days)]
    known = [moment for moment in moments if moment is not None]
    if not known or len(known) < days:
        return None
    oldest = min(known)
    return oldest if now - REACH < oldest - SKEW and oldest <= now else None


def unchanged_people(
    connection: duckdb.DuckDBPyConnection, changes: Sequence[EntryChange], since: datetime
) -> set[str] | None:
    """Ids of the people whose entries are in the warehouse as they are at the source.

    ``changes`` are all since ``since``, less ``SKEW``. ``None`` when one of them is of somebody unknown. People with a
    running timer, and those whose own row is newer than ``since``, such as people who came or came back, do not count
    as unchanged.
    """
    changed = {change.user_id for change in changes if change.user_id is not None}
    nameless = [change.entry_id for change in changes if change.user_id is None]
    owners = connection.execute(
        "SELECT id, user_id FROM clockify.time_entries WHERE list_contains($ids::VARCHAR[], id)",
        {"ids": nameless},
    ).fetchall()
    if {entry_id for entry_id, _ in owners} != set(nameless):
        return None
    rows = connection.execute(
        """
        SELECT id FROM clockify.users WHERE _extracted_at <= $since
        EXCEPT
        SELECT user_id FROM clockify.time_entries
        WHERE _first_seen_at > $certain OR (time_interval ->> '$.end') IS NULL
        """,
        # Twice: the clocks may differ in either direction.
        {"since": since, "certain": since - 2 * SKEW},
    ).fetchall()
    return {user_id for (user_id,) in rows} - changed - {user_id for _, user_id in owners}
