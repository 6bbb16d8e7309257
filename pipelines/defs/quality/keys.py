"""Keys: each comes once, and is complete unless its definition lets a part be unknown.

Here: what the key of a table is and the rows that break it. Not here: how streams are de-duplicated (``publish``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import relation
from pipelines.metrics.model import MetricTable
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

_EXAMPLES = 5


@dataclass(frozen=True)
class TableKey:
    """The key of the table at ``address``; every column of it but the ``nullable`` ones must have a value."""

    address: str
    columns: tuple[str, ...]
    nullable: frozenset[str] = frozenset()

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column not in self.nullable)


@dataclass(frozen=True)
class KeyFindings:
    """Counts of rows, duplicate keys and incomplete keys, and some of those keys."""

    rows: int
    repeated: int
    incomplete: int
    examples: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.repeated and not self.incomplete


def stream_key(props: AirbyteStreamProps) -> TableKey:
    """The primary key of a stream's table."""
    return TableKey(f"{props.namespace}.{props.name}", props.primary_key)


def metric_key(table: MetricTable) -> TableKey:
    """The grain of a metric table."""
    nullable = frozenset(column.name for column in table.columns if column.null_is_a_group)
    return TableKey(table.address, table.grain, nullable)


def key_findings(connection: duckdb.DuckDBPyConnection, key: TableKey) -> KeyFindings:
    """What breaks ``key``; NULL equals NULL, so that "none" comes once, too."""
    columns = ", ".join(identifier(column) for column in key.columns)
    missing = " OR ".join(f"{identifier(column)} IS NULL" for column in key.required) or "false"
    keys = (
        f"SELECT {columns}, count(*) AS times, {missing} AS incomplete "
        f"FROM {relation(key.address)} GROUP BY ALL"
    )
    counts = connection.execute(
        f"""
        SELECT
            coalesce(sum(times), 0),
            count(*) FILTER (times > 1),
            coalesce(sum(times) FILTER (incomplete), 0)
        FROM ({keys})
        """
    ).fetchone()
    assert counts is not None
    rows, repeated, incomplete = map(int, counts)
    examples: list[tuple[object, ...]] = []
    if repeated or incomplete:
        examples = connection.execute(
            f"SELECT {columns} FROM ({keys}) WHERE times > 1 OR incomplete "
            f"ORDER BY times DESC, {columns} LIMIT {_EXAMPLES}"
        ).fetchall()
    return KeyFindings(rows, repeated, incomplete, tuple(_text(example) for example in examples))


def _text(key: tuple[object, ...]) -> str:
    return ", ".join("NULL" if value is None else str(value) for value in key)
