"""All automation under some settings, as one fragment of the code location's definitions."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.automation.clockify_sensor import clockify_sensor
from pipelines.defs.automation.digest import digest_job, digest_schedule
from pipelines.defs.automation.failure_alert import failure_alert
from pipelines.defs.automation.lineage_sensor import lineage_events
from pipelines.defs.automation.metrics_file import metrics_file
from pipelines.defs.automation.metrics_follow import metrics_follow
from pipelines.defs.automation.people_sensor import people_sensor
from pipelines.defs.automation.schedules import schedules
from pipelines.defs.automation.tracker_sensor import tracker_sensor
from pipelines.defs.resources import Sources


def automation(sources: Sources, job: dg.UnresolvedAssetJobDefinition) -> dg.Definitions:
    """The schedules of ``job``, and the sensors."""
    settings = sources.settings
    digests = [digest_job(sources)] if settings.notify else []
    return dg.Definitions(
        jobs=digests,
        schedules=[
            *schedules(sources, job),
            *(digest_schedule(settings, digest) for digest in digests),
        ],
        sensors=[
            clockify_sensor(sources),
            people_sensor(sources),
            tracker_sensor(sources),
            metrics_follow(settings.sensor_seconds),
            failure_alert(settings),
            *([metrics_file(settings, settings.metrics_file)] if settings.metrics_file else []),
            *([lineage_events(settings, settings.lineage_url)] if settings.lineage_url else []),
        ],
    )
