"""What earlier runs said about an asset, from the metadata of its materializations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg


@dataclass(frozen=True)
class PastRun:
    """A run that materialized the asset, with the metadata it left."""

    run_id: str
    metadata: Mapping[str, Any]


def past_runs(
    instance: dg.DagsterInstance, asset_key: dg.AssetKey, *, runs: int, events_per_run: int = 1
) -> list[PastRun]:
    """The last runs that materialized the asset, newest first, about ``runs`` of them.

    Those of the demo say nothing about real data, nor the other way round: only runs like the newest one count.

    A run over a range of daily partitions leaves one event for each of them, all with the same metadata;
    ``events_per_run`` is how many that usually are.
    """
    events = instance.fetch_materializations(asset_key, limit=runs * events_per_run).records
    found: dict[str, PastRun] = {}
    for event in events:
        materialization = event.asset_materialization
        if materialization is not None and event.run_id not in found:
            metadata = {name: value.value for name, value in materialization.metadata.items()}
            found[event.run_id] = PastRun(event.run_id, metadata)
    like_the_newest = [
        past for past in found.values() if _is_demo(past) == _is_demo(next(iter(found.values())))
    ]
    return like_the_newest[:runs]


def _is_demo(past: PastRun) -> bool:
    return past.metadata.get("mode") == "demo"
