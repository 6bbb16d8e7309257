"""Which tables changed since they were delivered, and their rows as files.

A table's fingerprint is made of the hashes of its rows, in whatever order, of its columns and descriptions, and of the
form it travels in. The mirror keeps it in the table's own description, so it is gone when the table is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import Held, Mirror, MirrorTable, Parcel
from pipelines.warehouse.contents import row_hashes
from pipelines.warehouse.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb

# Each thread holds so many rows in memory; DuckDB's default is four times as many.
_ROW_GROUP = 30_720
_MARK = re.compile(r"Delivered by tracker-clockify-pipelines: \d+ rows, content [0-9a-f]{32}\.\Z")


def mark_of(
    connection: duckdb.DuckDBPyConnection, table: MirrorTable, mirror: Mirror
) -> tuple[int, str]:
    """The table's rows, and the mark that stands for exactly these rows in exactly this form."""
    found = row_hashes(connection, _quoted(table), [column.name for column in table.columns])
    content = hashlib.sha256(repr((table, mirror.projection(table), found)).encode()).hexdigest()[
        :32
    ]
    return found[0], f"Delivered by tracker-clockify-pipelines: {found[0]} rows, content {content}."


def write_parcel(
    connection: duckdb.DuckDBPyConnection,
    table: MirrorTable,
    mirror: Mirror,
    rows: int,
    mark: str,
    folder: Path,
) -> Parcel:
    """The table's rows as a new file in ``folder``."""
    file = folder / f"{table.address}.parquet"
    query = f"SELECT {mirror.projection(table)} FROM {_quoted(table)}"
    connection.execute(
        f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet, ROW_GROUP_SIZE {_ROW_GROUP})"
    )
    return Parcel(table, file, rows, mark)


def is_delivered(held: Held | None, rows: int, mark: str) -> bool:
    """Whether the mirror's table was left with exactly these rows, and still has as many."""
    return held is not None and held.rows == rows and held.description.endswith(mark)


def refuse_strangers(tables: Mapping[str, MirrorTable], held: Mapping[str, Held]) -> None:
    """Raise ``MirrorError`` when a table is there that no delivery made: neither its mark nor its columns are ours."""
    for address in _strangers(tables, held):
        raise MirrorError(
            f"The mirror has a table {address} that was not delivered by this project, so nothing was delivered: "
            "name an empty database or dataset in PIPELINES_MIRROR, or drop the table."
        )


def _strangers(tables: Mapping[str, MirrorTable], held: Mapping[str, Held]) -> Iterator[str]:
    for address, table in held.items():
        # A delivery that was killed may have left a table without its mark.
        has_our_columns = set(table.columns) == {column.name for column in tables[address].columns}
        if not has_our_columns and not _MARK.search(table.description):
            yield address


def _quoted(table: MirrorTable) -> str:
    return f"{identifier(table.schema)}.{identifier(table.name)}"
