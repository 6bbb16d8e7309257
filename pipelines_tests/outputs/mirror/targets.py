"""Mirrors to deliver to, one of each kind, with the same way to look at what has arrived.

Snowflake and BigQuery are imitated by servers that their own clients talk to over HTTP. In MotherDuck's place is a DuckDB
file: the same statements, attached without its extension.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.outputs.mirror.address import mirror_at
from pipelines.outputs.mirror.model import Mirror
from pipelines.outputs.mirror.motherduck import MotherDuck
from pipelines_tests.support.bigquery_server import BigQueryServer
from pipelines_tests.support.snowflake_server import SnowflakeServer
from pipelines_tests.support.warehouses import PASSWORD


class Target(ABC):
    """A mirror and what lies behind it. Addresses are ours: ``schema.table``."""

    mirror: Mirror

    @abstractmethod
    def connection(self) -> Any:
        """A DuckDB connection, as a context manager, in which ``name`` is a table."""

    @abstractmethod
    def name(self, address: str) -> str:
        """The table's name in SQL."""

    @abstractmethod
    def descriptions(self, address: str) -> dict[str, str | None]:
        """What the mirror says the columns are and, under the empty name, the table."""

    def run(self, statement: str, address: str) -> list[Any]:
        """The result of a statement in which ``{}`` is the table."""
        with self.connection() as connection:
            return connection.execute(statement.format(self.name(address))).fetchall()

    def rows(self, address: str) -> list[Any]:
        return self.run("FROM {} ORDER BY ALL", address)

    def drop(self, address: str) -> None:
        self.run("DROP TABLE {}", address)

    def types(self, address: str) -> list[str]:
        return [kind for _, kind, *_ in self.run("DESCRIBE {}", address)]


class SnowflakeTarget(Target):
    def __init__(self, server: SnowflakeServer, parameters: str, database: str) -> None:
        server.behind.execute(f"ATTACH ':memory:' AS {database}")
        self._behind, self._database = server.behind, database
        self.address = f"snowflake://ann@acme/{database}?warehouse=load&{parameters}"
        self.mirror = mirror_at(self.address, {"SNOWFLAKE_PASSWORD": PASSWORD})

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self._behind

    def name(self, address: str) -> str:
        return f"{self._database}.{address.upper()}"

    def descriptions(self, address: str) -> dict[str, str | None]:
        return _comments(self._behind, self._database, *address.upper().split("."))


class BigQueryTarget(Target):
    def __init__(self, server: BigQueryServer, key_file: Path) -> None:
        self.server = server
        self.mirror = mirror_at(
            f"bigquery://{server.project}/{server.dataset}",
            {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)},
        )

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self.server.database

    def name(self, address: str) -> str:
        return f'"{address.replace(".", "__")}"'

    def descriptions(self, address: str) -> dict[str, str | None]:
        table = self.server.tables[address.replace(".", "__")]
        columns = {column["name"]: column["description"] for column in table["schema"]["fields"]}
        return {"": table.get("description"), **columns}

    def drop(self, address: str) -> None:
        super().drop(address)
        del self.server.tables[address.replace(".", "__")]


class _DuckDBFile(MotherDuck):
    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"ATTACH '{self.token}' AS {self.database}")


class MotherDuckTarget(Target):
    def __init__(self, file: Path) -> None:
        self.file = file
        self.mirror = _DuckDBFile("numbers", str(file))

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(self.file) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

    def name(self, address: str) -> str:
        return address

    def descriptions(self, address: str) -> dict[str, str | None]:
        with self.connection() as connection:
            return _comments(connection, self.file.stem, *address.split("."))


def _comments(
    connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str
) -> dict[str, str | None]:
    rows = connection.execute(
        "SELECT '', comment FROM duckdb_tables() WHERE (database_name, schema_name, table_name) = (?, ?, ?) "
        "UNION ALL SELECT lower(column_name), comment FROM duckdb_columns() "
        "WHERE (database_name, schema_name, table_name) = (?, ?, ?)",
        [database, schema, table] * 2,
    ).fetchall()
    return dict(rows)
