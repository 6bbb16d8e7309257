"""Real Dagster backfills launched by a sensor, and what became of them.

A sensor's request for a backfill (``RunRequest.for_asset_graph_subset``) and the records of backfills are private in Dagster
1.13 (see ``dagster_private``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

import dagster as dg

from pipelines.defs.automation.in_flight import LAUNCHED_BY_TAG, TARGET_TAG, Attempt
from pipelines.defs.dagster_private import (
    BULK_ACTION_TERMINAL_STATUSES,
    AssetGraphSubset,
    BulkActionStatus,
    PartitionBackfill,
)

_BACKFILLS_SEEN = 100


def backfill_request(
    asset_key: dg.AssetKey,
    partitions: dg.PartitionsDefinition[Any],
    days: Iterable[date],
    tags: Mapping[str, str],
) -> dg.RunRequest:
    """A request for one backfill of exactly ``days`` of ``asset_key``: a run per unbroken range of days."""
    subset = partitions.subset_with_partition_keys([day.isoformat() for day in days])
    # mypy loses the constructor behind Dagster's decorator.
    days_of_asset = AssetGraphSubset(partitions_subsets_by_asset_key={asset_key: subset})  # type: ignore[call-arg]
    return dg.RunRequest.for_asset_graph_subset(days_of_asset, tags)


def earlier_backfills(instance: dg.DagsterInstance, sensor: str) -> list[Attempt]:
    """The backfills that ``sensor`` launched with ``launch_tags``, the newest first."""
    # Filtered here: Dagster's own filter by tags asks the runs of a backfill where the storage lacks an index, and so
    # misses one that has not launched any yet.
    backfills = instance.get_backfills(limit=_BACKFILLS_SEEN)
    return [
        _attempt(backfill) for backfill in backfills if backfill.tags.get(LAUNCHED_BY_TAG) == sensor
    ]


def _attempt(backfill: PartitionBackfill) -> Attempt:
    ended = backfill.backfill_end_timestamp or backfill.backfill_timestamp
    is_over = backfill.status in BULK_ACTION_TERMINAL_STATUSES
    return Attempt(
        name=f"backfill {backfill.backfill_id}",
        target=backfill.tags.get(TARGET_TAG, ""),
        ended_at=datetime.fromtimestamp(ended, timezone.utc) if is_over else None,
        succeeded=backfill.status
        in (BulkActionStatus.COMPLETED_SUCCESS, BulkActionStatus.COMPLETED),
    )
