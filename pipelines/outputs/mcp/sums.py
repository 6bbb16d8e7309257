"""Finds the sums of a query that mean nothing: of ratios and snapshots, of two currencies, of points of two projects.

DuckDB's own parser takes the query apart, so nothing is guessed from its text. What may be added up is said by
``catalog.columns``. Not here: running the query.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_SUMS = {"sum", "fsum", "sumkahan", "kahan_sum", "sum_no_overflow"}
_NEEDED = {"within a currency": "currency", "within a project": "project_id"}


def doubtful_sums(con: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """A sentence for each sum that means nothing, with what to add up instead; none for a query that cannot be parsed."""
    row = con.execute("SELECT json_serialize_sql(CAST($sql AS VARCHAR))", {"sql": sql}).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree.get("error"):
        return []
    nodes = list(_nodes(tree))
    tables = {
        f"{node['schema_name']}.{node['table_name']}"
        for node in nodes
        if node.get("type") == "BASE_TABLE" and node.get("schema_name")
    }
    mentioned = {
        name for node in nodes if "column_names" in node for name in node["column_names"][-1:]
    }
    added = {
        node["children"][0]["column_names"][-1]
        for node in nodes
        if node.get("function_name") in _SUMS and _is_column(node.get("children"))
    }
    return [
        said for column in sorted(added) for said in _judged(con, column, sorted(tables), mentioned)
    ]


def _judged(
    con: duckdb.DuckDBPyConnection, column: str, tables: list[str], mentioned: set[str]
) -> Iterator[str]:
    rows = con.execute(
        """
        SELECT address, adds, unit, additive_reason
        FROM catalog.columns
        JOIN catalog.tables USING (address)
        WHERE "column" = $column AND list_contains($tables, address) AND adds IS NOT NULL
        """,
        {"column": column, "tables": tables},
    ).fetchall()
    if not rows or any(adds == "always" for _, adds, *_ in rows):
        return
    address, adds, unit, reason = rows[0]
    needed = _NEEDED.get(adds)
    if needed is None:
        why = reason or f"it is {_kind(unit)}, which means nothing as a sum."
        yield f"{column} of {address} must not be added up: {why}{_instead(con, column, address)}"
    elif not any(needed in name for name in mentioned):
        yield (
            f"{column} of {address} may be added up {adds} only: group by {needed}, or choose one with WHERE."
        )


def _kind(unit: str | None) -> str:
    return {
        "%": "a ratio (divide the sums of its parts instead)",
        "currency/h": "a rate",
        None: "no amount",
    }.get(unit, "a value of one moment, one row or one distribution")


def _instead(con: duckdb.DuckDBPyConnection, column: str, address: str) -> str:
    rows = con.execute(
        """
        SELECT address || '.' || "column"
        FROM catalog.columns
        WHERE adds != 'never' AND address != $address
            AND ("column" = $column OR (starts_with("column", $stem) AND unit IS NOT NULL))
        ORDER BY "column" != $column, address
        LIMIT 3
        """,
        {"column": column, "address": address, "stem": column.removesuffix("_pct").split("_")[0]},
    ).fetchall()
    return f" These may be added up: {', '.join(name for (name,) in rows)}." if rows else ""


def _is_column(children: Any) -> bool:
    return bool(children) and children[0].get("class") == "COLUMN_REF"


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the tree, however deep."""
    to_visit = [tree]
    while to_visit:
        item = to_visit.pop()
        if isinstance(item, dict):
            yield item
            to_visit += item.values()
        elif isinstance(item, list):
            to_visit += item
