"""The settings of the warehouse: where the tables lie, and where they move to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from pipelines.project.folder import PROJECT
from pipelines.project.settings import setting
from pipelines.sources.settings import SourceSettings, is_demo
from pipelines.warehouse.backends.address import backend_of
from pipelines.warehouse.errors import WarehouseError


def _warehouse(address: str) -> str:
    try:
        backend_of(address)
    except WarehouseError as error:
        raise ValueError(str(error)) from None
    return address


def default_file(given: Mapping[str, Any]) -> Path:
    """The DuckDB file that is the warehouse where none is named; of fields by name."""
    return PROJECT / "data" / ("demo.duckdb" if is_demo(given) else "warehouse.duckdb")


class WarehouseSettings(SourceSettings):
    """Where the tables lie: a DuckDB file, a lake or PostgreSQL."""

    title = "Warehouse"

    warehouse: Annotated[str, AfterValidator(_warehouse)] = setting(
        "PIPELINES_WAREHOUSE",
        "Path of a DuckDB file, or `ducklake:...`, or `postgresql://...`: see [warehouses](warehouses.md).",
        lambda given: str(default_file(given)),
        told="`data/warehouse.duckdb`; demo: `data/demo.duckdb`",
        example="ducklake:data/lake.ducklake",
        used_by=("sync", "resync", "ui", "move", "mirror", "status", "backup", "report"),
    )
    move_to: str | None = setting(
        "PIPELINES_MOVE_TO",
        "Empty warehouse that `pipelines move` fills: see [moving](warehouses.md#moving-to-another-warehouse).",
        example="postgresql://user:password@host/database",
        used_by=("move",),
    )
