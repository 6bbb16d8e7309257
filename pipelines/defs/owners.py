"""Who owns the assets, as Dagster shows it and as its filters find them.

Here: giving the owners of the settings to every asset that names none itself, as a ``defs.yaml`` may.
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.dagster_private import replace
from pipelines.defs.settings import Settings


def with_owners(settings: Settings, definitions: dg.Definitions) -> dg.Definitions:
    """``definitions`` in which no asset is without an owner."""
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]

    def owned(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec if spec.owners else spec.replace_attributes(owners=list(settings.owners))

    return replace(definitions, assets=list(dg.map_asset_specs(owned, assets)))
