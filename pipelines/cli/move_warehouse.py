"""Copies everything that the project keeps in its warehouse to another one, and says how many rows arrived."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.defs.settings import Settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.write import describe
from pipelines.project.files import replaced
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.move import MovedTable, move
from pipelines.warehouse.raw_tables import raw_tables
from pipelines.warehouse.state import SCHEMA


def move_warehouse(settings: Settings, target: str) -> None:
    """Copy raw tables with their histories, metric tables and what is remembered of reads to ``target``."""
    source, destination = Warehouse(settings.warehouse), Warehouse(target)
    moved = _copy(source, destination)
    console = Console()
    console.print(_summary(moved))
    console.print(
        f"{sum(table.rows for table in moved):,} rows of {len(moved)} tables were in {source.backend.label} "
        f"and are now in {destination.backend.label}, too. Set PIPELINES_WAREHOUSE to it.",
        highlight=False,
        markup=False,
    )


def back_up_warehouse(settings: Settings, file: Path) -> None:
    """The same into the DuckDB file ``file``, which appears whole or not at all, in the place of an older one.

    Raises ``WarehouseError`` when it cannot be written.
    """
    try:
        with replaced(file) as unfinished:
            # DuckDB makes the file itself; an empty one is no database.
            unfinished.unlink()
            copied = _copy(Warehouse(settings.warehouse), Warehouse(str(unfinished)))
    except OSError as error:
        raise WarehouseError(
            f"The backup {file} cannot be written ({error.strerror}): name a file that you may write."
        ) from None
    Console().print(
        f"{sum(table.rows for table in copied):,} rows of {len(copied)} tables are in {file}.",
        highlight=False,
        markup=False,
    )


def _copy(source: Warehouse, destination: Warehouse) -> list[MovedTable]:
    moved = move(source, destination, _schemas(), declared_types())
    _describe(destination, moved)
    return moved


def _schemas() -> list[str]:
    """All schemas of the warehouse that this project fills."""
    metrics = {table.schema for tables in FAMILIES.values() for table in tables}
    return [*CONNECTORS, SCHEMA, *sorted(metrics)]


def declared_types() -> dict[str, dict[str, str]]:
    """The declared types of all columns by the table's address."""
    raw = {
        f"{connector.namespace}.{name}": {column.name: column.type for column in columns}
        for connector in CONNECTORS.values()
        for name, columns in raw_tables(connector.streams).items()
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
