"""``tracker_changes``: a run of Tracker's streams as soon as a project's version moved.

One request a tick. A sync writes the versions that it read in the transaction of its data, so the
sensor needs no cursor. A project is read again until its version in the warehouse is the source's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

import dagster as dg

from pipelines.defs.automation.applied_versions import applied_versions, last_activity_day
from pipelines.defs.automation.in_flight import (
    TARGET_TAG,
    earlier_runs,
    launch_tags,
    run_reading,
)
from pipelines.defs.automation.pace import Pace, budget_sentence, why_not_now
from pipelines.defs.automation.status import sensor_status
from pipelines.defs.automation.ticks import SECONDS_TO_LOCK, utc_now
from pipelines.defs.jobs import range_tags
from pipelines.defs.resources import Sources, how_to_switch_on
from pipelines.project.discretion import discreet
from pipelines.sources.budget import BudgetSpent
from pipelines.sources.http import FeedError, FeedRefused
from pipelines.sources.pivotal_tracker.versions import source_versions, tracker_api
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError

NAME = "tracker_changes"


def tracker_sensor(
    sources: Sources, clock: Callable[[], datetime] = utc_now
) -> dg.SensorDefinition:
    """The sensor on ``sources``; tests set its ``clock``."""
    settings = sources.settings
    pace = Pace.of(settings, PIVOTAL_TRACKER, least=1, most=1, unlimited=1)
    streams = [
        dg.AssetKey([PIVOTAL_TRACKER, props.name]) for props in CONNECTORS[PIVOTAL_TRACKER].streams
    ]

    @dg.sensor(
        name=NAME,
        asset_selection=streams,
        minimum_interval_seconds=pace.seconds,
        default_status=sensor_status(settings),
        description="Asks Tracker for its projects' versions, and reads the streams again when one moved.",
    )
    @discreet
    def tracker_changes(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if settings.mode(PIVOTAL_TRACKER) == "off":
            return dg.SkipReason(f"Tracker is off: {how_to_switch_on(PIVOTAL_TRACKER)}")
        if settings.mode(PIVOTAL_TRACKER) == "archive":
            return dg.SkipReason("An archive does not change by itself: run a sync when it did.")
        now = clock()
        busy = run_reading(context.instance, PIVOTAL_TRACKER, now)
        if busy:
            return dg.SkipReason(f"Run {busy[:8]} is reading Tracker.")
        try:
            applied, last_day = _read_so_far(sources.warehouse)
            if applied is None or last_day is None:
                return dg.SkipReason("Nothing of Tracker was read yet: run a sync first.")
            config = sources.config(PIVOTAL_TRACKER)
            versions = source_versions(tracker_api(config), pace.allowance(config, NAME))
        except FeedRefused as refusal:
            return dg.SkipReason(f"{refusal} for its projects: check PIVOTAL_TRACKER_API_URL.")
        except BudgetSpent as spent:
            return dg.SkipReason(budget_sentence("Tracker", spent))
        except (FeedError, WarehouseError) as error:
            return dg.SkipReason(str(error))
        if not versions:
            return dg.SkipReason(
                "This host's projects tell no version: the schedules find what changed."
            )
        moved = _moved(versions, applied)
        if not moved:
            return dg.SkipReason(f"None of {len(versions):,} projects changed.")
        tags = launch_tags(NAME, sorted(moved.items()))
        attempts = earlier_runs(context.instance, NAME)
        wait = why_not_now("Tracker", attempts, tags[TARGET_TAG], config, now)
        if wait:
            return dg.SkipReason(f"{len(moved):,} projects changed. {wait}")
        context.log.info(f"Projects that changed: {', '.join(sorted(moved))}.")
        first = max(settings.start_date, min(last_day, now.date()))
        return dg.RunRequest(
            asset_selection=streams,
            tags={**tags, **range_tags(first.isoformat(), now.date().isoformat())},
        )

    return tracker_changes


def _read_so_far(warehouse: Warehouse) -> tuple[Mapping[str, str] | None, date | None]:
    """The applied versions and the last day of activity that was read; ``None`` before the first read."""
    with warehouse.waiting(SECONDS_TO_LOCK).connect(read_only=True) as connection:
        applied = applied_versions(connection)
        return applied, None if applied is None else last_activity_day(connection)


def _moved(versions: Mapping[str, str], applied: Mapping[str, str]) -> dict[str, str]:
    return {
        project: version for project, version in versions.items() if applied.get(project) != version
    }
