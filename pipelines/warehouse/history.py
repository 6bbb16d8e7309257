"""What a stream's rows were: vanished rows, and for snapshots also earlier versions of changed rows.

``<stream>_deleted`` has the rows that the source no longer shows, ``<stream>_history`` the versions that were replaced. A
version begins with the read that first showed its declared values (``_extracted_at``, here also ``_valid_from``) and ends
with the read that showed others (``_valid_to``). A row that comes back is a new version, and the one before ended when
the row was last seen. So of a key no two versions overlap, and the newest that began until some moment is the one that
was in force then. What changes in ``_extra`` alone makes no version: nobody said what it means.

Here: the statements, each within the transaction that publishes. Not here: which rows are gone or changed (``publish``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.raw_tables import DELETED, HISTORY, has_history
from pipelines.warehouse.state import last_read_at

if TYPE_CHECKING:
    import duckdb


def move_to_deleted(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, condition: str
) -> int:
    """Move the rows ``t`` of a stream's table that meet ``condition`` to its deleted history; returns how many."""
    table = _address(props)
    moved = connection.execute(
        f"""
        INSERT INTO {deleted_table(props)} BY NAME
        SELECT t.*, coalesce($last_seen::TIMESTAMPTZ, t._extracted_at) AS _last_seen_at
        FROM {table} AS t
        WHERE {condition}
        """,
        {"last_seen": last_read_at(connection, props.namespace, props.name)},
    ).fetchone()
    connection.execute(f"DELETE FROM {table} AS t WHERE {condition}")
    assert moved is not None
    return int(moved[0])


def keep_earlier_versions(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, read_at: datetime
) -> None:
    """Copy what the rows of ``fresh`` are about to replace into the stream's history, where it has one.

    ``fresh`` has keys, and ``is_version`` where the new row differs from the table's in a declared column.
    """
    if not has_history(props):
        return
    history = _address(props, HISTORY)
    by_key = same_key(props, "t", "b")
    connection.execute(
        f"""
        INSERT INTO {history} BY NAME
        SELECT t.*, t._extracted_at AS _valid_from, greatest($read_at::TIMESTAMPTZ, t._extracted_at) AS _valid_to
        FROM {_address(props)} AS t JOIN temp.fresh AS b ON {by_key}
        WHERE b.is_version AND NOT b.is_added
        """,
        {"read_at": read_at},
    )
    connection.execute(
        f"""
        INSERT INTO {history} BY NAME
        SELECT
            t.* EXCLUDE (_last_seen_at),
            t._extracted_at AS _valid_from,
            greatest(t._last_seen_at, t._extracted_at) AS _valid_to
        FROM {deleted_table(props)} AS t JOIN temp.fresh AS b ON {by_key}
        WHERE b.is_added
        """
    )


def deleted_table(props: AirbyteStreamProps) -> str:
    """The quoted address of the table that keeps the stream's vanished rows."""
    return _address(props, DELETED)


def same_key(props: AirbyteStreamProps, left: str, right: str) -> str:
    """SQL: the rows ``left`` and ``right`` have the same primary key."""
    return " AND ".join(
        f"{left}.{identifier(name)} = {right}.{identifier(name)}" for name in props.primary_key
    )


def _address(props: AirbyteStreamProps, suffix: str = "") -> str:
    return f"{identifier(props.namespace)}.{identifier(props.name + suffix)}"
