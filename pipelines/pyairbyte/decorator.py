"""``@pyairbyte_assets``: one subsettable multi-asset for streams of one connector that run in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.translator import PyAirbyteTranslator


def pyairbyte_assets(
    *,
    connector: Connector,
    streams: Sequence[AirbyteStreamProps],
    name: str,
    translator: PyAirbyteTranslator | None = None,
    partitions_def: dg.PartitionsDefinition[Any] | None = None,
    pool: str | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Define the assets of ``streams``; the decorated function yields from ``PyAirbyteResource.run``.

    Partitioned streams back-fill any range in a single run, because a source reads a range as cheaply as a day.
    """
    translator = translator or PyAirbyteTranslator()
    return dg.multi_asset(
        name=name,
        specs=[translator.get_asset_spec(props) for props in streams],
        can_subset=True,
        partitions_def=partitions_def,
        backfill_policy=dg.BackfillPolicy.single_run() if partitions_def else None,
        pool=pool,
        op_tags={"connector": connector.name},
    )
