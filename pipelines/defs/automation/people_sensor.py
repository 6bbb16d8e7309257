"""``clockify_people``: a read of exactly the streams about people's time of which Clockify's feed names a change.

Requests for time off, balances, plans, holidays and people change seldom, so it looks less often than ``clockify_changes``, and
with a memory of its own: a host that does not know these kinds does not keep changes of time entries from being found. What is
settled is told by when a stream was read, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import dagster as dg

from pipelines.defs.automation.feed_cursor import LONGEST_REST, FeedCursor
from pipelines.defs.automation.in_flight import (
    TARGET_TAG,
    earlier_runs,
    launch_tags,
    reason_to_wait,
    run_reading,
)
from pipelines.defs.automation.pace import Pace, budget_sentence, too_little_left
from pipelines.defs.automation.status import sensor_status
from pipelines.defs.automation.ticks import SECONDS_TO_LOCK, utc_now
from pipelines.defs.automation.unsettled_days import SKEW
from pipelines.defs.resources import Sources, how_to_switch_on
from pipelines.project.discretion import discreet
from pipelines.sources.budget import BudgetSpent
from pipelines.sources.clockify.changes import KindsChanged, clockify_api, kinds_changed
from pipelines.sources.http import FeedBusy, FeedError, FeedRefused
from pipelines.sources.registry import CLOCKIFY
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.state import last_read_at, was_ever_read

NAME = "clockify_people"
#: What is read again when an entity of a kind changed.
STREAMS = {
    "TIME_OFF_REQUEST": ("time_off_requests",),
    "BALANCE": ("time_off_balances",),
    "SCHEDULED_ASSIGNMENT": ("scheduling_assignments", "scheduling_totals"),
    "HOLIDAYS": ("holidays",),
    "USER": ("users",),
}

_LEAST_SECONDS = 300
_REST_WHEN_BUSY = timedelta(minutes=15)
_KEYS = {
    stream: dg.AssetKey([CLOCKIFY, stream]) for streams in STREAMS.values() for stream in streams
}


def people_sensor(sources: Sources, clock: Callable[[], datetime] = utc_now) -> dg.SensorDefinition:
    """The sensor on ``sources``; tests set its ``clock``."""
    settings = sources.settings
    pace = Pace.of(settings, CLOCKIFY, least=3, most=6, unlimited=30)

    @dg.sensor(
        name=NAME,
        asset_selection=list(_KEYS.values()),
        minimum_interval_seconds=max(_LEAST_SECONDS, pace.seconds),
        default_status=sensor_status(settings),
        description="Asks Clockify whether time off, balances, plans, holidays or people changed, and reads those lists again.",
    )
    @discreet
    def clockify_people(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if settings.mode(CLOCKIFY) == "off":
            return dg.SkipReason(f"Clockify is off: {how_to_switch_on(CLOCKIFY)}")
        now = clock()
        busy = run_reading(context.instance, CLOCKIFY, now)
        if busy:
            return dg.SkipReason(f"Run {busy[:8]} is reading Clockify.")
        cursor = FeedCursor.read(context.cursor, now)
        if cursor.resting_until:
            return dg.SkipReason(f"{cursor.reason} Next look at {cursor.resting_until:%H:%M} UTC.")
        try:
            read_at = _read_at(sources)
            if read_at is None:
                return dg.SkipReason("Nothing of Clockify was read yet: run a sync first.")
            config = sources.config(CLOCKIFY)
            found = kinds_changed(
                clockify_api(config),
                list(STREAMS),
                cursor.since,
                cursor.window_end(now),
                pace.allowance(config, NAME),
            )
        except FeedRefused as refusal:
            reason = f"{refusal} for its entity changes: this plan does not have them. The schedules read these lists."
            return dg.SensorResult(
                skip_reason=reason, cursor=cursor.resting(now + LONGEST_REST, reason).text
            )
        except FeedBusy as busy_feed:
            reason = str(busy_feed)
            return dg.SensorResult(
                skip_reason=reason, cursor=cursor.resting(now + _REST_WHEN_BUSY, reason).text
            )
        except BudgetSpent as spent:
            return dg.SkipReason(budget_sentence("Clockify", spent))
        except (FeedError, WarehouseError) as error:
            return dg.SkipReason(str(error))
        unsettled = _unsettled(found, read_at)
        cursor = (
            cursor.moved(now, [min(unsettled.values())] if unsettled else [])
            if found.complete
            else cursor.narrowed()
        )
        if not unsettled:
            return dg.SensorResult(
                skip_reason=f"{len(found.moments)} kinds changed, all read already.",
                cursor=cursor.text,
            )
        streams = sorted(unsettled)
        tags = launch_tags(NAME, streams, max(unsettled.values()))
        wait = reason_to_wait(earlier_runs(context.instance, NAME), tags[TARGET_TAG], now)
        short = too_little_left(config)
        if short:
            wait = budget_sentence("Clockify", short)
        if wait:
            return dg.SensorResult(
                skip_reason=f"Changed: {', '.join(streams)}. {wait}", cursor=cursor.text
            )
        context.log.info(f"Changed since they were read: {', '.join(streams)}.")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(asset_selection=[_KEYS[stream] for stream in streams], tags=tags)
            ],
            cursor=cursor.text,
        )

    return clockify_people


def _read_at(sources: Sources) -> Mapping[str, datetime | None] | None:
    """When each of the streams was read last; ``None`` before the first read of anything."""
    with sources.warehouse.waiting(SECONDS_TO_LOCK).connect(read_only=True) as connection:
        if not was_ever_read(connection, CLOCKIFY):
            return None
        return {stream: last_read_at(connection, CLOCKIFY, stream) for stream in _KEYS}


def _unsettled(found: KindsChanged, read_at: Mapping[str, datetime | None]) -> dict[str, datetime]:
    """The streams that were not read since one of their kind changed, and when that was.

    A stream that was never read waits for a sync.
    """
    return {
        stream: at
        for kind, at in found.moments.items()
        for stream in STREAMS[kind]
        if (read := read_at[stream]) is not None and read <= at + SKEW
    }
