"""When each table was last computed, as of when, and from what, in ``_pipelines.computed``.

When is written in the transaction that writes the table, from what right after it. Not here: computing anything, and when streams were read
(``state``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import StreamColumn
from pipelines.warehouse.columns import columns_of
from pipelines.warehouse.raw_tables import ensure_tables
from pipelines.warehouse.state import SCHEMA

if TYPE_CHECKING:
    import duckdb

_NAME = "computed"
#: A new one goes to the end, where a warehouse that lacks it gets it.
_COLUMNS = (
    StreamColumn("address", "VARCHAR", ""),
    StreamColumn("as_of", "TIMESTAMPTZ", ""),
    StreamColumn("computed_at", "TIMESTAMPTZ", ""),
    StreamColumn("changed_at", "TIMESTAMPTZ", ""),
    StreamColumn("contents", "VARCHAR", ""),
    StreamColumn("code", "VARCHAR", ""),
    StreamColumn("inputs", "VARCHAR", ""),
    StreamColumn("asked", "VARCHAR", ""),
    StreamColumn("holds_until", "TIMESTAMPTZ", ""),
)
_NAMES = ", ".join(column.name for column in _COLUMNS)


@dataclass(frozen=True)
class Origins:
    """What the rows of a table were made of, and what stands for them.

    ``contents``: for the rows. ``code``: for the code that made them. ``inputs``: for the tables that were read, by address.
    ``asked``: for what else was asked (see ``metrics.watched``), of which a moment may be any before ``holds_until``.
    """

    contents: str
    code: str
    inputs: Mapping[str, str]
    asked: Mapping[str, str]
    holds_until: datetime | None


@dataclass(frozen=True)
class Computed:
    """The moment that counted as now, and when the rows were last computed, or found to be what they would be.

    ``changed_at``: when they last changed. ``origins``: None where an older version of the project
    computed them.
    """

    as_of: datetime
    computed_at: datetime
    changed_at: datetime | None = None
    origins: Origins | None = None


def ensure_computed(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the table; not inside a transaction."""
    if len(_columns_there(connection, _NAME)) < len(_COLUMNS):
        ensure_tables(connection, SCHEMA, {_NAME: _COLUMNS})


def remember_computed(
    connection: duckdb.DuckDBPyConnection,
    address: str,
    as_of: datetime,
    *,
    changed_at: datetime | None = None,
    origins: Origins | None = None,
) -> None:
    """Record in the transaction at hand that the table at ``address`` is computed now, or found to be up to date.

    Without ``changed_at`` its rows changed now.
    """
    connection.execute(f"DELETE FROM {SCHEMA}.{_NAME} WHERE address = ?", [address])
    connection.execute(
        f"INSERT INTO {SCHEMA}.{_NAME} ({_NAMES}) VALUES (?, ?, now(), coalesce(?, now()), ?, ?, ?, ?, ?)",
        [
            address,
            as_of,
            changed_at,
            origins.contents if origins else None,
            origins.code if origins else None,
            json.dumps(dict(origins.inputs)) if origins else None,
            json.dumps(dict(origins.asked)) if origins else None,
            origins.holds_until if origins else None,
        ],
    )


def computed_tables(
    connection: duckdb.DuckDBPyConnection, address: str | None = None
) -> dict[str, Computed]:
    """What was recorded, by address; of one table, or of all."""
    there = _columns_there(connection, _NAME)
    if not there:
        return {}
    # Nobody brings a warehouse up to date that is only read.
    names = ", ".join(
        column.name if column.name in there else f"CAST(NULL AS {column.type})"
        for column in _COLUMNS
    )
    rows = connection.execute(
        f"SELECT {names} FROM {SCHEMA}.{_NAME} WHERE address = $address OR $address IS NULL",
        {"address": address},
    ).fetchall()
    return {
        name: Computed(as_of, computed_at, changed_at, _origins(*origins))
        for name, as_of, computed_at, changed_at, *origins in rows
    }


def _origins(
    contents: str | None,
    code: str | None,
    inputs: str | None,
    asked: str | None,
    holds_until: datetime | None,
) -> Origins | None:
    if contents is None or code is None or inputs is None or asked is None:
        return None
    return Origins(contents, code, json.loads(inputs), json.loads(asked), holds_until)


def read_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """When the table of each stream was last read, by address."""
    if not _columns_there(connection, "streams"):
        return {}
    rows = connection.execute(
        f"SELECT namespace || '.' || stream, max(read_at) FROM {SCHEMA}.streams GROUP BY ALL"
    ).fetchall()
    return dict(rows)


def _columns_there(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    return {column for column, _ in columns_of(connection, f"{SCHEMA}.{name}")}
