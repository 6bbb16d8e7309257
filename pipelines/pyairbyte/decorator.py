"""``@pyairbyte_assets``: one subsettable multi-asset for streams of one connector that run in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.translator import PyAirbyteTranslator


def pyairbyte_assets(
    *,
    connector: Connector,
    name: str,
    streams: Sequence[AirbyteStreamProps] | None = None,
    translator: PyAirbyteTranslator | None = None,
    group_name: str | None = None,
    partitions_def: dg.PartitionsDefinition[Any] | None = None,
    backfill_policy: dg.BackfillPolicy | None = None,
    pool: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    hooks: set[dg.HookDefinition] | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Define the assets of ``streams`` (default: all); the decorated function yields from ``PyAirbyteResource.run``.

    Args:
        connector: What is read; its streams are declared in its manifest.
        name: The name of the step.
        streams: Which of the connector's streams; daily ones and others belong in different calls.
        translator: How a stream becomes an asset.
        group_name: The assets' group, in place of the translator's.
        partitions_def: Days, for daily streams.
        backfill_policy: How partitions are split into runs. By default one run takes the whole range, because a source
            reads a range as cheaply as a day.
        pool: The pool that limits the step, such as the one for a source's rate limit.
        op_tags: Further tags of the step.
        hooks: Hooks of the step, such as one that tells of failures.

    Example:
        .. code-block:: python

            from pathlib import Path

            import dagster as dg

            from pipelines.pyairbyte.decorator import pyairbyte_assets
            from pipelines.pyairbyte.manifest import ManifestConnector
            from pipelines.pyairbyte.resource import PyAirbyteResource

            shop = ManifestConnector("source-shop", "shop", Path("manifest.yaml"))


            @pyairbyte_assets(connector=shop, name="shop", group_name="sales", pool="shop_api")
            def shop_streams(
                context: dg.AssetExecutionContext,
                airbyte: PyAirbyteResource,
                destinations: dg.ResourceParam[object],
            ):
                yield from airbyte.run(
                    context=context,
                    connector=shop,
                    config={"api_url": "https://shop.example"},
                    destination=destinations.destination_of(shop),
                )
    """
    translator = translator or PyAirbyteTranslator()
    specs = [
        translator.get_asset_spec(props)
        for props in (connector.streams if streams is None else streams)
    ]
    if group_name is not None:
        specs = [spec.replace_attributes(group_name=group_name) for spec in specs]
    if backfill_policy is None and partitions_def is not None:
        backfill_policy = dg.BackfillPolicy.single_run()
    return dg.multi_asset(
        name=name,
        specs=specs,
        can_subset=True,
        partitions_def=partitions_def,
        backfill_policy=backfill_policy,
        pool=pool,
        op_tags={"connector": connector.name, **(op_tags or {})},
        hooks=hooks,
    )
