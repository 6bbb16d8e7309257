"""``clockify_people``: reads exactly the streams about people's time that Clockify's feed names.

Requests for time off, balances, plans, holidays and people change seldom, so it looks less often
than ``clockify_changes``. It has a memory of its own, so that a host without these kinds does not
keep changes of time entries from being found. As there, the time of a stream's last read tells
which changes are read already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import dagster as dg

from pipelines.defs.automation.feed_cursor import FeedCursor
from pipelines.defs.automation.feed_look import ask_feed, begin_look
from pipelines.defs.automation.in_flight import TARGET_TAG, earlier_runs, launch_tags
from pipelines.defs.automation.pace import Pace, why_not_now
from pipelines.defs.automation.status import sensor_status
from pipelines.defs.automation.ticks import SECONDS_TO_LOCK, utc_now
from pipelines.defs.automation.unsettled_days import SKEW
from pipelines.defs.resources import Sources
from pipelines.project.discretion import discreet
from pipelines.sources.clockify.changes import KindsChanged, clockify_api, kinds_changed
from pipelines.sources.registry import CLOCKIFY
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
        now = clock()
        begun = begin_look(context, sources, now)
        if isinstance(begun, dg.SkipReason):
            return begun
        looked = ask_feed(
            lambda: _look(sources, pace, begun, now),
            begun,
            now,
            without_it="The schedules read these lists.",
        )
        if looked is None:
            return dg.SkipReason("Nothing of Clockify was read yet: run a sync first.")
        if isinstance(looked, dg.SensorResult | dg.SkipReason):
            return looked
        found, read_at = looked
        unsettled = _unsettled(found, read_at)
        cursor = (
            begun.moved(now, [min(unsettled.values())] if unsettled else [])
            if found.complete
            else begun.narrowed()
        )
        if not unsettled:
            return dg.SensorResult(
                skip_reason=f"{len(found.moments)} kinds changed, all read already.",
                cursor=cursor.text,
            )
        streams = sorted(unsettled)
        tags = launch_tags(NAME, streams, max(unsettled.values()))
        attempts = earlier_runs(context.instance, NAME)
        wait = why_not_now("Clockify", attempts, tags[TARGET_TAG], sources.config(CLOCKIFY), now)
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


def _look(
    sources: Sources, pace: Pace, cursor: FeedCursor, now: datetime
) -> tuple[KindsChanged, Mapping[str, datetime | None]] | None:
    """Which kinds changed in the cursor's window, and when the streams were read; ``None`` before the first read."""
    read_at = _read_at(sources)
    if read_at is None:
        return None
    config = sources.config(CLOCKIFY)
    found = kinds_changed(
        clockify_api(config),
        list(STREAMS),
        cursor.since,
        cursor.window_end(now),
        pace.allowance(config, NAME),
    )
    return found, read_at


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
