"""PostgreSQL: the tables lie in a database, a schema each for sources and families; DuckDB computes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.model import Backend, Store
from pipelines.warehouse.backends.postgres_server import PostgresServer, unreachable
from pipelines.warehouse.errors import not_there_yet
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Postgres(Backend):
    """The database of ``server``, which must exist."""

    server: PostgresServer
    storage_kind = "postgres"

    @property
    def label(self) -> str:
        return self.server.label

    @property
    def store(self) -> Store:
        return Store(f"postgres://{self.server.site}", self.server.database)

    def turn(self, *, read_only: bool, timeout: float) -> AbstractContextManager[None]:
        return self.server.turn(self.storage_kind, self.label, read_only=read_only, timeout=timeout)

    def attach(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        *,
        read_only: bool,
        timeout: float,  # noqa: ARG002 (readers and writers do not wait for each other)
    ) -> None:
        import duckdb

        secret = self.server.create_secret(connection, f"{name}_password")
        # PostgreSQL orders text as the database's collation does and DuckDB by bytes, so DuckDB filters.
        connection.execute("SET pg_experimental_filter_pushdown = false")
        # PostgreSQL's text cannot hold the character 0.
        connection.execute("SET pg_null_byte_replacement = '\ufffd'")
        mode = ", READ_ONLY" if read_only else ""
        try:
            connection.execute(
                f"ATTACH {literal(self.server.address)} AS {name} (TYPE postgres, SECRET {secret}{mode})"
            )
            # The state of reads is what every warehouse of this project has.
            held = connection.execute(
                "SELECT count(*) FROM duckdb_schemas() "
                f"WHERE database_name = {literal(name)} AND schema_name = '_pipelines'"
            ).fetchone()
        except duckdb.Error as error:
            raise unreachable(self.label, error) from None
        if read_only and held == (0,):
            raise not_there_yet(self.label)
