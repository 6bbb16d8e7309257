"""Empty warehouses of every kind, for tests that must hold on all of them.

Here: addresses of warehouses, and their contents as plain values. Not here: servers (``servers``), expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.servers import running_postgres

#: What a password must never be seen as. The test server lets everybody in.
PASSWORD = "s3cret-of-the-warehouse"

#: The kinds that are not the default one; ``ducklake`` has its catalog in PostgreSQL.
OTHER_KINDS = ("ducklake", "ducklake_file", "postgres")


class Warehouses:
    """Makes addresses of empty warehouses in a folder and on one PostgreSQL server."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._numbers = count(1)

    def address(self, kind: str, folder: Path) -> str:
        """What ``PIPELINES_WAREHOUSE`` is set to; ``kind`` is "duckdb" or one of ``OTHER_KINDS``."""
        number = next(self._numbers)
        if kind == "duckdb":
            return str(folder / f"warehouse{number}.duckdb")
        if kind == "postgres":
            return self.database()
        data = folder / f"lake{number}"
        if kind == "ducklake_file":
            return f"ducklake:{folder / f'catalog{number}.ducklake'}?data_path={data}"
        return f"ducklake:{self.database()}&data_path={data}"

    def database(self) -> str:
        """The URL of a new database, with a password."""
        import psycopg

        name = f"warehouse{next(self._numbers)}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        before, _, after = self._server.partition(":@/")
        return f"{before}:{PASSWORD}@/{name}?{after.partition('?')[2]}"


@contextmanager
def warehouses_on_a_server() -> Iterator[Warehouses]:
    """``Warehouses`` of a server that ends with the block."""
    import psycopg

    with running_postgres() as server:
        with psycopg.connect(server, autocommit=True) as connection:
            # What is tested is killed processes, not machines that lose power.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield Warehouses(server)


def contents(address: str, tables: list[str], *, without: str = "") -> dict[str, list[Any]]:
    """All rows of ``tables`` (``schema.table``) in a fixed order, but for the columns that ``without`` lists."""
    columns = f"* EXCLUDE ({without})" if without else "*"
    with Warehouse(address, lock_timeout=120).connect(read_only=True) as connection:
        return {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
            for table in tables
        }


def table_names(address: str) -> list[str]:
    """The addresses of the tables of a warehouse, sorted."""
    with Warehouse(address, lock_timeout=120).connect(read_only=True) as connection:
        rows = connection.execute(
            "SELECT concat_ws('.', schema_name, table_name) FROM duckdb_tables() "
            "WHERE database_name = current_database() "
            "AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY 1"
        ).fetchall()
    return [name for (name,) in rows]


def without_noise(held: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The same contents with floating point numbers to 6 decimals: a sum's last bits depend on the order of its rows."""
    return {
        table: [
            tuple(round(value, 6) + 0.0 if isinstance(value, float) else value for value in row)
            for row in rows
        ]
        for table, rows in held.items()
    }
