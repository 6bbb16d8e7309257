"""What is delivered: every raw table, with its histories of what vanished and changed, and every metric table that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.mirror.model import MirrorColumn, MirrorTable
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.raw_tables import description_beside, raw_tables

if TYPE_CHECKING:
    import duckdb


class _Declared(NamedTuple):
    description: str
    #: Type and description by column.
    columns: Mapping[str, tuple[str, str]]


def delivered_tables(connection: duckdb.DuckDBPyConnection) -> list[MirrorTable]:
    """The tables of the warehouse that are ours and for others, with the columns that they have there."""
    declared = _declared()
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND list_contains($tables, schema_name || '.' || table_name) "
        "ORDER BY schema_name, table_name, column_index",
        {"tables": list(declared)},
    ).fetchall()
    columns: dict[tuple[str, str], list[MirrorColumn]] = {}
    for schema, table, name, shown in rows:
        kind, description = declared[f"{schema}.{table}"].columns.get(name, (shown, ""))
        # PostgreSQL's JSON shows as text.
        actual = kind if (kind, shown) == ("JSON", "VARCHAR") else shown
        columns.setdefault((schema, table), []).append(MirrorColumn(name, actual, description))
    return [
        MirrorTable(schema, table, declared[f"{schema}.{table}"].description, tuple(found))
        for (schema, table), found in columns.items()
    ]


def _declared() -> dict[str, _Declared]:
    """What is known of each table, by address."""
    tables: dict[str, _Declared] = {}
    for connector in CONNECTORS.values():
        about = {props.name: props.description for props in connector.streams}
        for name, columns in raw_tables(connector.streams).items():
            description = about.get(name) or description_beside(name)
            known = {column.name: (column.type, column.description) for column in columns}
            tables[f"{connector.namespace}.{name}"] = _Declared(description, known)
    for family in FAMILIES.values():
        for metric in family:
            known = {column.name: (column.type, column.description) for column in metric.columns}
            tables[metric.address] = _Declared(metric.definition.strip(), known)
    return tables
