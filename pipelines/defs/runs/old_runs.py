"""Runs that are so old that nobody looks at them any more are forgotten, with their events and their files.

Dagster keeps every run for ever: an hourly sync would fill the disk with them. A run stays that holds the latest
materialization of an asset, or of one of its days, whatever its age: from it the UI knows what is there. Here: which runs go.
Not here: when (``executor``).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg

from pipelines.outputs.status.runs import ENDED

#: On a run that is too old, but holds what is latest of something. It stays latest: days that old are not read again.
LATEST_TAG = "pipelines/latest_of"

# The rest is for the next run, so that none waits long for it.
_MOST_AT_ONCE = 50


def forget_old_runs(instance: dg.DagsterInstance, days: int, now: datetime | None = None) -> int:
    """Forget finished runs that began more than ``days`` days ago; returns how many. 0 days: none."""
    if not days:
        return 0
    before = (now or datetime.now(timezone.utc)) - timedelta(days=days)
    old = instance.get_runs(dg.RunsFilter(statuses=ENDED, created_before=before))
    forgotten = 0
    for run in reversed(old):
        if LATEST_TAG in run.tags or forgotten == _MOST_AT_ONCE:
            continue
        latest_of = _latest_of(instance, run.run_id)
        if latest_of:
            instance.add_run_tags(run.run_id, {LATEST_TAG: latest_of})
        else:
            _forget(instance, run.run_id)
            forgotten += 1
    return forgotten


def _latest_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """An asset with its latest materialization in the run; ``None`` if there is none."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        asset = entry.asset_materialization
        if asset is None:
            continue
        of_asset = dg.AssetRecordsFilter(
            asset.asset_key, asset_partitions=[asset.partition] if asset.partition else None
        )
        found = instance.fetch_materializations(of_asset, limit=1).records
        if not found or found[0].run_id == run_id:
            return asset.asset_key.to_user_string()
    return None


def _forget(instance: dg.DagsterInstance, run_id: str) -> None:
    instance.delete_run(run_id)
    # Dagster's SQLite storage has a file for each run, and leaves it there.
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path_of(run_id)}{suffix}").unlink(missing_ok=True)
