"""Finds out which columns the columns of metric tables are made of, and writes it down.

In two steps, because neither is enough. The SQL says what a column may be made of (``columns_in_sql``), too much where
values travel together, such as two rates in one JSON value. Of that, an experiment on a generated company keeps what
is seen to matter (``Experiment``): a column is emptied, the table computed again, and compared.
Run as a module it writes ``column_lineage.json`` anew. Not here: what that file is for.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.column_lineage import PATH
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.metric_tables import metric_warehouse
from pipelines_tests.support.project import failure_of, running_project

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
FIRST_DAY = "2026-03-01"
#: Months are closed, because a table without rows shows nothing.
RUN = MetricRun(
    as_of=NOW, settings=MetricSettings.model_validate({"capitalization": {"close_after_days": 10}})
)
TABLES = {table.address: table for tables in COMPUTED.values() for table in tables}

#: By column, columns of inputs as ``schema.table.column``.
Found = dict[str, set[str]]

# It warns of each sub-select without a table.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def declared_columns() -> dict[str, set[str]]:
    """The names of the columns that each asset declares, by table address."""
    streams = {
        f"{source}.{stream.name}": {column.name for column in stream.columns}
        for source, connector in CONNECTORS.items()
        for stream in connector.streams
    }
    metrics = {
        address: {column.name for column in table.columns} for address, table in TABLES.items()
    }
    return streams | metrics


def columns_in_sql(con: duckdb.DuckDBPyConnection, table: MetricTable) -> Found:
    """By column of ``table``, the declared columns of its inputs that the SQL makes it from; those it has none for
    are missing. All tables are there in ``con``.
    """
    text = table.compute(con, RUN).sql_query()
    try:
        scope = _scope(con, text)
    except SqlglotError:
        return {}  # it reads a data frame
    declared = declared_columns()
    found: Found = {}
    # Of all columns at once, and without a copy of the query for each step of each.
    nodes = lineage(None, scope.expression, schema={}, scope=scope, trim_selects=False, copy=False)
    for column in table.columns:
        addresses = {
            (f"{leaf.expression.db}.{leaf.expression.name}", leaf.name.split(".")[-1].strip('"'))
            for leaf in nodes[column.name].walk()
            if isinstance(leaf.expression, exp.Table)
        }
        sources = {
            f"{address}.{name}"
            for address, name in addresses
            if address in table.inputs and name in declared.get(address, ())
        }
        if sources:
            found[column.name] = sources
    return found


def _scope(con: duckdb.DuckDBPyConnection, text: str) -> Scope:
    """The query with every column's origin resolved; temporary views are put in where they are read."""
    views = dict(
        con.execute(
            "SELECT view_name, sql FROM duckdb_views() WHERE temporary AND NOT internal"
        ).fetchall()
    )
    columns = con.execute(
        "SELECT if(database_name = 'temp', 'temp', schema_name), table_name, column_name "
        "FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for schema_name, table_name, column in columns:
        if table_name not in views:
            schema.setdefault(schema_name, {}).setdefault(table_name, {})[column] = "VARCHAR"
    dialect = _dialect(con)
    query = exp.expand(
        _parsed(text, dialect),
        {name: _parsed(view, dialect).expression for name, view in views.items()},
        dialect="duckdb",
    )
    query = qualify(
        query,
        schema=schema,
        db="temp",
        dialect="duckdb",
        identify=False,
        validate_qualify_columns=False,
        allow_partial_qualification=True,
    )
    for union in query.find_all(exp.SetOperation):
        _align(union)
    scope = build_scope(query)
    assert scope
    return scope


def _dialect(con: duckdb.DuckDBPyConnection) -> type[DuckDB]:
    """DuckDB's dialect, in which the macros of ``con`` are not taken for functions of the same name."""
    macros = {
        name
        for (name,) in con.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type = 'macro' AND NOT internal"
        ).fetchall()
    }

    class Parser(DuckDB.Parser):
        FUNCTIONS: ClassVar = {
            name: function
            for name, function in DuckDB.Parser.FUNCTIONS.items()
            if name.lower() not in macros
        }

    return type("Warehouse", (DuckDB,), {"Parser": Parser})


