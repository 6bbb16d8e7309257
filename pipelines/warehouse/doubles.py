"""Duplicate primary keys in a raw table, as a restored copy or an edit by hand may leave them.

Publishing never makes duplicates. It would keep them, though, because it does not touch rows that
did not change. Here: keeping one of each. Not here: the check that finds them in other tables
(``defs.quality.keys``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.connection import transaction
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.stream_versions import renew_version

if TYPE_CHECKING:
    import duckdb


def keep_one_of_each(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> int:
    """Keep, of rows with the same key, the one that was extracted last; returns how many went.

    The raw table must exist.
    """
    table = f"{identifier(props.namespace)}.{identifier(props.name)}"
    keys = ", ".join(identifier(name) for name in props.primary_key)
    with transaction(connection):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE doubled AS "
            f"SELECT {keys}, count(*) - 1 AS more FROM {table} GROUP BY ALL HAVING more > 0"
        )
        found = connection.execute("SELECT sum(more) FROM temp.doubled").fetchone()
        if not found or not found[0]:
            return 0
        is_doubled = f"({keys}) IN (SELECT ({keys}) FROM temp.doubled)"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE kept AS FROM {table} WHERE {is_doubled} "
            f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _extracted_at DESC NULLS LAST) = 1"
        )
        connection.execute(f"DELETE FROM {table} WHERE {is_doubled}")
        connection.execute(f"INSERT INTO {table} FROM temp.kept")
        renew_version(connection, props)
    return int(found[0])
