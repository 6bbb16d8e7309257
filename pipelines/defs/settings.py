"""All settings of a run: those of the rooms below, and those of schedules, sensors and runs.

Here: which there are, as one object, and reading it. Not here: what the settings of a room mean (its own ``settings``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pipelines.metrics.run_settings import MetricRunSettings
from pipelines.outputs.mirror.settings import MirrorSettings
from pipelines.outputs.settings import OutputSettings
from pipelines.project.kinds import Credential, Flag, Owners, ProjectPath, Site, WebAddress, within
from pipelines.project.settings import RoomSettings, read, setting
from pipelines.sources.settings import is_demo

_RUNNING = ("sync", "resync", "ui")

_LOOKBACK_DAYS = 14
#: Late edits of the demo company lie within.
_DEMO_LOOKBACK_DAYS = 90

Days = Annotated[int, within(0, 36_525)]
Seconds = Annotated[int, within(1, 7 * 86_400)]


class AutomationSettings(RoomSettings):
    """When runs begin, what they read again, how long they may take, and who is told."""

    title = "Runs, schedules and sensors"

    lookback_days: Days = setting(
        "PIPELINES_LOOKBACK_DAYS",
        "Days before the last one read that every sync reads again; at most 36,525. More in the demo, where nobody else finds "
        "late edits.",
        lambda given: _DEMO_LOOKBACK_DAYS if is_demo(given) else _LOOKBACK_DAYS,
        told=f"`{_LOOKBACK_DAYS}`; demo: `{_DEMO_LOOKBACK_DAYS}`",
        example="31",
        used_by=("sync", "ui"),
    )
    sweep_days: Days = setting(
        "PIPELINES_SWEEP_DAYS",
        "Days that the nightly sweep reads again.",
        90,
        example="366",
        used_by=("ui",),
    )
    sync_schedule: str = setting(
        "PIPELINES_SYNC_SCHEDULE",
        "Cron of `frequent_sync`, UTC.",
        "0 * * * *",
        example="*/15 * * * *",
        used_by=("ui",),
    )
    sweep_schedule: str = setting(
        "PIPELINES_SWEEP_SCHEDULE",
        "Cron of `nightly_sweep`, UTC.",
        "30 2 * * *",
        example="0 1 * * *",
        used_by=("ui",),
    )
    sensor_seconds: Seconds = setting(
        "PIPELINES_SENSOR_SECONDS",
        "How often the sensors look, at most.",
        60,
        example="300",
        used_by=("ui",),
    )
    max_wait_seconds: Seconds = setting(
        "PIPELINES_MAX_WAIT_SECONDS",
        "How long a run waits for another one that reads the same source, or writes the warehouse.",
        3600,
        example="600",
        used_by=_RUNNING,
    )
    max_run_seconds: Seconds = setting(
        "PIPELINES_MAX_RUN_SECONDS",
        "How long a run may go on, its waits included.",
        6 * 3600,
        example="7200",
        used_by=_RUNNING,
    )
    keep_runs_days: Days = setting(
        "PIPELINES_KEEP_RUNS_DAYS",
        "How many days Dagster's history remembers a run; one that holds the latest of an asset or day stays. `0`: for ever.",
        30,
        example="90",
        used_by=_RUNNING,
    )
    allow_large_removals: Flag = setting(
        "PIPELINES_ALLOW_LARGE_REMOVALS",
        "`1` lets a run remove at once what it would hold back until a later read agrees. Meant for one run.",
        False,
        example="1",
        used_by=_RUNNING,
    )
    alert_webhook: WebAddress | None = setting(
        "PIPELINES_ALERT_WEBHOOK",
        'Address that gets `{"text": ...}` when a run fails, such as an incoming webhook of a chat.',
        example="https://hooks.example.com/services/abc",
        used_by=("ui",),
    )
    digest_schedule: str = setting(
        "PIPELINES_DIGEST_SCHEDULE",
        "Cron of `weekly_digest`, UTC.",
        "0 7 * * 1",
        example="0 7 * * 5",
        used_by=("ui",),
    )
    metrics_file: ProjectPath | None = setting(
        "PIPELINES_METRICS_FILE",
        "File that gets [the numbers of the syncs](operating.md#numbers-of-the-syncs) after every run, for Prometheus.",
        example="/var/lib/node_exporter/pipelines.prom",
        used_by=("ui",),
    )
    lineage_url: WebAddress | None = setting(
        "PIPELINES_LINEAGE_URL",
        "Address that gets [an event of OpenLineage](catalogs.md#openlineage) for each table that a run wrote.",
        example="http://marquez:5000/api/v1/lineage",
        used_by=("ui",),
    )
    lineage_key: Credential | None = setting(
        "PIPELINES_LINEAGE_KEY",
        "Token that goes there, as `Authorization: Bearer`.",
        example="eyJhbGciOi-example-token",
        used_by=("ui",),
    )


class AssetSettings(RoomSettings):
    """What Dagster shows beside every asset."""

    title = "Assets in Dagster"

    owners: Owners = setting(
        "PIPELINES_OWNERS",
        "Owners of the assets in Dagster: teams and mail addresses, between spaces.",
        ("team:data",),
        told="`team:data`",
        example="team:delivery somebody@example.com",
        used_by=_RUNNING,
    )
    code_url: Site | None = setting(
        "PIPELINES_CODE_URL",
        "Where people find this folder on the web: assets then link to their code there, and not on this machine.",
        example="https://git.example.com/data/pipelines/blob/main",
        used_by=_RUNNING,
    )


class Settings(
    AssetSettings, AutomationSettings, MirrorSettings, OutputSettings, MetricRunSettings
):
    """All settings of a run, read once from an environment."""


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """All settings; see ``project.settings.read``."""
    return read(Settings, environment)
