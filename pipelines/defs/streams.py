"""The stream assets: per source one multi-asset for unpartitioned streams and one for daily ones."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.defs.discretion import discreet
from pipelines.defs.partitions import daily_partitions
from pipelines.defs.resources import Sources, how_to_switch_on
from pipelines.defs.trusted_changes import unchanged_parents
from pipelines.project.settings import Settings
from pipelines.pyairbyte.decorator import pyairbyte_assets
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.pyairbyte.translator import PyAirbyteTranslator
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
from pipelines.texts.markdown import cell
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.deleted_stories import remove_deleted_stories

OWNER = "team:data"


class ReadConfig(dg.Config):
    """``full_refresh`` reads incremental streams whole, ignoring what was saved since the last read.

    ``trust_changes`` leaves out the time entries of people of whom Clockify's feed names no change.
    """

    full_refresh: bool = False
    trust_changes: bool = False


class SourceTranslator(PyAirbyteTranslator):
    """Adds what this project knows: the source's kind, its owner and whether it is live, demo or off."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.storage_kind = Warehouse(settings.warehouse).backend.storage_kind

    def get_asset_spec(self, props: AirbyteStreamProps) -> dg.AssetSpec:
        spec = super().get_asset_spec(props)
        mode = self._settings.mode(props.namespace)
        description = spec.description or ""
        if mode == "off":
            description = f"Off: {how_to_switch_on(props.namespace)}\n\n{description}"
        return spec.replace_attributes(
            description=description,
            owners=[OWNER],
            tags={**spec.tags, "source": props.namespace, "mode": mode},
        )


def stream_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """All stream assets of both sources."""
    assets = []
    for connector in CONNECTORS.values():
        daily = [props for props in connector.streams if props.is_daily]
        others = [props for props in connector.streams if not props.is_daily]
        partitions = daily_partitions(settings.start_date)
        assets.append(_assets(settings, connector, others, "streams", None))
        assets.append(_assets(settings, connector, daily, "days", partitions))
    return assets


def _assets(
    settings: Settings,
    connector: Connector,
    streams: list[AirbyteStreamProps],
    suffix: str,
    partitions: dg.PartitionsDefinition[Any] | None,
) -> dg.AssetsDefinition:
    source = connector.namespace

    @pyairbyte_assets(
        connector=connector,
        streams=streams,
        name=f"{source}_{suffix}",
        translator=SourceTranslator(settings),
        partitions_def=partitions,
        pool=f"{source}_api",
    )
    @discreet
    def read_streams(
        context: dg.AssetExecutionContext,
        config: ReadConfig,
        airbyte: PyAirbyteResource,
        sources: dg.ResourceParam[Sources],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        destination = sources.destination(source)
        unchanged = unchanged_parents(context, sources) if config.trust_changes else {}
        yield from airbyte.run(
            context=context,
            connector=connector,
            config=sources.config(source),
            destination=destination,
            full_refresh=config.full_refresh,
            parents_read=unchanged,
            metadata=_origin(sources, source),
        )
        if source == PIVOTAL_TRACKER:
            with destination.warehouse.connect() as connection:
                removed = remove_deleted_stories(connection, connector)
            context.log.info(
                f"{source}: {removed:,} stories removed that activity says were deleted"
            )

    return read_streams


def _origin(sources: Sources, source: str) -> dict[str, Any]:
    """Where a materialization's data comes from, and what was assumed of it."""
    notes = sources.notes(source)
    said = (
        {"notes": dg.MetadataValue.md("\n".join(f"* {cell(note)}" for note in notes))}
        if notes
        else {}
    )
    return {"mode": sources.settings.mode(source), **said}
