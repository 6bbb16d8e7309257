"""A catalog in a DuckDB file: one process writes it, and one thread of a process opens it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.waiting import FIRST_WORD_SECONDS, tell_wait
from pipelines.warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    import duckdb

_LOCKS: dict[Path, threading.Lock] = {}
_LOCKS_GUARD = threading.Lock()
# Asking is cheap, and a short pause is what finds the gap between the queries of a busy reader.
_PAUSE_SECONDS = 0.02


@contextmanager
def turn_in_process(path: Path, timeout: float) -> Iterator[None]:
    """Waits for the other threads of this process, because DuckDB refuses to open one file twice in a process."""
    with _LOCKS_GUARD:
        lock = _LOCKS.setdefault(path, threading.Lock())
    if not lock.acquire(timeout=timeout):
        raise WarehouseError(
            f"The warehouse {path} stayed in use by this process for {timeout:.0f} s."
        )
    try:
        yield
    finally:
        lock.release()


def ensure_folder(folder: Path, warehouse: str) -> None:
    """Create ``folder`` where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"The folder {folder} of the warehouse {warehouse} cannot be created ({error.strerror}): "
            "set PIPELINES_WAREHOUSE to a path you may write to."
        ) from None


def attach_when_free(
    connection: duckdb.DuckDBPyConnection, statement: str, warehouse: str, timeout: float
) -> None:
    """Execute an ``ATTACH`` as soon as no other process has the file locked."""
    import duckdb

    began = time.monotonic()
    is_told = False
    while True:
        try:
            connection.execute(statement)
            return
        except duckdb.Error as error:
            # The whole phrase: "lock" alone is in many a path, such as one with "clockify".
            if "could not set lock" not in str(error).lower():
                raise WarehouseError(
                    f"The warehouse {warehouse} cannot be opened ({first_line(error)}): "
                    "set PIPELINES_WAREHOUSE to one you may read and write."
                ) from None
            waited, holder = time.monotonic() - began, _holder(error)
            if waited > timeout:
                raise WarehouseError(
                    f"The warehouse {warehouse} stayed locked by {holder} for {timeout:.0f} s: "
                    "close whatever reads or writes it and run again."
                ) from None
            if waited > FIRST_WORD_SECONDS and not is_told:
                is_told = True
                tell_wait(warehouse, f"{holder} has it open", timeout)
        time.sleep(_PAUSE_SECONDS)


def _holder(error: duckdb.Error) -> str:
    """Who has the file, as DuckDB says it: "Conflicting lock is held in /usr/bin/python3.11 (PID 4711) by user ..."."""
    found = re.search(r"lock is held in (.+? \(PID \d+\))", str(error))
    return found[1] if found else "another process"
