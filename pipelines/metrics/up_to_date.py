"""Brings a metric table up to date: computes it, unless its rows are what they would be.

They are, where the tables that it is made of, its code, and all that it asked of the run are the same as when it was last
computed. A table that came out with equal rows counts as unchanged for those that read it. In doubt it is computed. Here:
deciding that. Not here: writing (``write``), and what stands for what (``warehouse.contents``, ``code``, ``watched``).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, cast

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.code import code_of
from pipelines.metrics.tables_there import existing
from pipelines.metrics.watched import WatchedConnection, WatchedRun, answers_the_same, parts
from pipelines.metrics.write import write_rows
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.computed import (
    Computed,
    Origins,
    computed_tables,
    ensure_computed,
    remember_computed,
)
from pipelines.warehouse.connection import session, transaction
from pipelines.warehouse.contents import contents_of, rows_in
from pipelines.warehouse.state import SCHEMA

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun, MetricTable

#: Where tables lie that a computation may read.
_SCHEMAS = {*CONNECTORS, *FAMILIES, SCHEMA}
#: What computes: another version of it may come to other last digits.
_ENGINES = ("duckdb", "numpy", "pandas", "wordllama")


@dataclass(frozen=True)
class Brought:
    """A table that is up to date: its rows, what stands for them, and since when they are what they are.

    ``is_computed``: they were computed for that, and may have come out as they were.
    """

    rows: int
    contents: str
    unchanged_since: datetime
    is_computed: bool


class UpToDate:
    """Brings one table after the other up to date, while nobody else writes to the open warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        ensure_computed(connection)
        self._connection = connection
        self._there = existing(connection)
        self._computed = computed_tables(connection)
        #: By what is asked: all of a table, or some of its columns.
        self._contents: dict[str, str] = {}

    def session(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A session of the open warehouse."""
        return session(self._connection)

    def bring(self, table: MetricTable, run: MetricRun, *, anew: bool = False) -> Brought:
        """The table at ``run``; ``anew`` computes it whatever is known of it."""
        before = self._computed.get(table.address)
        origins = None if anew else self._still_right(table, run, before)
        changed_at = before.changed_at if before and origins else None
        is_computed = origins is None
        if origins is None:
            origins = self._computed_now(table, run)
            if before and before.origins and before.origins.contents == origins.contents:
                changed_at = before.changed_at
        with transaction(self._connection):
            remember_computed(
                self._connection,
                table.address,
                run.as_of_in(table.schema),
                changed_at=changed_at,
                origins=origins,
            )
        now = computed_tables(self._connection, table.address)[table.address]
        assert now.changed_at is not None
        self._there.add(table.address)
        self._computed[table.address] = now
        self._contents = {
            asked: contents
            for asked, contents in self._contents.items()
            if parts(asked)[0] != table.address
        }
        return Brought(rows_in(origins.contents), origins.contents, now.changed_at, is_computed)

    def _still_right(
        self, table: MetricTable, run: MetricRun, before: Computed | None
    ) -> Origins | None:
        """What the table's rows were made of, if they would be made of the same now."""
        origins = before.origins if before else None
        if (
            origins is not None
            and not table.is_check
            and table.address in self._there
            and origins.code == _code(table)
            and answers_the_same(run, origins.asked, origins.holds_until)
            and all(self._contents_of(name) == then for name, then in origins.inputs.items())
            # Somebody may have written to it by hand.
            and contents_of(self._connection, table.address) == origins.contents
        ):
            return origins
        return None

    def _computed_now(self, table: MetricTable, run: MetricRun) -> Origins:
        # One table is made of what it held before.
        self._contents_of(table.address)
        watched_run = WatchedRun(run)
        with session(self._connection) as own:
            watched = WatchedConnection(own)
            with transaction(own):
                write_rows(own, table, watched_run, cast("duckdb.DuckDBPyConnection", watched))
                # Of what, is told once its rows can be looked at: a lake's cannot before.
                remember_computed(own, table.address, run.as_of_in(table.schema))
            asked = watched_run.asked
            holds_until = table.holds_until(own, run) if table.holds_until else None
        return Origins(
            contents=contents_of(self._connection, table.address),
            code=_code(table),
            inputs={name: self._contents_of(name) for name in self._read(table, watched)},
            asked=asked,
            holds_until=holds_until,
        )

    def _read(self, table: MetricTable, watched: WatchedConnection) -> list[str]:
        """All tables that were read, or would have been if they were there; of some not all columns (see ``watched``)."""
        named = {
            # What stood in the table itself can be looked at before it is written only, and then all of it is.
            table.address if parts(asked)[0] == table.address else asked
            for asked in watched.tables
            if asked.partition(".")[0] in _SCHEMAS
        }
        return sorted(named | (set(table.inputs) - {parts(name)[0] for name in named}))

    def _contents_of(self, asked: str) -> str:
        if asked not in self._contents:
            address, without = parts(asked)
            computed = self._computed.get(address)
            self._contents[asked] = (
                computed.origins.contents
                if computed and computed.origins and address in self._there and not without
                else contents_of(self._connection, address, without)
            )
        return self._contents[asked]


def _code(table: MetricTable) -> str:
    """What stands for the code of the table, and for what runs it."""
    return f"{code_of(table)} {_engines()}"


@cache
def _engines() -> str:
    return " ".join(f"{name} {_version(name)}" for name in _ENGINES)


def _version(package: str) -> str:
    """The version; what an extra brings may not be there, and its tables are computed anew once it is."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
