"""DuckLake: the tables are Parquet files in a folder or object store, their catalog a DuckDB file or in PostgreSQL.

With a catalog in PostgreSQL, workers of many machines write and nobody waits for readers. With a catalog in a file,
one process at a time has it open, as with a DuckDB file.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.extensions import load_extension
from pipelines.warehouse.backends.files import (
    attach_when_free,
    ensure_folder,
    turn_in_process,
)
from pipelines.warehouse.backends.model import Backend, Store
from pipelines.warehouse.backends.postgres_server import PostgresServer, unreachable
from pipelines.warehouse.errors import WarehouseError, first_line, not_there_yet
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb

# What DuckLake says when it may not create a catalog where none is.
_NO_CATALOG = "explicitly disabled"


@dataclass(frozen=True)
class DuckLake(Backend):
    """The lake of ``catalog``. ``data_path`` is needed to create it, and remembered by the catalog."""

    catalog: Path | PostgresServer
    data_path: str | None
    storage_kind = "ducklake"

    @property
    def label(self) -> str:
        place = self.catalog if isinstance(self.catalog, Path) else self.catalog.label
        return f"ducklake:{place}"

    @property
    def store(self) -> Store:
        if isinstance(self.catalog, Path):
            return Store(f"ducklake://{self.catalog.parent.as_posix()}", self.catalog.stem)
        return Store(f"ducklake://{self.catalog.site}", self.catalog.database)

    @property
    def folder(self) -> Path | None:
        return self.catalog.with_suffix("") if isinstance(self.catalog, Path) else None

    @property
    def is_there(self) -> bool:
        return not isinstance(self.catalog, Path) or self.catalog.exists()

    def turn(self, *, read_only: bool, timeout: float) -> AbstractContextManager[None]:
        if isinstance(self.catalog, Path):
            return turn_in_process(self.catalog, timeout)
        return self.catalog.turn(
            self.storage_kind, self.label, read_only=read_only, timeout=timeout
        )

    def attach(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        *,
        read_only: bool,
        timeout: float,
    ) -> None:
        load_extension(connection, "ducklake")
        if self._is_remote:
            _load_object_store(connection)
        options = ["READ_ONLY"] if read_only else []
        if self.data_path:
            options.append(f"DATA_PATH {literal(self.data_path)}")
        if isinstance(self.catalog, Path):
            is_new = not self.catalog.exists()
            if is_new and read_only:
                raise not_there_yet(self.label)
            if is_new:
                ensure_folder(self.catalog.parent, self.label)
                self._check_data_path(connection)
            # Never in a file that exists: it would add a catalog to whatever database that is.
            options.append(f"CREATE_IF_NOT_EXISTS {is_new}")
            statement = _attach(f"ducklake:{self.catalog}", name, options)
            attach_when_free(connection, statement, self.label, timeout)
        else:
            self._attach_server(connection, name, self.catalog, options, read_only=read_only)

    def _attach_server(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        server: PostgresServer,
        options: list[str],
        *,
        read_only: bool,
    ) -> None:
        import duckdb

        secret = server.create_secret(connection, f"{name}_password")
        address = f"ducklake:postgres:{server.address}"
        options = [*options, f"META_SECRET {literal(secret)}"]
        try:
            try:
                connection.execute(_attach(address, name, [*options, "CREATE_IF_NOT_EXISTS false"]))
            except duckdb.Error as error:
                if _NO_CATALOG not in str(error):
                    raise
                if read_only:
                    raise not_there_yet(self.label) from None
                self._check_data_path(connection)
                connection.execute(_attach(address, name, options))
        except duckdb.Error as error:
            # Not what DuckLake says before it: that repeats the whole address.
            raise unreachable(self.label, error) from None

    @property
    def _is_remote(self) -> bool:
        return self.data_path is not None and "://" in self.data_path

    def _check_data_path(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Before a catalog is created: that its data can lie where they are to lie."""
        import duckdb

        if self.data_path is None:
            if isinstance(self.catalog, Path):
                return
            raise WarehouseError(
                f"There is no lake at {self.label} yet, and nothing says where its data shall lie: "
                "add ?data_path=<folder or s3://bucket/folder> to PIPELINES_WAREHOUSE."
            )
        if not self._is_remote:
            ensure_folder(Path(self.data_path), self.label)
            return
        try:
            connection.execute(f"FROM glob({literal(self.data_path + '*')})")
        except duckdb.Error as error:
            raise WarehouseError(
                f"The data path {self.data_path} of the warehouse {self.label} cannot be read "
                f"({first_line(error)}): check data_path in PIPELINES_WAREHOUSE and the keys in AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY."
            ) from None


def _load_object_store(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB's extension, which takes keys from ``AWS_ACCESS_KEY_ID`` and the like, a host from ``DUCKDB_S3_ENDPOINT``."""
    load_extension(connection, "httpfs")
    found = connection.execute("SELECT current_setting('s3_endpoint')").fetchone()
    if found and found[0] and not found[0].endswith(".amazonaws.com"):
        # Stores other than Amazon's seldom have a host name for each bucket.
        connection.execute("SET s3_url_style = 'path'")


def _attach(address: str, name: str, options: list[str]) -> str:
    return f"ATTACH {literal(address)} AS {name} ({', '.join(options)})"
