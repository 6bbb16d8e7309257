"""The one opener of the warehouse: an in-memory DuckDB with the configured catalog attached as ``warehouse``.

Connections are short: nobody holds one while the network is read. Writers take turns, whatever the kind of warehouse,
so what is decided on one connection is decided by nobody else meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.address import backend_of
from pipelines.warehouse.backends.extensions import CONFIG
from pipelines.warehouse.backends.model import Backend
from pipelines.warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True)
class Warehouse:
    """Where the tables live. ``url`` is an address as ``PIPELINES_WAREHOUSE`` takes it; it may hold a password.

    ``lock_timeout`` bounds, in seconds, how long opening waits while somebody else writes.
    """

    url: str = field(repr=False)
    lock_timeout: float = 900.0

    @cached_property
    def backend(self) -> Backend:
        """The kind and place of the warehouse. Raises ``WarehouseError`` for an address that is none."""
        return backend_of(self.url)

    def waiting(self, seconds: float) -> Warehouse:
        """The same warehouse for somebody who waits at most ``seconds`` while somebody else writes."""
        return replace(self, lock_timeout=seconds)

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the warehouse as default catalog and UTC as time zone; closed on exit.

        Raises ``WarehouseError`` when the warehouse cannot be opened or stays locked for ``lock_timeout`` seconds.
        """
        import duckdb

        with self.backend.turn(read_only=read_only, timeout=self.lock_timeout):
            connection = duckdb.connect(":memory:", config=CONFIG)
            try:
                # Large tables are written in less memory when their rows need not keep an order.
                connection.execute("SET preserve_insertion_order = false")
                self.backend.attach(
                    connection, "warehouse", read_only=read_only, timeout=self.lock_timeout
                )
                _begin(connection)
                yield connection
            finally:
                connection.close()

    def to_pandas(self, query: str) -> pd.DataFrame:
        """The result of ``query`` (or of a table address) as a data frame."""
        with self.connect(read_only=True) as connection:
            return connection.sql(query if " " in query else f"FROM {query}").df()


@contextmanager
def session(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Another session of the open warehouse, with temporary tables, macros and variables of its own; closed on exit.

    It costs next to nothing, where opening the warehouse once more takes a tenth of a second.
    """
    own = connection.cursor()
    try:
        _begin(own)
        yield own
    finally:
        own.close()


def _begin(connection: duckdb.DuckDBPyConnection) -> None:
    """What each session sets for itself."""
    connection.execute("SET TimeZone = 'UTC'")
    # A missing table must be an error, not whatever Python variable has its name.
    connection.execute("SET python_enable_replacements = false")
    connection.execute("USE warehouse")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside commits together, or nothing does."""
    import duckdb

    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # What went wrong is to be told, not that a broken transaction cannot be ended properly.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def definition(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction that creates schemas and tables.

    Raises ``WarehouseError`` when the warehouse does not let its user do that.
    """
    import duckdb

    try:
        with transaction(connection):
            yield
    except duckdb.Error as error:
        raise WarehouseError(
            f"The tables of the warehouse cannot be created ({first_line(error)}): give its user the right to create "
            "schemas, or set PIPELINES_WAREHOUSE to another warehouse."
        ) from None
