"""The metric assets: one subsettable multi-asset per family, so that a run of all tables costs one process."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from pipelines.defs.automation.metrics_follow import metrics_condition
from pipelines.defs.resources import Sources, WarehouseResource
from pipelines.defs.streams import OWNER
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.pyairbyte.translator import STORAGE_KIND

_DELETED = "_deleted"


def metric_assets() -> list[dg.AssetsDefinition]:
    """All metric assets, a multi-asset per family."""
    return [_assets(family, tables) for family, tables in FAMILIES.items()]


def metric_spec(table: MetricTable) -> dg.AssetSpec:
    """The spec of a metric table: its definition is its description, its inputs are its dependencies."""
    return dg.AssetSpec(
        key=dg.AssetKey([table.schema, table.name]),
        description=table.definition,
        deps=sorted({_input_key(address) for address in table.inputs}),
        group_name=table.schema,
        owners=[OWNER],
        kinds={STORAGE_KIND, "sql"},
        automation_condition=metrics_condition(),
        metadata={
            "dagster/table_name": table.address,
            "dagster/storage_kind": STORAGE_KIND,
            "grain": ", ".join(table.grain),
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(column.name, column.type, column.description)
                    for column in table.columns
                ]
            ),
        },
    )


def _input_key(address: str) -> dg.AssetKey:
    """The asset that writes the table at ``address``; a stream's asset also writes its ``_deleted`` table."""
    schema, table = address.split(".")
    return dg.AssetKey([schema, table.removesuffix(_DELETED)])


def _assets(family: str, tables: Sequence[MetricTable]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=family,
        specs=[metric_spec(table) for table in tables],
        can_subset=True,
        pool="warehouse",
    )
    def compute_tables(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        sources: dg.ResourceParam[Sources],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        from pipelines.metrics.settings import load
        from pipelines.metrics.write import write_metric

        settings = sources.settings
        as_of = settings.as_of or datetime.now(timezone.utc)
        run = MetricRun(as_of=as_of, settings=load(settings.metric_settings))
        failures: dict[str, str] = {}
        for table in tables:
            key = dg.AssetKey([table.schema, table.name])
            if key not in context.selected_asset_keys:
                continue
            failed_inputs = [address for address in table.inputs if address in failures]
            if failed_inputs:
                failures[table.address] = f"not computed, because {failed_inputs[0]} failed."
                continue
            try:
                with warehouse.connect() as connection:
                    rows = write_metric(connection, table, run)
            except Exception as error:  # noqa: BLE001 (one table's fault must not keep the others)
                failures[table.address] = str(error).splitlines()[0]
                context.log.debug(f"{table.address} failed", exc_info=True)
                continue
            context.log.info(f"{table.address}: {rows:,} rows")
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={"dagster/row_count": rows, "as_of": as_of.isoformat()},
            )
        if failures:
            raise dg.Failure(
                " ".join(f"{address}: {reason}" for address, reason in failures.items())
            ) from None

    return compute_tables
