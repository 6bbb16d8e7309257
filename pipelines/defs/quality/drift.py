"""Drift: fields that a source sends and nobody declared, sends in another type, or no longer sends.

Here: what a table and the last reads tell about it. New and retyped fields are looked up in
``_extra``, where they stay as long as the table has such rows. Missing fields are looked up in what
the last reads did not carry. Not here: how records are made to fit (``pyairbyte.conform``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.defs.quality.tables import relation
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

_EXAMPLE_LENGTH = 80

#: A partial read that should have carried a field this often and never did has lost it; by chance alone that
#: happens once in e^10, or 22,000, reads.
_EXPECTED = 10.0


@dataclass(frozen=True)
class FieldDrift:
    """One drifted field: how many rows of the table show it, and an example as JSON (none for a missing field)."""

    field: str
    finding: Literal["new", "retyped", "missing"]
    rows: int
    example: str


@dataclass(frozen=True)
class PastRead:
    """A read with records: how many, and the declared fields that none of them carried."""

    records: int
    never_sent: frozenset[str]


def drifted_fields(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, reads: Sequence[PastRead]
) -> list[FieldDrift]:
    """All drift of a stream's table, given its last reads with records, newest first."""
    return [*_extra_fields(connection, props), *_missing_fields(connection, props, reads)]


def _extra_fields(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps
) -> list[FieldDrift]:
    found = connection.execute(
        f"""
        WITH extras AS (
            SELECT unnest(map_entries(CAST(_extra AS MAP(VARCHAR, JSON)))) AS entry
            FROM {relation(f"{props.namespace}.{props.name}")}
            WHERE _extra IS NOT NULL
        )
        -- A value that is NULL comes out of the map as no value at all.
        SELECT entry.key AS field, count(*), coalesce(min(CAST(entry.value AS VARCHAR)), 'null')
        FROM extras
        GROUP BY field
        ORDER BY field
        """
    ).fetchall()
    return [
        FieldDrift(
            field=field,
            finding="retyped" if field in props.column_names else "new",
            rows=rows,
            example=_shortened(example),
        )
        for field, rows, example in found
    ]


def _missing_fields(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, reads: Sequence[PastRead]
) -> list[FieldDrift]:
    """Fields that the source used to send.

    Sources leave out what has no value, so a field that was never sent says nothing. A snapshot
    misses a field when an earlier one had it. A partial read misses a field when its records should
    have had it, by their number and the table's share.
    """
    if not reads:
        return []
    latest, *earlier = reads
    if props.publish == "snapshot":
        always = frozenset(props.column_names).intersection(*(read.never_sent for read in earlier))
        missing = latest.never_sent - always if earlier else frozenset()
    else:
        shares = _shares(connection, props, sorted(latest.never_sent))
        missing = frozenset(
            field for field, share in shares.items() if share * latest.records >= _EXPECTED
        )
    return [FieldDrift(field, "missing", 0, "") for field in sorted(missing)]


def _shares(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, fields: Sequence[str]
) -> dict[str, float]:
    """The share of the table's rows that have a value, by field."""
    if not fields:
        return {}
    filled = ", ".join(f"count({identifier(field)}) / count(*)" for field in fields)
    table = relation(f"{props.namespace}.{props.name}")
    found = connection.execute(f"SELECT {filled} FROM {table} HAVING count(*) > 0").fetchone()
    return dict(zip(fields, found or (), strict=False))


def _shortened(example: str) -> str:
    return example if len(example) <= _EXAMPLE_LENGTH else example[: _EXAMPLE_LENGTH - 1] + "…"
