"""What every kind of warehouse can do: say where it is, let writers take turns, and be attached to a DuckDB."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Store:
    """How catalogues of data call a warehouse: OpenLineage's ``namespace`` of the place, and the ``database`` in it."""

    namespace: str
    database: str

    def name_of(self, address: str) -> str:
        """The table at ``address`` (``schema.table``) with its database."""
        return f"{self.database}.{address}"


class Backend(ABC):
    """One warehouse at one place."""

    #: The kind as Dagster's storage kind.
    storage_kind: ClassVar[str]

    @property
    @abstractmethod
    def label(self) -> str:
        """The address without its secrets: what may be printed, logged and stored."""

    @property
    @abstractmethod
    def store(self) -> Store:
        """The same for catalogues of data, without user and secrets."""

    @property
    def folder(self) -> Path | None:
        """The folder of the warehouse's name beside it; ``None`` where it does not lie in a folder."""
        return None

    @property
    def is_there(self) -> bool:
        """Whether there is something to open, as far as that can be told without opening it."""
        return True

    @abstractmethod
    def turn(self, *, read_only: bool, timeout: float) -> AbstractContextManager[None]:
        """Holds the right to attach: one writer at a time, and where readers are in its way, one of these.

        Raises ``WarehouseError`` when that takes longer than ``timeout`` seconds.
        """

    @abstractmethod
    def attach(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        *,
        read_only: bool,
        timeout: float,
    ) -> None:
        """Attach the warehouse as the catalog ``name``; for writers, create what is missing of the empty warehouse.

        To be called in one's ``turn``. Waits up to ``timeout`` seconds for a lock of another process. Raises
        ``WarehouseError`` with one sentence that names ``PIPELINES_WAREHOUSE``, having created nothing.
        """
