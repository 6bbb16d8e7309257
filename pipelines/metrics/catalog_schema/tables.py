"""``catalog.tables``, ``catalog.columns`` and ``catalog.joins``: what every other table means, written with each run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.metrics.catalog_schema.entries import TableEntry, entries
from pipelines.metrics.catalog_schema.relations import joins
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.tables_there import existing
from pipelines.warehouse.computed import computed_tables, read_tables
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

SCHEMA = "catalog"

_TABLES = """
One row per table: every raw table of a stream, and every metric table. It has what its readers need to judge it: what a
row is, what may be added up, the settings in force, how fresh it is, and the checks that it did not pass.

A table that is not there yet has a row without a row count. The tables of this schema are not in it.
"""
_COLUMNS = """
One row per column of all tables: type, unit, meaning, what may be added up, and the columns that it is
made of. Raw columns have no unit: their description says it.

`adds` is `always`, `within a currency`, `within a project` (points have a scale of their own in each), or `never`: ratios,
medians, snapshots of a moment, sums so far. NULL where nobody judged it.
"""
_JOINS = """
One row per pair of tables that can be joined: for a row of the left table there is at most one row of the right one. So a
join along `condition` multiplies nothing on the left; a join the other way round does.
"""


def catalog_tables(
    families: Mapping[str, Sequence[MetricTable]],
) -> tuple[MetricTable, ...]:
    """The three tables about ``families`` and the raw tables."""
    about = entries(families)
    read = {address for tables in families.values() for table in tables for address in table.inputs}
    last = tuple(
        table.address
        for tables in families.values()
        for table in tables
        if table.address not in read
    )

    def tables(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
        return _relation(con, _TABLE_COLUMNS, _table_rows(con, run, about))

    def columns(con: duckdb.DuckDBPyConnection, _: MetricRun) -> duckdb.DuckDBPyRelation:
        rows = [
            (table.address, column.name, place, column.type, column.unit, column.description,
             column.adds, list(column.lineage))
            for table in about.values()
            for place, column in enumerate(table.columns, 1)
        ]  # fmt: skip
        return _relation(con, _COLUMN_COLUMNS, rows)

    def relations(con: duckdb.DuckDBPyConnection, _: MetricRun) -> duckdb.DuckDBPyRelation:
        rows = [
            (join.left_address, join.right_address, list(join.left), list(join.right),
             join.cardinality, join.condition)
            for join in joins(about)
        ]  # fmt: skip
        return _relation(con, _JOIN_COLUMNS, rows)

    return (
        MetricTable(
            schema=SCHEMA,
            name="tables",
            grain=("address",),
            definition=_TABLES,
            columns=_TABLE_COLUMNS,
            inputs=last,
            compute=tables,
            settings=tuple(sorted({name for entry in about.values() for name in entry.settings})),
            headlines={"checks_failing": "sum(checks_failing)"},
        ),
        MetricTable(
            schema=SCHEMA,
            name="columns",
            grain=("address", "column"),
            definition=_COLUMNS,
            columns=_COLUMN_COLUMNS,
            inputs=("catalog.tables",),
            compute=columns,
        ),
        MetricTable(
            schema=SCHEMA,
            name="joins",
            grain=("left_address", "right_address"),
            definition=_JOINS,
            columns=_JOIN_COLUMNS,
            inputs=("catalog.tables",),
            compute=relations,
        ),
    )


_TABLE_COLUMNS = (
    Column("address", "VARCHAR", "Schema and name of the table."),
    Column("family", "VARCHAR", "Its schema: a source, or a family of metrics."),
    Column("definition", "VARCHAR", "What the table means, in Markdown."),
    Column("grain", "VARCHAR[]", "The columns that identify a row; of raw tables the primary key."),
    Column("additive", "BOOLEAN", "Whether rows may be added up; NULL for raw tables."),
    Column(
        "additive_reason", "VARCHAR", "Why they may not, where their columns look as if they could."
    ),
    Column("inputs", "VARCHAR[]", "The tables that it is computed from."),
    Column("settings", "JSON", "The settings that it depends on, with the values in force."),
    Column("as_of", "TIMESTAMPTZ", "The moment that counted as now when it was computed."),
    Column("row_count", "BIGINT", "Rows there are now; NULL when it is not there."),
    Column("last_materialized_at", "TIMESTAMPTZ", "When it was computed, or read, last."),
    Column(
        "checks_failing",
        "BIGINT",
        "Checks that it did not pass when they were last made; NULL where nobody knows.",
    ),
    Column("failing", "VARCHAR[]", "Those checks, each with what it found."),
)
_COLUMN_COLUMNS = (
    Column("address", "VARCHAR", "The table."),
    Column("column", "VARCHAR", "The column's name."),
    Column("place", "BIGINT", "Its place in the table, from 1.", adds="never"),
    Column("type", "VARCHAR", "Its type in DuckDB."),
    Column("unit", "VARCHAR", "Its unit: h, s, days, weeks, points, %, count, currency, currency/h, "
           "UTC for instants, day for dates."),
    Column("description", "VARCHAR", "What it means."),
    Column("adds", "VARCHAR", "What may be added up: always, within a currency, within a project, never."),
    Column("lineage", "VARCHAR[]", "The columns that it is made of, as far as that was found out."),
)  # fmt: skip
_JOIN_COLUMNS = (
    Column("left_address", "VARCHAR", "The table from which one looks up."),
    Column("right_address", "VARCHAR", "The table with at most one row for each of them."),
    Column("left_columns", "VARCHAR[]", "The compared columns of the left table."),
    Column("right_columns", "VARCHAR[]", "Those of the right table, in the same order."),
    Column("cardinality", "VARCHAR", "many_to_one, or one_to_one."),
    Column("condition", "VARCHAR", "SQL after ON; the tables are called l and r."),
)


def _table_rows(
    con: duckdb.DuckDBPyConnection, run: MetricRun, about: Mapping[str, TableEntry]
) -> list[tuple[Any, ...]]:
    there = existing(con)
    counts = _row_counts(con, [address for address in about if address in there])
    computed, read_at = computed_tables(con), read_tables(con)
    values = run.settings.model_dump(mode="json")
    rows = []
    for entry in about.values():
        moment = computed.get(entry.address)
        failing = None if run.failing is None else list(run.failing.get(entry.address, ()))
        rows.append(
            (
                entry.address,
                entry.family,
                entry.definition,
                list(entry.grain),
                entry.additive,
                entry.additive_reason,
                list(entry.inputs),
                {name: _value(values, name) for name in entry.settings},
                moment.as_of if moment else None,
                counts.get(entry.address),
                moment.computed_at if moment else read_at.get(entry.address),
                None if failing is None else len(failing),
                failing,
            )
        )
    return rows


def _value(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values[key]
    return values


def _row_counts(con: duckdb.DuckDBPyConnection, addresses: Sequence[str]) -> dict[str, int]:
    if not addresses:
        return {}
    counted = " UNION ALL ".join(
        f"SELECT {place}, count(*) FROM {'.'.join(map(identifier, address.split('.')))}"
        for place, address in enumerate(addresses)
    )
    return {addresses[place]: rows for place, rows in con.execute(counted).fetchall()}


def _relation(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]
) -> duckdb.DuckDBPyRelation:
    """The rows as a relation with the columns' types."""
    names = [column.name for column in columns]
    types = {
        column.name: [column.type.removesuffix("[]")] if column.type.endswith("[]") else column.type
        for column in columns
    }
    records = json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_iso)
    return con.sql(
        "SELECT unnest(from_json(CAST($rows AS JSON), $types), max_depth := 2)",
        params={"rows": records, "types": json.dumps([types])},
    )


def _iso(value: datetime) -> str:
    return value.isoformat()