def _parsed(text: str, dialect: type[DuckDB]) -> exp.Expression:
    # 2026-11: sqlglot 30 reads lambdas with an arrow only, and knows no columns of table functions.
    query = sqlglot.parse_one(re.sub(r"\(lambda (\"?\w+\"?): ", r"(\1 -> ", text), dialect=dialect)
    for source in list(query.find_all(exp.Table)):
        if source.this.name.lower() == "pg_timezone_names":
            source.replace(exp.select("NULL AS name").subquery(source.alias))
    return query


def _align(union: exp.SetOperation) -> None:
    """Give both sides of a ``UNION BY NAME`` the same columns in the same order: sqlglot goes by their places."""
    if not union.args.get("by_name"):
        return
    sides = [*_selects(union.left), *_selects(union.right)]
    names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
    for side in sides:
        own = {select.alias_or_name: select for select in side.selects}
        side.set("expressions", [own.get(name) or exp.alias_(exp.null(), name) for name in names])


def _selects(side: exp.Expression) -> list[exp.Select]:
    query = side.unnest()
    if isinstance(query, exp.SetOperation):
        return [*_selects(query.left), *_selects(query.right)]
    assert isinstance(query, exp.Select)
    return [query]


class Experiment:
    """What emptying a column changes, seen on the tables of ``con``, which are all there and filled."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        # The last digits of a sum depend on how the threads share the rows.
        con.execute("SET threads = 1")
        self._before: dict[str, dict[str, int]] = {}

    def changed(self, table: MetricTable, source: str) -> set[str]:
        """The columns of ``table`` whose values change when the column ``source`` is NULL everywhere."""
        if table.address not in self._before:
            self._before[table.address] = self._sums(table)
        before = self._before[table.address]
        address, _, column = source.rpartition(".")
        self._con.execute("BEGIN")
        try:
            self._con.execute(f'UPDATE {address} SET "{column}" = NULL')
            after = self._sums(table)
        finally:
            self._con.execute("ROLLBACK")
        return {name for name in before if before[name] != after[name]}

    def _sums(self, table: MetricTable) -> dict[str, int]:
        """By column, a sum over the values of all rows in which every value counts, but for last digits."""
        values = (
            f'round("{column.name}", 6)' if column.type == "DOUBLE" else f'"{column.name}"'
            for column in table.columns
        )
        sums = ", ".join(f"sum(hash({value})::HUGEINT)" for value in values)
        row = table.compute(self._con, RUN).aggregate(sums).fetchone()
        assert row
        return {column.name: value for column, value in zip(table.columns, row, strict=True)}


@contextmanager
def generated_company() -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables of the generated company: the raw ones read over HTTP, the metrics computed from them."""
    streams = [
        f"{source}/{stream.name}"
        for source, connector in CONNECTORS.items()
        for stream in connector.streams
    ]
    with TemporaryDirectory() as folder:
        with running_project(Path(folder), generate(now=NOW, size=TINY)) as project:
            run = project.materialize(
                *streams, days=(FIRST_DAY, NOW.date().isoformat()), checks=False
            )
            assert run.success, failure_of(run)
        with metric_warehouse() as con:
            con.execute(f"ATTACH '{project.settings.warehouse}' AS read (READ_ONLY)")
            for address in declared_columns().keys() - TABLES.keys():
                con.execute(f"INSERT INTO {address} BY NAME FROM read.{address}")
            for table in TABLES.values():
                write_metric(con, table, RUN)
            yield con


def find_out(tell: Callable[[str], object]) -> dict[str, dict[str, list[str]]]:
    """All that is true: in the SQL, and seen on the generated company. ``tell`` gets a line for each table, and one before."""
    lineages = {}
    tell(f"Reading a generated company for {len(TABLES)} tables ...")
    with generated_company() as con:
        experiment = Experiment(con)
        for place, (address, table) in enumerate(TABLES.items(), start=1):
            began = time.monotonic()
            found = columns_in_sql(con, table)
            changed = {
                source: experiment.changed(table, source)
                for source in sorted(set().union(*found.values()))
            }
            columns = {
                column: sorted(source for source in sources if column in changed[source])
                for column, sources in found.items()
            }
            lineages[address] = {column: sources for column, sources in columns.items() if sources}
            seconds = time.monotonic() - began
            tell(
                f"{place} of {len(TABLES)}  {address}: {len(changed)} columns tried in {seconds:.1f} s"
            )
    return {address: columns for address, columns in lineages.items() if columns}


if __name__ == "__main__":
    PATH.write_text(
        json.dumps(find_out(partial(print, file=sys.stderr)), indent=1) + "\n", encoding="utf-8"
    )
