"""What stands for the rows of a table: the same exactly as long as its columns and rows are the same, in whatever order.

It is made of the rows themselves, so it is right whoever wrote them. Here: making it. Not here: when it was made last
(``computed``), and what follows from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pipelines.warehouse.columns import columns_of
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

#: Stands for a table that is not there.
MISSING = "missing"


def row_hashes(
    connection: duckdb.DuckDBPyConnection, address: str, columns: Sequence[str]
) -> tuple[int, int, int]:
    """How many rows the table at the quoted ``address`` has, and the sum and the exclusive or of their hashes."""
    values = ", ".join(map(identifier, columns))
    found = connection.execute(
        f"SELECT count(*), sum(hash({values})), bit_xor(hash({values})) FROM {address}"
    ).fetchone()
    assert found is not None
    rows, total, exclusive = found
    return rows, total, exclusive


def contents_of(
    connection: duckdb.DuckDBPyConnection, address: str, without: Collection[str] = ()
) -> str:
    """What stands for columns and rows of the table ``schema.name``; ``MISSING`` where there is none.

    ``without`` names columns that do not matter.
    """
    quoted = ".".join(map(identifier, address.split(".")))
    columns = [column for column in columns_of(connection, quoted) if column[0] not in without]
    if not columns:
        return MISSING
    found = row_hashes(connection, quoted, [name for name, _ in columns])
    return f"{found[0]}:{hashlib.sha256(repr((columns, found)).encode()).hexdigest()[:32]}"


def rows_in(contents: str) -> int:
    """The number of rows of the table that ``contents`` stands for, which is there."""
    return int(contents.partition(":")[0])
