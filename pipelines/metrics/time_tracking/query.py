"""Running a metric's SQL with values: the one way settings and the moment of now get into a statement.

Here: binding values as DuckDB variables. Not here: any SQL of a metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, **values: Any
) -> duckdb.DuckDBPyRelation:
    """The relation of ``sql``, in which ``getvariable('name')`` stands for the value given as ``name``.

    Variables, because a relation made with prepared-statement parameters is computed at once and held in
    memory, while one with variables streams into the table it is written to.
    """
    bind(connection, **values)
    return connection.sql(sql)


def bind(connection: duckdb.DuckDBPyConnection, **values: Any) -> None:
    """Let ``getvariable('name')`` stand for the value given as ``name`` in what follows on the connection."""
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
