"""What the kinds of warehouse do differently in SQL: the one place that knows it.

DuckDB runs every query, so reading, computing and publishing are the same statements everywhere. What differs is the
definition of tables: PostgreSQL takes comments only in statements of its own, and people hang views and rights on its
tables; DuckLake adds no column of type JSON. Keys are unique because publishing keeps them so: a lake has no keys. A
JSON column of PostgreSQL shows in DuckDB as text, which the functions for JSON take as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from pipelines.warehouse.columns import columns_of
from pipelines.warehouse.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb


class Dialect:
    """DuckDB's own statements. Addresses are quoted; the catalog is the connection's default one."""

    def add_columns(
        self, connection: duckdb.DuckDBPyConnection, address: str, types: Mapping[str, str]
    ) -> None:
        """Add columns, given by name, to an existing table; its rows get NULL."""
        for name, column_type in types.items():
            connection.execute(f"ALTER TABLE {address} ADD COLUMN {identifier(name)} {column_type}")

    def replace_table(
        self,
        connection: duckdb.DuckDBPyConnection,
        address: str,
        rows: duckdb.DuckDBPyRelation,
    ) -> None:
        """Let the table, which may be missing, have exactly the columns and rows of ``rows``."""
        _with_rows(connection, f"CREATE OR REPLACE TABLE {address} AS FROM rows", rows)

    def comment(
        self,
        connection: duckdb.DuckDBPyConnection,
        address: str,
        table_comment: str,
        column_comments: Mapping[str, str],
    ) -> None:
        """Say in the catalog what the table and its columns mean."""
        for statement in _comments(address, table_comment, column_comments):
            connection.execute(statement)


class _DuckLake(Dialect):
    def add_columns(
        self, connection: duckdb.DuckDBPyConnection, address: str, types: Mapping[str, str]
    ) -> None:
        # 2026-11: "Unsupported user-defined type" for JSON, which it can create a table with. All at once, because a
        # table that was replaced cannot be read before the transaction ends.
        added = ", ".join(
            f"CAST(NULL AS {column_type}) AS {identifier(name)}"
            for name, column_type in types.items()
        )
        connection.execute(f"CREATE OR REPLACE TABLE {address} AS SELECT *, {added} FROM {address}")


_POSTGRES_TYPES = {"DOUBLE": "double precision", "JSON": "json"}


class _Postgres(Dialect):
    def add_columns(
        self, connection: duckdb.DuckDBPyConnection, address: str, types: Mapping[str, str]
    ) -> None:
        # 2026-11: DuckDB passes on its own names of types. PostgreSQL does not know all of them.
        statements = [
            f"ALTER TABLE {address} ADD COLUMN {identifier(name)} "
            f"{_POSTGRES_TYPES.get(column_type, column_type)}"
            for name, column_type in types.items()
        ]
        _postgres_execute(connection, statements)
        connection.execute("CALL pg_clear_cache()")

    def replace_table(
        self,
        connection: duckdb.DuckDBPyConnection,
        address: str,
        rows: duckdb.DuckDBPyRelation,
    ) -> None:
        # A table that is dropped takes the rights on it along, and a view on it forbids to drop it.
        if columns_of(connection, address) == [
            (name, str(kind)) for name, kind in zip(rows.columns, rows.types, strict=True)
        ]:
            _postgres_execute(connection, [f"DELETE FROM {address}"])
            _with_rows(connection, f"INSERT INTO {address} FROM rows", rows)
        else:
            super().replace_table(connection, address, rows)

    def comment(
        self,
        connection: duckdb.DuckDBPyConnection,
        address: str,
        table_comment: str,
        column_comments: Mapping[str, str],
    ) -> None:
        _postgres_execute(connection, _comments(address, table_comment, column_comments))


_DIALECTS: dict[str, Dialect] = {
    "duckdb": Dialect(),
    "ducklake": _DuckLake(),
    "postgres": _Postgres(),
}


def dialect_of(connection: duckdb.DuckDBPyConnection) -> Dialect:
    """The dialect of the connection's default catalog."""
    found = connection.execute(
        "SELECT type FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    assert found is not None
    return _DIALECTS[found[0]]


def _with_rows(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    rows: duckdb.DuckDBPyRelation,  # noqa: ARG001 (DuckDB finds it by its name)
) -> None:
    import duckdb

    # The warehouse otherwise forbids to find Python variables by name.
    connection.execute("SET python_enable_replacements = true")
    try:
        connection.execute(statement)
    except duckdb.Error:
        # Nothing can be set in a transaction that is broken; the error that broke it is the one to tell.
        with suppress(duckdb.Error):
            connection.execute("SET python_enable_replacements = false")
        raise
    connection.execute("SET python_enable_replacements = false")


def _comments(
    address: str, table_comment: str, column_comments: Mapping[str, str]
) -> Sequence[str]:
    columns = [
        f"COMMENT ON COLUMN {address}.{identifier(name)} IS {literal(text)}"
        for name, text in column_comments.items()
    ]
    return [f"COMMENT ON TABLE {address} IS {literal(table_comment)}", *columns]


def _postgres_execute(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Run statements of PostgreSQL in the connection's transaction."""
    found = connection.execute("SELECT current_database()").fetchone()
    assert found is not None
    batch = literal("; ".join(statements))
    connection.execute(f"CALL postgres_execute({literal(found[0])}, {batch})")
