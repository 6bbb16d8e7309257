"""Which schedules and sensors run without anybody switching them on.

With credentials, whatever asks the sources by itself waits for a person to switch it on: it spends their API budget.
In the demo it costs nothing and shows how the data stays current, so it runs. What only reacts inside this instance
(metrics, alerts) runs always.
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.settings import Settings


def schedule_status(settings: Settings) -> dg.DefaultScheduleStatus:
    """The default status of a schedule that reads sources."""
    return (
        dg.DefaultScheduleStatus.RUNNING if settings.is_demo else dg.DefaultScheduleStatus.STOPPED
    )


def sensor_status(settings: Settings) -> dg.DefaultSensorStatus:
    """The default status of a sensor that asks a source."""
    return dg.DefaultSensorStatus.RUNNING if settings.is_demo else dg.DefaultSensorStatus.STOPPED
