"""The jobs: ``sync`` is everything a run can bring up to date, in one process; ``compute`` the part without reading."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.settings import Settings
from pipelines.sources.registry import CONNECTORS

SYNC = "sync"
COMPUTE = "compute"
#: What is written from whatever tables there are.
_WORKS_WITH_ONE_SOURCE = (
    "effort/reconciliation",
    "catalog/tables",
    "catalog/columns",
    "catalog/joins",
    "report/page",
    "report/exports",
    "report/snapshot",
)
_MIRROR = "mirror/tables"
WORKS_WITH_WHAT_IS_THERE = (*_WORKS_WITH_ONE_SOURCE, _MIRROR)


def sync_selection(settings: Settings) -> dg.AssetSelection:
    """All assets but those of a source that is off, and those that cannot do without it."""
    selection: dg.AssetSelection = dg.AssetSelection.all()
    for source in CONNECTORS:
        if settings.mode(source) == "off":
            selection = selection - dg.AssetSelection.groups(source).downstream()
    mirror = (_MIRROR,) if settings.mirror else ()
    return selection | dg.AssetSelection.assets(*_WORKS_WITH_ONE_SOURCE, *mirror)


def sync_job(settings: Settings) -> dg.UnresolvedAssetJobDefinition:
    """Reads the streams (daily ones for the run's range of days), then computes the metrics."""
    return dg.define_asset_job(
        SYNC,
        selection=sync_selection(settings),
        description="Read what is new from both sources, then compute all metrics.",
    )


def compute_job(settings: Settings) -> dg.UnresolvedAssetJobDefinition:
    """Computes what ``sync`` does after reading, from the tables as they are."""
    streams = dg.AssetSelection.groups(*CONNECTORS)
    return dg.define_asset_job(
        COMPUTE,
        selection=(sync_selection(settings) - streams)
        | dg.AssetSelection.checks_for_assets(*_stream_keys(settings)),
        description="Check the streams' tables and compute all metrics from them, without reading anything.",
    )


def _stream_keys(settings: Settings) -> list[dg.AssetKey]:
    return [
        dg.AssetKey([source, props.name])
        for source, connector in CONNECTORS.items()
        for props in connector.streams
        if settings.mode(source) != "off"
    ]


def sync_config(settings: Settings, *, full_refresh: bool) -> dict[str, object]:
    """Run config of the sync job; ``full_refresh`` reads incremental streams whole."""
    steps = {
        f"{source}_{suffix}": {"config": {"full_refresh": full_refresh}}
        for source in CONNECTORS
        if settings.mode(source) != "off"
        for suffix in ("streams", "days")
    }
    return {"ops": steps, "loggers": {"console": {}}}


def range_tags(first_day: str, last_day: str) -> dict[str, str]:
    """Run tags that make one run cover the daily partitions from ``first_day`` to ``last_day``, both included."""
    return {
        "dagster/asset_partition_range_start": first_day,
        "dagster/asset_partition_range_end": last_day,
    }
