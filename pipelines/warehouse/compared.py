"""The rows of a window as a connector gets them to compare with what its source shows.

Here: the statement. Not here: what is compared (the connector), and what becomes of a row that is seen to be the same: nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.removals import in_window, key_of

if TYPE_CHECKING:
    import duckdb

#: They are held in memory while the source is read: about 150 MB.
MOST_ROWS = 200_000


def rows_of_window(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, window: Window
) -> dict[str, str] | None:
    """By key (as text) each row's columns and ``_extra`` as a JSON object; ``None`` where there are too many."""
    table = f"{identifier(props.namespace)}.{identifier(props.name)}"
    condition, values = in_window("t", props, window)
    columns = ", ".join(f"'{name}', t.{identifier(name)}" for name in props.column_names)
    rows = connection.execute(
        f"""
        SELECT {key_of("t", props)}, json_object({columns}, '_extra', t._extra)
        FROM {table} AS t
        WHERE {condition}
        LIMIT {MOST_ROWS + 1}
        """,
        values,
    ).fetchall()
    return dict(rows) if len(rows) <= MOST_ROWS else None
