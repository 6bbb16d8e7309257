"""What a run was to bring up to date and did not, by its events."""

from __future__ import annotations

import dagster as dg


def assets_not_updated(instance: dg.DagsterInstance, run_id: str) -> set[dg.AssetKey]:
    """The assets that the run planned and did not materialize."""
    planned = _keys(instance, run_id, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    return planned - _keys(instance, run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)


def _keys(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> set[dg.AssetKey]:
    entries = instance.all_logs(run_id, of_type=kind)
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    return {event.asset_key for event in events if event.asset_key}
