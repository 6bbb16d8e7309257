"""What a sync leaves out when it may trust Clockify's feed of changes: people of whom it names no change.

Here: the look at the feed before a read, and what is said when it is of no use: then everybody is read. Not here: the
rule (``automation.unchanged_people``), and the read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import dagster as dg

from pipelines.defs.automation.unchanged_people import all_read_at, unchanged_people
from pipelines.defs.automation.unsettled_days import SKEW
from pipelines.defs.resources import Sources
from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.resource import window_of
from pipelines.sources.budget import BudgetSpent, RequestBudget
from pipelines.sources.clockify.changes import ChangesFound, clockify_api, entry_changes
from pipelines.sources.http import Allowance, FeedError
from pipelines.sources.registry import CLOCKIFY
from pipelines.warehouse.errors import WarehouseError

TIME_ENTRIES = dg.AssetKey([CLOCKIFY, "time_entries"])

_MOST_REQUESTS = 12
_MOST_SECONDS = 60.0


def unchanged_parents(
    context: dg.AssetExecutionContext, sources: Sources
) -> Mapping[str, Mapping[str, datetime]]:
    """By stream and parent id: parents without a change in the days of this run, and as of when that is known.

    That is people, where time entries are read up to now; perhaps nobody.
    """
    window = window_of(context)
    if TIME_ENTRIES not in context.selected_asset_keys or not window or not window.open_ended:
        return {}
    return {TIME_ENTRIES.path[-1]: _unchanged_people(context, sources, window)}


def _unchanged_people(
    context: dg.AssetExecutionContext, sources: Sources, window: Window
) -> Mapping[str, datetime]:
    """The warehouse is not open while Clockify is asked."""
    now = datetime.now(timezone.utc)
    warehouse = sources.warehouse
    try:
        with warehouse.connect() as connection:
            since = all_read_at(connection, window, now)
        if since is None:
            return {}
        found = _changes(context, sources, since, now)
        with warehouse.connect(read_only=True) as connection:
            people = unchanged_people(connection, found.changes, since)
    except (FeedError, BudgetSpent, WarehouseError) as failure:
        return _nobody(context, str(failure))
    if not found.complete:
        return _nobody(context, "More changed than one look at Clockify's changes may ask for")
    if found.unreadable or people is None:
        return _nobody(context, "Clockify's changes do not all tell whose entries they are about")
    context.log.info(f"{len(people):,} people have no changes since {since:%Y-%m-%d %H:%M} UTC.")
    return dict.fromkeys(people, since)


def _changes(
    context: dg.AssetExecutionContext, sources: Sources, since: datetime, now: datetime
) -> ChangesFound:
    config = sources.config(CLOCKIFY)
    budget = RequestBudget.of({**config, "request_reader": context.op_def.name})
    allowance = Allowance(_MOST_REQUESTS, _MOST_SECONDS, budget)
    return entry_changes(clockify_api(config), since - SKEW, now + SKEW, (), allowance)


def _nobody(context: dg.AssetExecutionContext, reason: str) -> Mapping[str, datetime]:
    context.log.warning(
        f"CLOCKIFY_TRUST_CHANGES is of no use to this read, everybody's time entries are read: {reason.rstrip('.')}."
    )
    return {}
