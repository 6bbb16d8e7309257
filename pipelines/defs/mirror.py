"""The asset that delivers the finished tables to the mirror; there is one only where ``PIPELINES_MIRROR`` is set.

Here: where and when. Not here: how a delivery goes (``outputs.mirror``).
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

import time
from typing import Any

import dagster as dg

from pipelines.defs.automation.metrics_follow import MIRROR_GROUP, metrics_condition
from pipelines.defs.metrics import stream_keys
from pipelines.defs.report import last_of
from pipelines.defs.resources import Sources
from pipelines.metrics.catalog import FAMILIES, tables_behind
from pipelines.outputs.mirror.model import Mirror
from pipelines.project.discretion import discreet
from pipelines.project.texts.counts import counted
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse

_METRICS = [table.address for tables in FAMILIES.values() for table in tables]
_STREAMS = [
    f"{connector.namespace}.{props.name}"
    for connector in CONNECTORS.values()
    for props in connector.streams
]


def mirror_assets(mirror: Mirror | None) -> list[dg.AssetsDefinition]:
    """The asset of ``mirror``; none without one."""
    if mirror is None:
        return []

    @dg.asset(
        key=[MIRROR_GROUP, "tables"],
        deps=_inputs(),
        group_name=MIRROR_GROUP,
        kinds={mirror.storage_kind},
        description=f"All raw tables and metric tables, as they are in the warehouse, at {mirror.label}.",
        automation_condition=metrics_condition(stream_keys([*_METRICS, *_STREAMS])),
        # Of its own: the warehouse is free while tables travel.
        pool="mirror",
    )
    @discreet
    def tables(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        sources: dg.ResourceParam[Sources],
    ) -> dg.MaterializeResult[Any]:
        from pipelines.outputs.mirror.deliver import deliver
        from pipelines.outputs.mirror.errors import MirrorError

        started = time.monotonic()
        delivered = []
        try:
            for table in deliver(warehouse, mirror, sources.settings.staging_dir):
                delivered.append(table)
                if table.was_sent:
                    context.log.info(f"{table.address}: {counted(table.rows, 'row')}")
        except MirrorError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        sent = [table for table in delivered if table.was_sent]
        return dg.MaterializeResult(
            metadata={
                "mirror": mirror.label,
                "tables": len(delivered),
                "tables_sent": len(sent),
                "rows_sent": sum(table.rows for table in sent),
                "seconds": round(time.monotonic() - started, 3),
            }
        )

    return [tables]


def _inputs() -> list[dg.AssetKey]:
    """The assets from which all that is delivered can be reached: edges to every table would bury the graph."""
    unused = set(_STREAMS) - tables_behind(_METRICS)
    return [*last_of(_METRICS), *(dg.AssetKey(address.split(".")) for address in sorted(unused))]
