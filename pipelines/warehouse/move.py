"""Copies a whole warehouse into an empty one of any kind, in one transaction, and compares the number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class MovedTable:
    """A table of both warehouses, and how many rows it has in each."""

    address: str
    rows: int


def move(
    source: Warehouse,
    target: Warehouse,
    schemas: Sequence[str],
    types: Mapping[str, Mapping[str, str]],
) -> list[MovedTable]:
    """Copy all tables of ``schemas``, with all their rows, from ``source`` to ``target``; nobody writes meanwhile.

    ``types`` gives, by address and column, the type to create a column with where it is not the one that the source
    shows (PostgreSQL's JSON shows as text). Raises ``WarehouseError``, leaving the target as it was, when the target
    has tables in one of the schemas or a count differs.
    """
    if source.backend == target.backend:
        raise WarehouseError(
            f"{target.backend.label} is the warehouse that PIPELINES_WAREHOUSE names: name another one to move to."
        )
    with source.connect(read_only=True):
        # Only to know that it is there, before anything of the target is created.
        pass
    with (
        source.backend.turn(read_only=False, timeout=source.lock_timeout),
        target.connect() as connection,
    ):
        source.backend.attach(connection, "source", read_only=True, timeout=source.lock_timeout)
        held = _tables(connection, "warehouse", schemas)
        if held:
            raise WarehouseError(
                f"{target.backend.label} holds {len(held)} tables already, such as {'.'.join(held[0])}: "
                "name an empty warehouse to move to."
            )
        with transaction(connection):
            return [
                _copy(connection, schema, table, types.get(f"{schema}.{table}", {}))
                for schema, table in _tables(connection, "source", schemas)
            ]


def _tables(
    connection: duckdb.DuckDBPyConnection, catalog: str, schemas: Sequence[str]
) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = $catalog AND list_contains($schemas::VARCHAR[], schema_name) "
        "ORDER BY ALL",
        {"catalog": catalog, "schemas": list(schemas)},
    ).fetchall()


def _copy(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, types: Mapping[str, str]
) -> MovedTable:
    address = f"{identifier(schema)}.{identifier(table)}"
    columns = connection.execute(f"DESCRIBE source.{address}").fetchall()
    shape = ", ".join(f"{identifier(name)} {types.get(name, kind)}" for name, kind, *_ in columns)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
    connection.execute(f"CREATE TABLE {address} ({shape})")
    connection.execute(f"INSERT INTO {address} BY NAME FROM source.{address}")
    before, after = (
        _count(connection, f"{catalog}.{address}") for catalog in ("source", "warehouse")
    )
    if before != after:
        raise WarehouseError(
            f"{schema}.{table} has {before:,} rows, of which {after:,} arrived, so nothing was moved: "
            "keep PIPELINES_WAREHOUSE as it is."
        )
    return MovedTable(f"{schema}.{table}", after)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert found is not None
    return int(found[0])
