"""A few rows of a metric table for people: the newest ones, with the names of what ids stand for.

Here: which rows and names. Not here: how they are written down.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.metrics.model import MetricTable
from pipelines.metrics.tables_there import exists
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

_ROWS = 5
#: The tables with names, by the columns that point to them: ids of Tracker are whole numbers, ids of Clockify are texts.
_NAMED_BY = {
    ("project_id", "BIGINT"): "pivotal_tracker.projects",
    ("story_id", "BIGINT"): "pivotal_tracker.stories",
    ("epic_id", "BIGINT"): "pivotal_tracker.epics",
    ("label_id", "BIGINT"): "pivotal_tracker.labels",
    ("release_id", "BIGINT"): "pivotal_tracker.releases",
    ("project_id", "VARCHAR"): "clockify.projects",
    ("client_id", "VARCHAR"): "clockify.clients",
    ("task_id", "VARCHAR"): "clockify.tasks",
    ("tag_id", "VARCHAR"): "clockify.tags",
    ("user_id", "VARCHAR"): "clockify.users",
}


def preview(
    con: duckdb.DuckDBPyConnection, table: MetricTable, as_of: datetime
) -> list[dict[str, Any]]:
    """The newest rows of the table up to ``as_of``, then what lies ahead; without days the first ones by its grain.

    A column ``..._name`` is added for each id whose table is there and which has none yet.
    """
    types = {column.name: column.type for column in table.columns}
    grain = [name for name in table.grain if name in types]
    days = [name for name in grain if types[name].startswith(("DATE", "TIMESTAMP"))]
    order = [f"{identifier(name)} DESC NULLS LAST" for name in days]
    if days:
        order.insert(0, f"CAST({identifier(days[0])} AS TIMESTAMPTZ) > $as_of")
    order += [identifier(name) for name in grain if name not in days]
    newest = f"FROM {table.address} ORDER BY {', '.join(order) or 'ALL'} LIMIT {_ROWS}"
    cursor = con.execute(
        f"SELECT {', '.join(['shown.*', *_names(con, types)])} FROM ({newest}) AS shown",
        {"as_of": as_of} if days else {},
    )
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _names(con: duckdb.DuckDBPyConnection, types: dict[str, str]) -> list[str]:
    """SQL of the names that the table lacks."""
    found = []
    for column, kind in types.items():
        address = _NAMED_BY.get((column, kind))
        name = f"{column.removesuffix('_id')}_name"
        if address and name not in types and exists(con, address):
            key = identifier(column)
            found.append(
                f"(SELECT any_value(name) FROM {address} WHERE id = shown.{key}) AS {name}"
            )
    return found
