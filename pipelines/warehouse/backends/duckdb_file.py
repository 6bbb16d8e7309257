"""A DuckDB file: one process writes at a time, and nobody reads meanwhile."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.backends.files import (
    attach_when_free,
    ensure_folder,
    turn_in_process,
)
from pipelines.warehouse.backends.model import Backend, Store
from pipelines.warehouse.errors import WarehouseError, not_there_yet
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb

#: The format of new files, which DuckDB 1.2 and later read. DuckDB's own default (1.0) takes three times as long to open with
#: 200 tables, and a fifth more of the disk.
_FORMAT = "v1.2.0"
#: How SQLite's files begin.
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class DuckDBFile(Backend):
    """The file at ``path``, created when missing."""

    path: Path
    storage_kind = "duckdb"

    @property
    def label(self) -> str:
        return str(self.path)

    @property
    def store(self) -> Store:
        return Store(f"duckdb://{self.path.parent.as_posix()}", self.path.stem)

    @property
    def folder(self) -> Path:
        return self.path.with_suffix("")

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    def turn(self, *, read_only: bool, timeout: float) -> AbstractContextManager[None]:  # noqa: ARG002
        return turn_in_process(self.path, timeout)

    def attach(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        *,
        read_only: bool,
        timeout: float,
    ) -> None:
        if not read_only:
            ensure_folder(self.path.parent, self.label)
        elif not self.path.exists():
            raise not_there_yet(self.label)
        _refuse_sqlite(self.path)
        # What is there keeps its format: an older one cannot be had back. A path that no file can have is DuckDB's to refuse.
        new = "" if os.path.exists(self.path) else f" (STORAGE_VERSION '{_FORMAT}')"
        mode = " (READ_ONLY)" if read_only else new
        statement = f"ATTACH {literal(self.label)} AS {name}{mode}"
        attach_when_free(connection, statement, self.label, timeout)


def _refuse_sqlite(path: Path) -> None:
    """DuckDB would look for an extension that reads it, and say no more than that it has none."""
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return
    if is_sqlite:
        raise WarehouseError(
            f"{path} is an SQLite file: set PIPELINES_WAREHOUSE to a DuckDB file or to the path of a new one."
        )
