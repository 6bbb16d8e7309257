"""What is delivered and what every mirror can do: say how tables were left, and replace one at a time.

Not here: any system's types or statements.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class MirrorColumn:
    """A column with its DuckDB type, such as ``DECIMAL(18,4)`` or ``BIGINT[]``."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class MirrorTable:
    """A table of the warehouse with its columns in order."""

    schema: str
    name: str
    description: str
    columns: tuple[MirrorColumn, ...]

    @property
    def address(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Parcel:
    """The rows of a table as a Parquet file in the form that its mirror asks for, and what identifies them."""

    table: MirrorTable
    file: Path
    rows: int
    #: What the table's description ends with once all rows have arrived.
    mark: str

    @property
    def description(self) -> str:
        return f"{self.table.description}\n\n{self.mark}"


@dataclass(frozen=True)
class Held:
    """How a mirror's table was found: its rows, its description and its columns, in our names."""

    rows: int
    description: str
    columns: tuple[str, ...]


class Session(ABC):
    """An open connection to a mirror. What its system says becomes a ``MirrorError``."""

    @abstractmethod
    def held(self, tables: Iterable[MirrorTable]) -> dict[str, Held]:
        """Those of ``tables`` that the mirror has, by address."""

    @abstractmethod
    def replace(self, parcel: Parcel) -> None:
        """Let the table have exactly the parcel's columns and rows, in one step for whoever reads it.

        The parcel's description comes last, so that a delivery which is killed leaves no table marked as delivered.
        Raises ``MirrorError`` when rows are missing.
        """


class Mirror(ABC):
    """One place to deliver to."""

    #: The kind as Dagster's storage kind.
    storage_kind: ClassVar[str]

    @property
    @abstractmethod
    def label(self) -> str:
        """The address, which holds no secrets: what may be printed, logged and stored."""

    @abstractmethod
    def projection(self, table: MirrorTable) -> str:
        """The select list with which the table's rows are written to Parquet for this mirror.

        Raises ``MirrorError`` for a column whose type has no exact counterpart there.
        """

    @abstractmethod
    def open(self) -> AbstractContextManager[Session]:
        """A session. Raises ``MirrorError`` when there is no such place, or no way in; creates nothing."""


#: Credentials by the names of the variables they come from.
Credentials = Mapping[str, str | None]
