"""The one opener of the warehouse: an in-memory DuckDB with the configured catalog attached as ``warehouse``.

Connections are short: nobody holds one while the network is read. A file has one writing process at a time, so
opening waits for the lock; other threads of this process wait on a lock of our own, because DuckDB refuses to open
one file twice in a process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

_LOCKS: dict[str, threading.Lock] = {}
_LOCKS_GUARD = threading.Lock()
# Asking is cheap, and a short pause is what finds the gap between the queries of a busy reader.
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Warehouse:
    """Where the tables live. ``url`` is the path of a ``.duckdb`` file (created when missing).

    ``lock_timeout`` bounds, in seconds, how long opening waits while another process writes.
    """

    url: str
    lock_timeout: float = 900.0

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection whose default catalog is the warehouse and whose time zone is UTC; closed on exit.

        Raises ``WarehouseError`` when the file cannot be opened or stays locked for ``lock_timeout`` seconds.
        """
        import duckdb

        path = self._path(create=not read_only)
        with _process_lock(str(path), self.lock_timeout):
            connection = duckdb.connect(":memory:")
            try:
                connection.execute("SET TimeZone = 'UTC'")
                # Large tables are written in less memory when their rows need not keep an order.
                connection.execute("SET preserve_insertion_order = false")
                # A missing table must be an error, not whatever Python variable has its name.
                connection.execute("SET python_enable_replacements = false")
                self._attach(connection, path, read_only=read_only)
                yield connection
            finally:
                connection.close()

    def _path(self, *, create: bool) -> Path:
        path = Path(self.url).expanduser().resolve()
        if create:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise WarehouseError(
                    f"The folder of the warehouse {path} cannot be created ({error.strerror}): "
                    "set PIPELINES_WAREHOUSE to a path you may write to."
                ) from None
        elif not path.exists():
            raise WarehouseError(
                f"There is no warehouse at {path} yet: run a sync first, or set PIPELINES_WAREHOUSE."
            )
        return path

    def _attach(
        self, connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool
    ) -> None:
        import duckdb

        quoted = str(path).replace("'", "''")
        mode = " (READ_ONLY)" if read_only else ""
        deadline = time.monotonic() + self.lock_timeout
        while True:
            try:
                connection.execute(f"ATTACH '{quoted}' AS warehouse{mode}")
                connection.execute("USE warehouse.main")
                return
            except duckdb.Error as error:
                # The whole phrase: "lock" alone is in many a path, such as one with "clockify".
                if "could not set lock" not in str(error).lower():
                    raise WarehouseError(
                        f"The warehouse {path} cannot be opened ({_first_line(error)}): "
                        "set PIPELINES_WAREHOUSE to a DuckDB file you may read and write."
                    ) from None
                if time.monotonic() > deadline:
                    raise WarehouseError(
                        f"The warehouse {path} stayed locked by another process for "
                        f"{self.lock_timeout:.0f} s: close whatever reads or writes it and run again."
                    ) from None
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside commits together, or nothing does."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _process_lock(name: str, timeout: float) -> Iterator[None]:
    with _LOCKS_GUARD:
        lock = _LOCKS.setdefault(name, threading.Lock())
    if not lock.acquire(timeout=timeout):
        raise WarehouseError(
            f"The warehouse {name} stayed in use by this process for {timeout:.0f} s."
        )
    try:
        yield
    finally:
        lock.release()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
