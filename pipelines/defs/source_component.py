"""``SourceComponent``: the streams of one of the project's own sources, from its ``defs.yaml``.

Here: what reading our sources needs beyond any connector's: demo, archive or off, deleted stories.
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn

from pipelines.defs.code_links import code_references
from pipelines.defs.loading import loading_settings
from pipelines.defs.resources import Sources, how_to_switch_on
from pipelines.defs.settings import Settings
from pipelines.project.texts.counts import counted
from pipelines.project.texts.markdown import cell
from pipelines.pyairbyte.component import PyAirbyteComponent, ReadConfig
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.partitions import daily_partitions
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.pyairbyte.translator import PyAirbyteTranslator
from pipelines.sources.registry import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.deleted_stories import remove_deleted_stories


class SourceTranslator(PyAirbyteTranslator):
    """Adds what this project knows: the source and whether it is live, demo or off."""

    def __init__(
        self,
        settings: Settings,
        manifest: Path,
        translation: TranslationFn[AirbyteStreamProps] | None,
    ) -> None:
        super().__init__(translation)
        self._settings = settings
        self.storage_kind = Warehouse(settings.warehouse).backend.storage_kind
        self._code = code_references({"Manifest": manifest}, settings.code_url)

    def get_asset_spec(self, props: AirbyteStreamProps) -> dg.AssetSpec:
        spec = super().get_asset_spec(props)
        mode = self._settings.mode(props.namespace)
        description = spec.description or ""
        if mode == "off":
            description = f"Off: {how_to_switch_on(props.namespace)}\n\n{description}"
        return spec.replace_attributes(
            description=description,
            metadata={**spec.metadata, **self._code},
            tags={**spec.tags, "source": props.namespace, "mode": mode},
        )


@dataclass
class SourceComponent(PyAirbyteComponent):
    """The streams of a source of ``sources.registry``; where and how it is read comes from the settings."""

    def declared(self) -> ManifestConnector:
        """The source's connector, by its name."""
        return next(known for known in CONNECTORS.values() if known.name == self.connector)

    def reader(self, connector: Connector) -> Callable[..., Iterator[dg.MaterializeResult[Any]]]:
        """Reads as the source's mode says, and then removes what Tracker says was deleted."""
        source = connector.namespace

        def read_source(
            context: dg.AssetExecutionContext,
            config: ReadConfig,
            airbyte: PyAirbyteResource,
            sources: dg.ResourceParam[Sources],
        ) -> Iterator[dg.MaterializeResult[Any]]:
            yield from airbyte.run(
                context=context,
                connector=connector,
                config=sources.config(source),
                destination=sources.destination_of(connector),
                full_refresh=config.full_refresh,
                compared=sources.compared(source, full_refresh=config.full_refresh),
                metadata=_origin(sources, source),
            )
            if source == PIVOTAL_TRACKER:
                with sources.warehouse.connect() as connection:
                    removed = remove_deleted_stories(connection, connector)
                if removed:
                    context.log.info(
                        f"{source}: removed {counted(removed, 'row')} of stories that activity says were deleted"
                    )

        return read_source

    def translator(self) -> PyAirbyteTranslator:
        """The project's translation, then what ``defs.yaml`` says."""
        return SourceTranslator(loading_settings(), self.declared().manifest_path, self.translation)

    def step_tags(self, *, is_daily: bool) -> Mapping[str, str]:
        """In the demo people are read before their entries: a sync of it may cover weeks, in which somebody moved."""
        lists_first = loading_settings().is_demo and self.declared().namespace == CLOCKIFY
        return {"dagster/priority": "1"} if lists_first and not is_daily else {}

    def partitions(self, connector: Connector) -> dg.DailyPartitionsDefinition:  # noqa: ARG002
        """Days from ``PIPELINES_START_DATE``."""
        return daily_partitions(loading_settings().start_date)


def _origin(sources: Sources, source: str) -> dict[str, Any]:
    """Where a materialization's data comes from, and what was assumed of it."""
    notes = sources.notes(source)
    said = (
        {"notes": dg.MetadataValue.md("\n".join(f"* {cell(note)}" for note in notes))}
        if notes
        else {}
    )
    return {"mode": sources.settings.mode(source), **said}
