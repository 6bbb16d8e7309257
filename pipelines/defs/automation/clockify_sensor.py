"""``clockify_changes``: a backfill of exactly the days on which time entries were created, edited, moved or deleted.

Each tick asks Clockify's entity changes since the cursor and launches one backfill of the days that are not settled
(``unsettled_days``). The cursor moves only past settled changes, so whatever happens between a tick and the end
of its backfill, the changes are found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import dagster as dg

from pipelines.defs.automation.backfill import backfill_request, earlier_backfills
from pipelines.defs.automation.feed_cursor import FeedCursor
from pipelines.defs.automation.feed_look import ask_feed, begin_look
from pipelines.defs.automation.in_flight import TARGET_TAG, launch_tags
from pipelines.defs.automation.pace import Pace, why_not_now
from pipelines.defs.automation.status import sensor_status
from pipelines.defs.automation.ticks import SECONDS_TO_LOCK, utc_now
from pipelines.defs.automation.unsettled_days import Unsettled, days_read_at, unsettled_days
from pipelines.defs.resources import Sources
from pipelines.project.discretion import discreet
from pipelines.project.texts.counts import counted
from pipelines.pyairbyte.partitions import daily_partitions
from pipelines.sources.clockify.changes import ChangesFound, clockify_api, entry_changes
from pipelines.sources.registry import CLOCKIFY

NAME = "clockify_changes"
TIME_ENTRIES = dg.AssetKey([CLOCKIFY, "time_entries"])

_DAYS_NAMED = 5


def clockify_sensor(
    sources: Sources, clock: Callable[[], datetime] = utc_now
) -> dg.SensorDefinition:
    """The sensor on ``sources``; tests set its ``clock``."""
    settings = sources.settings
    # The three feeds once is the least that makes sense.
    pace = Pace.of(settings, CLOCKIFY, least=3, most=12, unlimited=120)

    @dg.sensor(
        name=NAME,
        asset_selection=[TIME_ENTRIES],
        minimum_interval_seconds=pace.seconds,
        default_status=sensor_status(settings),
        description="Asks Clockify which time entries changed, and reads exactly the days they touch again.",
    )
    @discreet
    def clockify_changes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        now = clock()
        begun = begin_look(context, sources, now)
        if isinstance(begun, dg.SkipReason):
            return begun
        looked = ask_feed(
            lambda: _look(sources, pace, begun, now),
            begun,
            now,
            without_it=f"The schedules' look-back of {settings.lookback_days} days and the nightly one of "
            f"{settings.sweep_days} days find changes.",
        )
        if isinstance(looked, dg.SensorResult | dg.SkipReason):
            return looked
        found, unsettled = looked
        if unsettled is None:
            return dg.SkipReason("Nothing of Clockify was read yet: run a sync first.")
        if found.complete:
            moments = [unsettled.oldest] if unsettled.oldest else []
            cursor = begun.moved(now, moments)
        else:
            cursor = begun.narrowed()
        if not unsettled.days:
            return dg.SensorResult(skip_reason=_nothing_to_do(found, unsettled), cursor=cursor.text)
        tags = launch_tags(NAME, unsettled.days, unsettled.newest)
        attempts = earlier_backfills(context.instance, NAME)
        wait = why_not_now("Clockify", attempts, tags[TARGET_TAG], sources.config(CLOCKIFY), now)
        if wait:
            return dg.SensorResult(
                skip_reason=f"Changed: {_named(unsettled.days)}. {wait}", cursor=cursor.text
            )
        context.log.info(f"Changed since they were read: {_named(unsettled.days)}.")
        partitions = daily_partitions(settings.start_date)
        return dg.SensorResult(
            run_requests=[backfill_request(TIME_ENTRIES, partitions, unsettled.days, tags)],
            cursor=cursor.text,
        )

    return clockify_changes


def _look(
    sources: Sources, pace: Pace, cursor: FeedCursor, now: datetime
) -> tuple[ChangesFound, Unsettled | None]:
    """What changed in the cursor's window, and which days are to be read; ``None`` before the first read.

    The warehouse is not open while Clockify is asked.
    """
    warehouse = sources.warehouse.waiting(SECONDS_TO_LOCK)
    with warehouse.connect(read_only=True) as connection:
        read_at = days_read_at(connection)
    if not read_at:
        return ChangesFound([], True, 0), None
    config = sources.config(CLOCKIFY)
    found = entry_changes(
        clockify_api(config),
        cursor.since,
        cursor.window_end(now),
        # How many moments of reading deletions are asked for; see ``sources.clockify.changes``.
        _latest(read_at, min(10, pace.requests // 4)),
        pace.allowance(config, NAME),
    )
    with warehouse.connect(read_only=True) as connection:
        unsettled = unsettled_days(
            connection,
            found.changes,
            first_day=sources.settings.start_date,
            today=now.date(),
        )
    return found, unsettled


def _latest(read_at: Mapping[date, datetime], count: int) -> Sequence[datetime]:
    return sorted(set(read_at.values()), reverse=True)[:count]


def _nothing_to_do(found: ChangesFound, unsettled: Unsettled) -> str:
    sentences = [f"{counted(len(found.changes), 'change')}, all read already."]
    if unsettled.ignored:
        sentences.append(
            f"Left out: {unsettled.ignored:,}, before PIPELINES_START_DATE, or of entries that were never read."
        )
    if found.unreadable:
        sentences.append(f"Rows of the feed that name no entry or no moment: {found.unreadable:,}.")
    if not found.complete:
        sentences.append("There are more than one look may ask for; the next one asks for fewer.")
    return " ".join(sentences)


def _named(days: Sequence[date]) -> str:
    named = ", ".join(day.isoformat() for day in days[:_DAYS_NAMED])
    more = len(days) - _DAYS_NAMED
    return f"{named} and {more:,} more days" if more > 0 else named
