"""``PyAirbyteComponent``: the streams of one connector as assets, from a ``defs.yaml``.

Here: what a ``defs.yaml`` may say, and the definitions made of it. Not here: how a read goes (``resource``) and where its
rows go (the resource ``destinations``).
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of components and asset functions.

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel
from typing_extensions import Self

from pipelines.project.discretion import discreet
from pipelines.pyairbyte.catalog import InstalledConnector
from pipelines.pyairbyte.decorator import pyairbyte_assets
from pipelines.pyairbyte.destination import Destinations
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.partitions import daily_partitions
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.pyairbyte.scaffolder import CATALOG, MANIFEST, PyAirbyteScaffolder
from pipelines.pyairbyte.translator import PyAirbyteTranslator


class ReadConfig(dg.Config):
    """``full_refresh`` reads incremental streams whole, ignoring what was saved since the last read."""

    full_refresh: bool = False


@dg.scaffold_with(PyAirbyteScaffolder)
@dataclass
class PyAirbyteComponent(dg.Component, dg.Resolvable):
    """The streams of a connector as assets, read through PyAirbyte and published where ``destinations`` says.

    Needs the resources ``airbyte`` (``PyAirbyteResource``) and ``destinations`` (``Destinations``).

    Example:
        .. code-block:: yaml

            type: pipelines.pyairbyte.PyAirbyteComponent
            attributes:
              connector: source-shop
              config: {api_key: "{{ env.SHOP_KEY }}"}
              streams: [orders, customers]
              schedule: "0 * * * *"
              translation: {group_name: sales, owners: ["team:shop"]}
    """

    connector: Annotated[
        str, dg.Resolver.default(description="Airbyte's name of the connector, source-...")
    ]
    namespace: Annotated[
        str | None,
        dg.Resolver.default(
            description="Schema of the tables and first part of the asset keys. Default: the connector's name without source-."
        ),
    ] = None
    manifest: Annotated[
        str, dg.Resolver.default(description="The declarative manifest, beside this file.")
    ] = MANIFEST
    executable: Annotated[
        str | None,
        dg.Resolver.default(
            description="Program of an installed connector, in place of a manifest: a name on the PATH, or a path from here."
        ),
    ] = None
    catalog: Annotated[
        str,
        dg.Resolver.default(
            description="The streams of an installed connector, a configured catalog beside this file."
        ),
    ] = CATALOG
    config: Annotated[
        Mapping[str, Any],
        dg.Resolver.default(description="The connector's config; secrets by {{ env.NAME }}."),
    ] = field(default_factory=dict)
    streams: Annotated[
        Sequence[str] | None,
        dg.Resolver.default(description="The streams to read. Default: all."),
    ] = None
    start_date: Annotated[
        str | None,
        dg.Resolver.default(description="First day of daily streams, such as 2026-01-31."),
    ] = None
    pool: Annotated[
        str | None,
        dg.Resolver.default(
            description="Pool whose limit all reads share. Default: the namespace and _api."
        ),
    ] = None
    schedule: Annotated[
        str | None,
        dg.Resolver.default(
            description="Cron schedule on which everything is read. Default: none."
        ),
    ] = None
    lookback_days: Annotated[
        int,
        dg.Resolver.default(
            description="How many days before today a scheduled run reads again of daily streams."
        ),
    ] = 1
    translation: Annotated[
        TranslationFn[AirbyteStreamProps] | None,
        TranslationFnResolver(lambda props: {"props": props, "stream": props.name}),
    ] = None

    def __post_init__(self) -> None:
        #: Where the ``defs.yaml`` lies.
        self.folder = Path()

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """See Dagster; the component remembers its folder."""
        component = super().load(attributes, context)
        component.folder = context.path
        return component

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """One multi-asset for unpartitioned streams, one for daily ones, and the schedule."""
        connector = self.declared()
        streams = self.selected(connector)
        daily = [props for props in streams if props.is_daily]
        others = [props for props in streams if not props.is_daily]
        assets = [
            self.assets(connector, group, suffix, partitions)
            for group, suffix, partitions in (
                (others, "streams", None),
                (daily, "days", self.partitions(connector) if daily else None),
            )
            if group
        ]
        if self.schedule is None:
            return dg.Definitions(assets=assets)
        job = dg.define_asset_job(f"{connector.namespace}_read", dg.AssetSelection.assets(*assets))
        return dg.Definitions(
            assets=assets, jobs=[job], schedules=[self._schedule(job, bool(daily))]
        )

    def declared(self) -> Connector:
        """The connector with its streams, as the manifest or the catalog declares them."""
        namespace = self.namespace or self.connector.removeprefix("source-").replace("-", "_")
        if self.executable is None:
            return ManifestConnector(self.connector, namespace, self.folder / self.manifest)
        program = Path(self.executable).expanduser()
        executable = str(self.folder / program) if len(program.parts) > 1 else self.executable
        return InstalledConnector(self.connector, namespace, executable, self.folder / self.catalog)

    def selected(self, connector: Connector) -> list[AirbyteStreamProps]:
        """The streams to define, in the order in which they are declared."""
        if self.streams is None:
            return list(connector.streams)
        declared = [props.name for props in connector.streams]
        unknown = sorted(set(self.streams) - set(declared))
        if unknown:
            raise dg.DagsterInvalidDefinitionError(
                f"{connector.name} declares no stream {', '.join(unknown)}; it declares {', '.join(declared)}."
            )
        return [props for props in connector.streams if props.name in self.streams]

    def translator(self) -> PyAirbyteTranslator:
        """How a stream becomes an asset."""
        return PyAirbyteTranslator(self.translation)

    def assets(
        self,
        connector: Connector,
        streams: Sequence[AirbyteStreamProps],
        suffix: str,
        partitions: dg.PartitionsDefinition[Any] | None,
    ) -> dg.AssetsDefinition:
        """The multi-asset of ``streams``."""
        define = pyairbyte_assets(
            connector=connector,
            streams=streams,
            name=f"{connector.namespace}_{suffix}",
            translator=self.translator(),
            partitions_def=partitions,
            pool=self.pool or f"{connector.namespace}_api",
            op_tags=self.step_tags(is_daily=partitions is not None),
        )
        return define(discreet(self.reader(connector)))

    def step_tags(self, *, is_daily: bool) -> Mapping[str, str]:  # noqa: ARG002
        """Further tags of the step that reads the daily streams, or the others; to be overridden where order matters."""
        return {}

    def reader(self, connector: Connector) -> Callable[..., Iterator[dg.MaterializeResult[Any]]]:
        """What the step does, as a function of Dagster's arguments; to be overridden where reading needs more."""

        def read_streams(
            context: dg.AssetExecutionContext,
            config: ReadConfig,
            airbyte: PyAirbyteResource,
            destinations: dg.ResourceParam[Destinations],
        ) -> Iterator[dg.MaterializeResult[Any]]:
            yield from airbyte.run(
                context=context,
                connector=connector,
                config=self.config,
                destination=destinations.destination_of(connector),
                full_refresh=config.full_refresh,
            )

        return read_streams

    def partitions(self, connector: Connector) -> dg.DailyPartitionsDefinition:
        """The days of daily streams."""
        if self.start_date is None:
            raise dg.DagsterInvalidDefinitionError(
                f"{connector.name} has streams that are read by day: set start_date."
            )
        return daily_partitions(date.fromisoformat(self.start_date))

    def _schedule(
        self, job: "dg.UnresolvedAssetJobDefinition", has_days: bool
    ) -> dg.ScheduleDefinition:
        @dg.schedule(
            name=f"{job.name}_schedule",
            job=job,
            cron_schedule=self.schedule or "",
            description="Reads every stream; of daily ones today and the look-back.",
        )
        def read(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
            today = context.scheduled_execution_time.date()
            tags = {
                "dagster/asset_partition_range_start": str(today - timedelta(self.lookback_days)),
                "dagster/asset_partition_range_end": str(today),
            }
            return dg.RunRequest(tags=tags if has_days else {})

        return read
