"""A generated company's records as raw tables, put there at once: for tests of metrics on many companies.

The names of fields become columns as the connectors make them. Not here: reading over HTTP (``column_lineage``), and what
the connectors do besides.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import duckdb

from pipelines.simulator.model import World
from pipelines.sources.registry import CONNECTORS


def put(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """Insert every list of the world that is a stream into its raw table."""
    for source, data in (("pivotal_tracker", world.tracker), ("clockify", world.clockify)):
        lists = {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}
        if source == "clockify":
            lists["workspaces"] = [world.clockify.workspace]
        else:
            lists["project_memberships"] = world.tracker.memberships
            lists["activity"] = [
                {**row, "project_id": row["project"]["id"]} for row in world.tracker.activity
            ]
        for stream in CONNECTORS[source].streams:
            if isinstance(lists.get(stream.name), list):
                _insert(con, f"{source}.{stream.name}", lists[stream.name])


def _insert(con: duckdb.DuckDBPyConnection, address: str, records: list[dict[str, Any]]) -> None:
    types = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {address}").fetchall()}
    rows = [{_snake(key): value for key, value in record.items()} for record in records]
    given = {key for row in rows for key in row}
    structure = {name: kind for name, kind in types.items() if name in given}
    if structure:
        con.execute(
            f"INSERT INTO {address} BY NAME "
            "SELECT unnest(from_json(CAST($rows AS JSON), $structure), max_depth := 2)",
            {"rows": json.dumps(rows), "structure": json.dumps([structure])},
        )


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()
