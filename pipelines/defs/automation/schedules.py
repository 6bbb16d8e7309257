"""The two schedules: ``frequent_sync`` and ``nightly_sweep``, both runs of the ``sync`` job.

The frequent one reads what is new and the days of the look-back. The sweep also asks incremental streams for
everything, because only a whole list shows which stories are gone, and looks further back.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from pipelines.defs.automation.in_flight import sync_in_flight
from pipelines.defs.automation.status import schedule_status
from pipelines.defs.automation.ticks import SECONDS_TO_LOCK
from pipelines.defs.days_to_read import days_to_read
from pipelines.defs.jobs import range_tags, sync_config
from pipelines.defs.resources import Sources
from pipelines.defs.settings import Settings
from pipelines.project.environment import SettingsError
from pipelines.warehouse.errors import WarehouseError

FREQUENT = "frequent_sync"
NIGHTLY = "nightly_sweep"


def schedules(
    sources: Sources, job: dg.UnresolvedAssetJobDefinition
) -> list[dg.ScheduleDefinition]:
    """Both schedules; a cron string that cannot be read raises ``SettingsError`` naming its setting."""
    settings = sources.settings

    def frequent(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = _moment(context)
        busy = sync_in_flight(context.instance, now)
        if busy:
            return dg.SkipReason(f"Sync run {busy[:8]} is still in flight.")
        return _request(sources, now, settings.lookback_days, full_refresh=False)

    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = _moment(context)
        busy = sync_in_flight(context.instance, now, schedule=NIGHTLY)
        if busy:
            return dg.SkipReason(f"Sweep {busy[:8]} is still in flight.")
        return _request(sources, now, settings.sweep_days, full_refresh=True)

    return [
        _schedule(
            settings,
            job,
            name=FREQUENT,
            cron=settings.sync_schedule,
            cron_setting="PIPELINES_SYNC_SCHEDULE",
            function=frequent,
            description="Reads what is new from both sources and the days of the look-back again.",
        ),
        _schedule(
            settings,
            job,
            name=NIGHTLY,
            cron=settings.sweep_schedule,
            cron_setting="PIPELINES_SWEEP_SCHEDULE",
            function=nightly,
            description="Reads every list whole to find what was deleted, and looks further back.",
        ),
    ]


def _schedule(
    settings: Settings,
    job: dg.UnresolvedAssetJobDefinition,
    *,
    name: str,
    cron: str,
    cron_setting: str,
    function: Any,
    description: str,
) -> dg.ScheduleDefinition:
    try:
        return dg.ScheduleDefinition(
            name=name,
            job=job,
            cron_schedule=cron,
            execution_timezone="UTC",
            execution_fn=function,
            default_status=schedule_status(settings),
            description=description,
        )
    except dg.DagsterInvalidDefinitionError:
        raise SettingsError(
            f"{cron_setting} must be a cron schedule such as '0 * * * *', not {cron!r}."
        ) from None


def _moment(context: dg.ScheduleEvaluationContext) -> datetime:
    return context.scheduled_execution_time.astimezone(timezone.utc)


def _request(
    sources: Sources, now: datetime, lookback_days: int, *, full_refresh: bool
) -> dg.RunRequest:
    """A run over the days to read; over the look-back alone while somebody else has the warehouse open."""
    settings, today = sources.settings, now.date()
    warehouse = sources.warehouse.waiting(SECONDS_TO_LOCK)
    try:
        first, last = days_to_read(settings, warehouse, today=today, lookback_days=lookback_days)
    except WarehouseError:
        first = max(min(settings.start_date, today), today - timedelta(days=lookback_days))
        last = today
    return dg.RunRequest(
        tags=range_tags(first.isoformat(), last.isoformat()),
        run_config=sync_config(settings, full_refresh=full_refresh),
    )
