"""What tools look up before they answer: rows as objects, tables and projects by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.outputs.mcp.answers import marked, unmarked
from pipelines.outputs.mcp.errors import Question, nearest

if TYPE_CHECKING:
    import duckdb


def rows(
    con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query of ours, each as an object."""
    cursor = con.execute(sql, dict(values or {}))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def table_address(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The address of the table that ``name`` means, with or without its schema. Raises ``Question``."""
    addresses: list[str] = [
        row["address"] for row in rows(con, "SELECT address FROM catalog.tables ORDER BY address")
    ]
    asked = unmarked(name).replace("/", ".")
    short = [address for address in addresses if address.partition(".")[2] == asked]
    if asked in addresses:
        return asked
    if len(short) == 1:
        return short[0]
    near = short or [
        address for address in addresses if address.partition(".")[2] in _near(asked, addresses)
    ]
    told = f" Did you mean {', '.join(near[:5])}?" if near else ""
    raise Question(f"There is no table {asked}.{told} list_metrics shows all of them.")


def _near(asked: str, addresses: list[str]) -> list[str]:
    names = {address.partition(".")[2] for address in addresses}
    return nearest(asked.rpartition(".")[2], names)


def tracker_project(con: duckdb.DuckDBPyConnection, project: str | int) -> tuple[int, str]:
    """Id and name of a Tracker project, by either. Raises ``Question`` with the names there are."""
    found = _things(con, "pivotal_tracker.projects")
    return _chosen("Tracker project", project, [(int(key), name) for key, name in found])


def clockify_project(con: duckdb.DuckDBPyConnection, project: str) -> tuple[str, str]:
    """The same of a Clockify project."""
    return _chosen("Clockify project", project, _things(con, "clockify.projects"))


def clockify_client(con: duckdb.DuckDBPyConnection, client: str) -> tuple[str, str]:
    """The same of a Clockify client."""
    return _chosen("Clockify client", client, _things(con, "clockify.clients"))


def _things(con: duckdb.DuckDBPyConnection, address: str) -> list[tuple[Any, str]]:
    if not exists(con, address):
        return []
    found = con.execute(f"SELECT id, coalesce(name, '') FROM {address} ORDER BY name, id")
    return [(key, name) for key, name in found.fetchall()]


def _chosen(kind: str, asked: str | int, known: list[tuple[Any, str]]) -> tuple[Any, str]:
    text = unmarked(str(asked))
    exact = [pair for pair in known if text in (str(pair[0]), pair[1])]
    near = exact or [pair for pair in known if text.lower() == pair[1].lower()]
    near = near or [pair for pair in known if text and text.lower() in pair[1].lower()]
    if len(near) == 1:
        return near[0]
    if not known:
        raise Question(f"There is no {kind} in the snapshot: its source may be off.")
    names = (
        [pair[1] for pair in near]
        or nearest(text, (name for _, name in known))
        or [name for _, name in known[:10]]
    )
    told = ", ".join(map(marked, names[:10]))
    if near:
        raise Question(f"Several are called like that: {told}. Name one exactly, or by its id.")
    raise Question(f"There is no {kind} {marked(text)}. There is {told}.")
