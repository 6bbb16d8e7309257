"""What the warehouse remembers between reads, in its schema ``_pipelines``.

``streams``: per stream the connector's state and when it was last read. ``parent_versions``: per stream the versions
of the parents (Tracker's projects) it is up to date with. ``days_read``: per daily stream the days that were read.
``origin``: whether a source's data is demo or live, so that the two never mix.
All of it is written in the transaction that publishes the data it speaks of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import Window
from pipelines.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

_TABLES = """
CREATE SCHEMA IF NOT EXISTS _pipelines;
CREATE TABLE IF NOT EXISTS _pipelines.streams (
    namespace VARCHAR,
    stream VARCHAR,
    state JSON,
    read_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS _pipelines.parent_versions (
    namespace VARCHAR,
    stream VARCHAR,
    parent VARCHAR,
    version VARCHAR
);
CREATE TABLE IF NOT EXISTS _pipelines.days_read (
    namespace VARCHAR,
    stream VARCHAR,
    day DATE,
    read_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS _pipelines.origin (
    namespace VARCHAR,
    mode VARCHAR
);
"""


def ensure_state_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of ``_pipelines`` where they are missing."""
    connection.execute(_TABLES)


def was_ever_read(connection: duckdb.DuckDBPyConnection, namespace: str) -> bool:
    """Whether any stream of ``namespace`` was read into this warehouse."""
    # Asked first, because a warehouse that was never synced has none of these tables.
    tables = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() "
        "AND schema_name = '_pipelines' AND table_name = 'streams'"
    ).fetchone()
    if tables == (0,):
        return False
    found = connection.execute(
        "SELECT count(*) FROM _pipelines.streams WHERE namespace = $namespace",
        {"namespace": namespace},
    ).fetchone()
    return found != (0,)


def claim_origin(connection: duckdb.DuckDBPyConnection, namespace: str, mode: str) -> None:
    """Record that ``namespace`` holds ``mode`` data ("demo" or "live"); raises when it already holds the other."""
    found = connection.execute(
        "SELECT mode FROM _pipelines.origin WHERE namespace = $namespace", {"namespace": namespace}
    ).fetchone()
    if found is None:
        connection.execute(
            "INSERT INTO _pipelines.origin VALUES ($namespace, $mode)",
            {"namespace": namespace, "mode": mode},
        )
    elif found[0] != mode:
        raise WarehouseError(
            f"This warehouse holds {found[0]} data of {namespace} and would now get {mode} data: "
            "set PIPELINES_WAREHOUSE to another file, or set the credentials it was filled with."
        )


def saved_states(
    connection: duckdb.DuckDBPyConnection, namespace: str, streams: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The connector states of those of ``streams`` that have one."""
    rows = connection.execute(
        "SELECT stream, state FROM _pipelines.streams "
        "WHERE namespace = $namespace AND state IS NOT NULL",
        {"namespace": namespace},
    ).fetchall()
    return {stream: json.loads(state) for stream, state in rows if stream in streams}


def parent_versions(
    connection: duckdb.DuckDBPyConnection, namespace: str, streams: Sequence[str]
) -> dict[str, dict[str, str]]:
    """The parent versions that ``streams`` are up to date with, by stream and parent id."""
    rows = connection.execute(
        "SELECT stream, parent, version FROM _pipelines.parent_versions "
        "WHERE namespace = $namespace",
        {"namespace": namespace},
    ).fetchall()
    versions: dict[str, dict[str, str]] = {stream: {} for stream in streams}
    for stream, parent, version in rows:
        if stream in versions:
            versions[stream][parent] = version
    return versions


def last_read_at(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str
) -> datetime | None:
    """When the stream was last read, or ``None``."""
    found = connection.execute(
        "SELECT read_at FROM _pipelines.streams WHERE namespace = $namespace AND stream = $stream",
        {"namespace": namespace, "stream": stream},
    ).fetchone()
    return found[0] if found else None


def save_read(
    connection: duckdb.DuckDBPyConnection,
    namespace: str,
    stream: str,
    *,
    state: dict[str, Any] | None,
    versions: Mapping[str, str],
    read_at: datetime,
    window: Window | None,
) -> None:
    """Remember a read: its state, parent versions, moment and, for a daily stream, the days it covered."""
    key = {"namespace": namespace, "stream": stream}
    connection.execute(
        "DELETE FROM _pipelines.streams WHERE namespace = $namespace AND stream = $stream", key
    )
    connection.execute(
        "INSERT INTO _pipelines.streams VALUES ($namespace, $stream, $state, $read_at)",
        {**key, "state": None if state is None else json.dumps(state), "read_at": read_at},
    )
    connection.execute(
        "DELETE FROM _pipelines.parent_versions WHERE namespace = $namespace AND stream = $stream",
        key,
    )
    connection.execute(
        "INSERT INTO _pipelines.parent_versions "
        "SELECT $namespace, $stream, unnest($parents::VARCHAR[]), unnest($versions::VARCHAR[])",
        {**key, "parents": list(versions), "versions": list(versions.values())},
    )
    if window is None:
        return
    days = {"first": window.start.date(), "end": window.end.date()}
    connection.execute(
        "DELETE FROM _pipelines.days_read WHERE namespace = $namespace AND stream = $stream "
        "AND day >= $first AND day < $end",
        {**key, **days},
    )
    connection.execute(
        "INSERT INTO _pipelines.days_read "
        "SELECT $namespace, $stream, CAST(day AS DATE), $read_at "
        "FROM range($first::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) AS days(day)",
        {**key, **days, "read_at": read_at},
    )


def first_unread_day(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str, start: date, end: date
) -> date | None:
    """The first day of ``[start, end)`` that was never read, or ``None`` when all were."""
    found = connection.execute(
        "SELECT min(CAST(day AS DATE)) "
        "FROM range($start::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) AS days(day) "
        "ANTI JOIN (SELECT * FROM _pipelines.days_read "
        "WHERE namespace = $namespace AND stream = $stream) AS done "
        "ON CAST(days.day AS DATE) = done.day",
        {"start": start, "end": end, "namespace": namespace, "stream": stream},
    ).fetchone()
    return found[0] if found else None
