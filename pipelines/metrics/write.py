"""Writes a computed metric table: the old rows are replaced by the new ones in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.computed import ensure_computed, remember_computed
from pipelines.warehouse.connection import transaction
from pipelines.warehouse.dialect import dialect_of
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun, MetricTable


def write_metric(connection: duckdb.DuckDBPyConnection, table: MetricTable, run: MetricRun) -> int:
    """Compute ``table`` and replace its rows; returns how many there are now.

    The table gets exactly the declared columns and types. Readers see the old rows until the commit. It is remembered
    when it was computed, and as of when.
    """
    ensure_computed(connection)
    with transaction(connection):
        write_rows(connection, table, run)
        remember_computed(connection, table.address, run.as_of_in(table.schema))
    found = connection.execute(f"SELECT count(*) FROM {_address(table)}").fetchone()
    assert found is not None
    return int(found[0])


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    table: MetricTable,
    run: MetricRun,
    asked: duckdb.DuckDBPyConnection | None = None,
) -> None:
    """Compute ``table`` and replace its rows and descriptions in the transaction at hand.

    ``asked`` is what the computation gets for the connection, if not ``connection`` itself.
    """
    typed = ",\n".join(
        f"CAST({identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
        for column in table.columns
    )
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
    rows = table.compute(asked or connection, run).project(typed)
    dialect_of(connection).replace_table(connection, _address(table), rows)
    describe(connection, table)


def describe(connection: duckdb.DuckDBPyConnection, table: MetricTable) -> None:
    """Say in the catalog what the table, which exists, and its columns mean."""
    dialect_of(connection).comment(
        connection,
        _address(table),
        table.definition,
        {column.name: column.description for column in table.columns},
    )


def _address(table: MetricTable) -> str:
    return f"{identifier(table.schema)}.{identifier(table.name)}"
