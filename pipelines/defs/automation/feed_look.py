"""What every look at Clockify's feed of changes begins with, and what its refusals mean.

Here: whether there is a look at all, and how long the feed is left alone. Not here: what is looked for, and what is read then
(``clockify_sensor``, ``people_sensor``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import dagster as dg

from pipelines.defs.automation.feed_cursor import LONGEST_REST, FeedCursor
from pipelines.defs.automation.in_flight import run_reading
from pipelines.defs.automation.pace import budget_sentence
from pipelines.defs.resources import Sources, how_to_switch_on
from pipelines.sources.budget import BudgetSpent
from pipelines.sources.http import FeedBusy, FeedError, FeedRefused
from pipelines.sources.registry import CLOCKIFY
from pipelines.warehouse.errors import WarehouseError

_REST_WHEN_BUSY = timedelta(minutes=15)

Found = TypeVar("Found")


def begin_look(
    context: dg.SensorEvaluationContext, sources: Sources, now: datetime
) -> FeedCursor | dg.SkipReason:
    """From where to look, or why there is no look now: Clockify is off, is being read, or asked to be left alone."""
    if sources.settings.mode(CLOCKIFY) == "off":
        return dg.SkipReason(f"Clockify is off: {how_to_switch_on(CLOCKIFY)}")
    busy = run_reading(context.instance, CLOCKIFY, now)
    if busy:
        return dg.SkipReason(f"Run {busy[:8]} is reading Clockify; what it reads is settled then.")
    cursor = FeedCursor.read(context.cursor, now)
    if cursor.resting_until:
        return dg.SkipReason(f"{cursor.reason} Next look at {cursor.resting_until:%H:%M} UTC.")
    return cursor


def ask_feed(
    look: Callable[[], Found], cursor: FeedCursor, now: datetime, *, without_it: str
) -> Found | dg.SensorResult | dg.SkipReason:
    """What ``look`` finds, or why it found nothing; ``without_it`` says what finds changes where a plan has no feed.

    Small plans refuse the feed and count the refusals as requests, so asking every minute would use them up.
    """
    try:
        return look()
    except FeedRefused as refusal:
        reason = f"{refusal} for its entity changes: this plan does not have them. {without_it}"
        rest = LONGEST_REST
    except FeedBusy as busy:
        reason, rest = str(busy), _REST_WHEN_BUSY
    except BudgetSpent as spent:
        return dg.SkipReason(budget_sentence("Clockify", spent))
    except (FeedError, WarehouseError) as error:
        return dg.SkipReason(str(error))
    return dg.SensorResult(skip_reason=reason, cursor=cursor.resting(now + rest, reason).text)
