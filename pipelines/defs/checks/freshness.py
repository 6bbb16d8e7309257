"""Freshness: how old an asset may get, said once for all of them.

A check judges what a run wrote; freshness notices that no run came. Dagster's daemon evaluates it, by default.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from pipelines.defs.dagster_private import replace
from pipelines.defs.jobs import sync_selection
from pipelines.defs.settings import Settings

#: A warning when frequent syncs did not come for hours. A failure when the nightly sync did not
#: come either, with two hours to spare for a slow one.
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=6), fail_window=timedelta(hours=26)
)


def with_freshness(settings: Settings, definitions: dg.Definitions) -> dg.Definitions:
    """``definitions`` with the policy on all that a sync keeps fresh; a source that is off goes stale rightly."""
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
    synced = sync_selection(settings).resolve(assets)

    def fresh(spec: dg.AssetSpec) -> dg.AssetSpec:
        return dg.apply_freshness_policy(spec, FRESHNESS) if spec.key in synced else spec

    return replace(definitions, assets=list(dg.map_asset_specs(fresh, assets)))
