"""Moves everything that the project keeps in its warehouse to another one, and says how many rows arrived."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.write import describe
from pipelines.settings import Settings
from pipelines.sources import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.move import MovedTable, move
from pipelines.warehouse.raw_tables import table_columns
from pipelines.warehouse.state import SCHEMA


def move_warehouse(settings: Settings, target: str) -> None:
    """Copy raw tables, deleted histories, metric tables and what is remembered of reads to ``target``."""
    source, destination = Warehouse(settings.warehouse), Warehouse(target)
    moved = move(source, destination, [*CONNECTORS, SCHEMA, *FAMILIES], declared_types())
    _describe(destination, moved)
    console = Console()
    console.print(_summary(moved))
    console.print(
        f"{sum(table.rows for table in moved):,} rows of {len(moved)} tables were in {source.backend.label} "
        f"and are now in {destination.backend.label}, too. Set PIPELINES_WAREHOUSE to it.",
        highlight=False,
    )


def declared_types() -> dict[str, dict[str, str]]:
    """The declared types of all columns by the table's address."""
    raw = {
        f"{props.namespace}.{props.name}{suffix}": {
            column.name: column.type for column in table_columns(props)
        }
        for connector in CONNECTORS.values()
        for props in connector.streams
        for suffix in ("", "_deleted")
    }
    metrics = {
        table.address: {column.name: column.type for column in table.columns}
        for tables in FAMILIES.values()
        for table in tables
    }
    return {**raw, **metrics, f"{SCHEMA}.streams": {"state": "JSON"}}


def _describe(warehouse: Warehouse, moved: list[MovedTable]) -> None:
    arrived = {table.address for table in moved}
    with warehouse.connect() as connection:
        for tables in FAMILIES.values():
            for table in tables:
                if table.address in arrived:
                    describe(connection, table)


def _summary(moved: list[MovedTable]) -> Table:
    table = Table(title="What was moved", box=None, pad_edge=False)
    table.add_column("table", no_wrap=True)
    table.add_column("rows", justify="right")
    for each in moved:
        table.add_row(each.address, f"{each.rows:,}")
    return table
