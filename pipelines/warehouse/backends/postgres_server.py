"""A database of a PostgreSQL server, for the kinds that keep tables or a catalog there.

Here: its address, its password, and how writers take turns. The password goes into a secret of the
DuckDB connection and into libpq, never into a statement: DuckDB's errors repeat addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.extensions import load_extension
from pipelines.warehouse.backends.waiting import told
from pipelines.warehouse.errors import WarehouseError, first_line
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb

_CONNECT_SECONDS = "10"


@dataclass(frozen=True)
class PostgresServer:
    """A database by libpq's keywords (``host``, ``dbname``, ``sslmode`` ...), the password apart."""

    keywords: Mapping[str, str]
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, address: str) -> PostgresServer:
        """From ``postgresql://user:password@host/database`` or libpq's ``host=... dbname=...``."""
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            found = {key: str(value) for key, value in conninfo_to_dict(address).items()}
        except ProgrammingError:
            # Not what libpq says of it: that repeats parts of the address.
            raise WarehouseError(
                "PIPELINES_WAREHOUSE is no PostgreSQL address such as postgresql://user:password@host:5432/database; "
                "special characters of a password are written like %40."
            ) from None
        password = found.pop("password", None)
        return cls({"connect_timeout": _CONNECT_SECONDS, **found}, password)

    @property
    def label(self) -> str:
        """``postgresql://user@host:port/database``."""
        at = {key: self.keywords.get(key, "") for key in ("user", "host", "port", "dbname")}
        user = f"{at['user']}@" if at["user"] else ""
        port = f":{at['port']}" if at["port"] else ""
        return f"postgresql://{user}{at['host']}{port}/{at['dbname']}"

    @property
    def site(self) -> str:
        """``host:port``."""
        return f"{self.keywords.get('host') or 'localhost'}:{self.keywords.get('port') or 5432}"

    @property
    def database(self) -> str:
        """The database, which libpq calls like the user where nobody names it."""
        return self.keywords.get("dbname") or self.keywords.get("user", "")

    @property
    def address(self) -> str:
        """The keywords as one text, for DuckDB."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo("", **self.keywords)

    @contextmanager
    def turn(self, kind: str, warehouse: str, *, read_only: bool, timeout: float) -> Iterator[None]:
        """For a writer: waits until no other one, of any machine, has the turn. Readers are in nobody's way.

        Warehouses of each ``kind`` in one database have turns of their own. A turn lasts as long as a transaction of its own, so it ends with its process, too.
        """
        if read_only:
            yield
            return
        import psycopg

        wait = f"SET LOCAL lock_timeout = '{round(timeout * 1000)}ms'"
        # A server that ends idle transactions would end the turn in the middle of a publication.
        stay = "SET LOCAL idle_in_transaction_session_timeout = 0"
        name = literal(f"tracker-clockify-pipelines {kind}")
        lock = f"SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))"
        try:
            holder = psycopg.connect(self.address, password=self.password)
        except psycopg.Error as error:
            raise unreachable(warehouse, error) from None
        try:
            try:
                with told(warehouse, "another run writes into it", timeout):
                    holder.execute(f"{wait}; {stay}; {lock}")
            except psycopg.errors.LockNotAvailable:
                raise WarehouseError(
                    f"Another run wrote into the warehouse {warehouse} for {timeout:.0f} s: "
                    "wait for its end and run again."
                ) from None
            yield
        finally:
            holder.close()

    def create_secret(self, connection: duckdb.DuckDBPyConnection, name: str) -> str:
        """Load DuckDB's extension and give it the password as the secret ``name``."""
        load_extension(connection, "postgres_scanner")
        password = f", PASSWORD {literal(self.password)}" if self.password else ""
        connection.execute(f"CREATE OR REPLACE SECRET {name} (TYPE postgres{password})")
        return name


def unreachable(warehouse: str, error: Exception) -> WarehouseError:
    """The sentence for a server that does not answer, or does not let in."""
    return WarehouseError(
        f"The warehouse {warehouse} cannot be reached ({first_line(error)}): check PIPELINES_WAREHOUSE."
    )
