"""DuckDB's types as mirrors have to know them, and how values travel that no mirror has an exact type for.

JSON and lists arrive as JSON text, the same to the letter: the mirrors' own types for them change numbers and the order
of keys, or know no missing list.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import MirrorColumn
from pipelines.warehouse.quoting import identifier

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class Kind(NamedTuple):
    """``name`` is DuckDB's, but ``DECIMAL`` without its digits and ``LIST`` for a list of anything."""

    name: str
    precision: int = 0
    scale: int = 0


def kind_of(column: MirrorColumn) -> Kind:
    """The kind of a column's type.

    >>> kind_of(MirrorColumn("amount", "DECIMAL(18,4)", ""))
    Kind(name='DECIMAL', precision=18, scale=4)
    """
    decimal = _DECIMAL.fullmatch(column.type)
    if decimal:
        return Kind("DECIMAL", int(decimal[1]), int(decimal[2]))
    return Kind("LIST") if column.type.endswith("[]") else Kind(column.type)


def carried(column: MirrorColumn) -> str:
    """The column as SQL, with JSON and lists as JSON text."""
    name = identifier(column.name)
    return {
        "JSON": f"CAST({name} AS VARCHAR)",
        "LIST": f"CAST(to_json({name}) AS VARCHAR)",
    }.get(kind_of(column).name, name)


def not_exact(column: MirrorColumn, system: str) -> MirrorError:
    """The sentence for a type that nobody has thought about."""
    return MirrorError(
        f"The column {column.name} has the type {column.type}, which {system} cannot hold exactly: deliver to another "
        "kind of mirror with PIPELINES_MIRROR, or declare the column with another type."
    )
