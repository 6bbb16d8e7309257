"""Writes a computed metric table: the old rows are replaced by the new ones in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.connection import transaction
from pipelines.warehouse.raw_tables import identifier

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun, MetricTable


def write_metric(connection: duckdb.DuckDBPyConnection, table: MetricTable, run: MetricRun) -> int:
    """Compute ``table`` and replace its rows; returns how many there are now.

    The table gets exactly the declared columns and types. Readers see the old rows until the commit.
    """
    address = f"{identifier(table.schema)}.{identifier(table.name)}"
    typed = ",\n".join(
        f"CAST({identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
        for column in table.columns
    )
    with transaction(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
        _create(connection, address, table.compute(connection, run).project(typed))
        _comment(connection, table, address)
    rows = connection.execute(f"SELECT count(*) FROM {address}").fetchone()
    assert rows is not None
    return int(rows[0])


def _create(
    connection: duckdb.DuckDBPyConnection,
    address: str,
    computed: duckdb.DuckDBPyRelation,  # noqa: ARG001 (DuckDB finds it by its name)
) -> None:
    # The warehouse otherwise forbids to find Python variables by name.
    connection.execute("SET python_enable_replacements = true")
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {address} AS FROM computed")
    finally:
        connection.execute("SET python_enable_replacements = false")


def _comment(connection: duckdb.DuckDBPyConnection, table: MetricTable, address: str) -> None:
    connection.execute(f"COMMENT ON TABLE {address} IS {_literal(table.definition)}")
    for column in table.columns:
        connection.execute(
            f"COMMENT ON COLUMN {address}.{identifier(column.name)} IS {_literal(column.description)}"
        )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
