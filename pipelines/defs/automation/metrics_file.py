"""``metrics_file``: writes the numbers of the syncs to ``PIPELINES_METRICS_FILE`` when a run has ended.

The file's age tells a monitoring system whether runs come at all. Here: when it is written. Not here: what is in it
(``pipelines.outputs.status``).
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines.defs.automation.ticks import utc_now
from pipelines.defs.settings import Settings
from pipelines.outputs.status.runs import ENDED
from pipelines.outputs.status.streams import status
from pipelines.project.discretion import discreet

NAME = "metrics_file"


def metrics_file(settings: Settings, path: Path) -> dg.SensorDefinition:
    """The sensor; its cursor is the run that ended last."""

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=settings.sensor_seconds,
        # It asks no source and launches nothing.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Writes the numbers of the syncs to {path} when a run has ended.",
    )
    @discreet
    def write(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        last = context.instance.get_run_records(
            dg.RunsFilter(statuses=ENDED), limit=1, order_by="update_timestamp"
        )
        if not last or last[0].dagster_run.run_id == context.cursor:
            return dg.SkipReason("No run has ended since the last look.")
        from pipelines.outputs.status.openmetrics import write_openmetrics

        write_openmetrics(status(context.instance, settings, utc_now()), path)
        context.update_cursor(last[0].dagster_run.run_id)
        return dg.SkipReason(f"{path} was written.")

    return write
