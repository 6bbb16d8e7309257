"""What is known of every table, without a look at any data: raw tables from the manifests, metric tables as they say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.metrics.column_lineage import column_lineage
from pipelines.metrics.model import Adds, MetricTable
from pipelines.metrics.units import adds_in, unit_of
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.raw_tables import OWN_COLUMNS


@dataclass(frozen=True)
class ColumnEntry:
    """A column; ``lineage`` names the columns of other tables that it is made of, as far as that is known."""

    name: str
    type: str
    description: str
    unit: str | None = None
    adds: Adds | None = None
    lineage: tuple[str, ...] = ()
    may_be_null_in_grain: bool = False


@dataclass(frozen=True)
class TableEntry:
    """A table. ``additive``: whether rows may be added up at all; None for raw tables, of which nobody says so."""

    address: str
    family: str
    definition: str
    grain: tuple[str, ...]
    columns: tuple[ColumnEntry, ...]
    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    additive: bool | None = None
    additive_reason: str | None = None

    def column(self, name: str) -> ColumnEntry | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


def entries(families: Mapping[str, Iterable[MetricTable]]) -> dict[str, TableEntry]:
    """Every raw table of a stream and every metric table of ``families``, by address, in the order of the data's way."""
    raw = [
        _raw(connector.namespace, props)
        for connector in CONNECTORS.values()
        for props in connector.streams
    ]
    metrics = [_metric(table) for tables in families.values() for table in tables]
    return {entry.address: entry for entry in (*raw, *metrics)}


def _raw(namespace: str, props: AirbyteStreamProps) -> TableEntry:
    return TableEntry(
        address=f"{namespace}.{props.name}",
        family=namespace,
        definition=props.description,
        grain=props.primary_key,
        columns=tuple(
            ColumnEntry(column.name, column.type, column.description)
            for column in (*props.columns, *OWN_COLUMNS)
        ),
    )


def _metric(table: MetricTable) -> TableEntry:
    columns = tuple(
        ColumnEntry(
            column.name,
            column.type,
            column.description,
            unit_of(column),
            adds_in(table, column),
            tuple(column_lineage(table.address).get(column.name, ())),
            column.null_is_a_group,
        )
        for column in table.columns
    )
    summable = any(column.adds != "never" for column in columns)
    return TableEntry(
        address=table.address,
        family=table.schema,
        definition=table.definition.strip(),
        grain=table.grain,
        columns=columns,
        inputs=table.inputs,
        settings=table.settings,
        additive=summable and not table.overlaps,
        additive_reason=table.overlaps,
    )
