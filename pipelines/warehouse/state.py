"""What the warehouse remembers between reads, in its schema ``_pipelines``.

``streams``: per stream the connector's state and when it was last read. ``parent_versions``: per
stream the versions of the parents (Tracker's projects) it is up to date with, of a daily stream
from ``first_day`` to whatever is dated last. ``days_read``: per daily stream the days that were
read. ``parent_days``: the parents that a daily stream lacks days of (see there). ``missing``: rows
that a read did not find and that were held back (see ``removals``). ``parents_read``: the finished
parents of windows that are not finished (see ``progress``). ``deferred``: streams that wait for
requests (see ``turns``). ``stream_versions``: what tells whether rows changed (see there).
``told``: what the last read of a stream had to tell (see there). ``origin``: whether a source's
data is demo, live or from an archive, and its account, so that they never mix. All of it is written
in the transaction that publishes the data it describes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn
from pipelines.warehouse.errors import WarehouseError
from pipelines.warehouse.raw_tables import ensure_tables

if TYPE_CHECKING:
    import duckdb

SCHEMA = "_pipelines"

#: Columns by table. A new one goes to the end, where a warehouse that lacks it gets it.
_TABLES = {
    "streams": "namespace VARCHAR, stream VARCHAR, state JSON, read_at TIMESTAMPTZ",
    "parent_versions": "namespace VARCHAR, stream VARCHAR, parent VARCHAR, version VARCHAR, first_day DATE",
    "days_read": "namespace VARCHAR, stream VARCHAR, day DATE, read_at TIMESTAMPTZ",
    "parents_read": "namespace VARCHAR, stream VARCHAR, start_day DATE, end_day DATE, open_ended BOOLEAN, "
    "parent VARCHAR, read_at TIMESTAMPTZ",
    "parent_days": "namespace VARCHAR, stream VARCHAR, parent VARCHAR, unread_from DATE",
    "missing": "namespace VARCHAR, stream VARCHAR, key VARCHAR, missed_at TIMESTAMPTZ",
    "deferred": "namespace VARCHAR, stream VARCHAR, deferred_at TIMESTAMPTZ, was_begun BOOLEAN",
    "stream_versions": "namespace VARCHAR, stream VARCHAR, version VARCHAR",
    "told": "namespace VARCHAR, stream VARCHAR, sentence VARCHAR, read_at TIMESTAMPTZ",
    "origin": "namespace VARCHAR, mode VARCHAR, account VARCHAR",
}


@dataclass(frozen=True)
class Origin:
    """Where a source's data comes from: ``mode`` is "demo", "live" or "archive"; ``account`` is ``None`` where a source has none."""

    namespace: str
    mode: str
    account: str | None

    def is_other_account(self, other: Origin) -> bool:
        """Whether both accounts are known, and differ."""
        return None not in (self.account, other.account) and self.account != other.account


# A moment that has not come yet was written by a clock that was wrong; it must not shut out all reads until then.
_BEGAN_LATER = "read_at > $read_at AND read_at <= now()"


def ensure_state_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the tables of ``_pipelines`` and of their columns."""
    tables = {name: list(_columns(columns)) for name, columns in _TABLES.items()}
    ensure_tables(connection, SCHEMA, tables)


def _columns(declared: str) -> Iterator[StreamColumn]:
    for column in declared.split(", "):
        name, column_type = column.split(" ")
        yield StreamColumn(name, column_type, description="")


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


def check_origin(
    connection: duckdb.DuckDBPyConnection, origin: Origin, *, allow_other_account: bool
) -> None:
    """Raise ``WarehouseError`` when the warehouse holds data of the same source, but of another origin."""
    held = _origin(connection, origin.namespace)
    if held and held.mode != origin.mode:
        raise WarehouseError(
            f"This warehouse holds {held.mode} data of {origin.namespace} and would now get {origin.mode} data: "
            "set PIPELINES_WAREHOUSE to another file, or set the credentials it was filled with."
        )
    if held and held.is_other_account(origin) and not allow_other_account:
        raise WarehouseError(
            f"This warehouse holds {origin.namespace} data of {held.account} and would now get data of "
            f"{origin.account}: set PIPELINES_WAREHOUSE to another file. If the one is to replace the other, "
            "run again with PIPELINES_ALLOW_LARGE_REMOVALS=1."
        )


def claim_origin(connection: duckdb.DuckDBPyConnection, origin: Origin) -> None:
    """Record the origin of the source's data."""
    if _origin(connection, origin.namespace) == origin:
        return
    connection.execute("DELETE FROM _pipelines.origin WHERE namespace = ?", [origin.namespace])
    connection.execute(
        "INSERT INTO _pipelines.origin VALUES (?, ?, ?)",
        [origin.namespace, origin.mode, origin.account],
    )


def _origin(connection: duckdb.DuckDBPyConnection, namespace: str) -> Origin | None:
    found = connection.execute(
        "SELECT namespace, mode, account FROM _pipelines.origin WHERE namespace = ?", [namespace]
    ).fetchone()
    return Origin(*found) if found else None


def saved_states(
    connection: duckdb.DuckDBPyConnection, namespace: str, streams: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The connector states of ``streams``; a state that is no JSON object is left out."""
    rows = connection.execute(
        "SELECT stream, state FROM _pipelines.streams "
        "WHERE namespace = $namespace AND state IS NOT NULL",
        {"namespace": namespace},
    ).fetchall()
    states = {stream: json.loads(state) for stream, state in rows if stream in streams}
    return {stream: state for stream, state in states.items() if isinstance(state, dict)}


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


def versions_of_days(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, window: Window
) -> dict[str, str]:
    """The parent versions with which a daily stream has all of ``window``, by parent id.

    An unchanged version means that nothing came after it. So it covers all days from the first one that was read of the
    parent until now. A window that ends earlier is read again, because somebody asked for it.
    """
    if not window.open_ended:
        return {}
    rows = connection.execute(
        "SELECT parent, version FROM _pipelines.parent_versions "
        "WHERE namespace = $namespace AND stream = $stream AND first_day <= $first_day",
        {
            "namespace": props.namespace,
            "stream": props.name,
            "first_day": window.start.date(),
        },
    ).fetchall()
    return dict(rows)


def forget_reads(connection: duckdb.DuckDBPyConnection, namespace: str, stream: str) -> None:
    """Make the next read of the stream one of everything: no state, no known parents, no days."""
    for table in ("streams", "parent_versions", "days_read", "parents_read", "parent_days"):
        connection.execute(
            f"DELETE FROM _pipelines.{table} WHERE namespace = $namespace AND stream = $stream",
            {"namespace": namespace, "stream": stream},
        )


def last_read_at(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str
) -> datetime | None:
    """When the stream was last read, or ``None``."""
    found = connection.execute(
        "SELECT read_at FROM _pipelines.streams WHERE namespace = $namespace AND stream = $stream",
        {"namespace": namespace, "stream": stream},
    ).fetchone()
    return found[0] if found else None


def was_read_later(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> bool:
    """Whether a read of the stream was published that began later than ``staged``."""
    found = connection.execute(
        "SELECT count(*) FROM _pipelines.streams "
        f"WHERE namespace = $namespace AND stream = $stream AND {_BEGAN_LATER}",
        {**stream_key(staged), "read_at": staged.read_at},
    ).fetchone()
    return found != (0,)


def days_read_later(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, moment: datetime | None = None
) -> list[date]:
    """The days of a daily stream, in order, for which a later read was published already.

    Later means that it began after ``staged`` did, or after ``moment``.
    """
    rows = connection.execute(
        "SELECT day FROM _pipelines.days_read "
        f"WHERE namespace = $namespace AND stream = $stream AND {_BEGAN_LATER} ORDER BY day",
        {**stream_key(staged), "read_at": moment or staged.read_at},
    ).fetchall()
    return [day for (day,) in rows]


def save_read(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, held: frozenset[str]
) -> None:
    """Remember a finished read: state, parent versions, moment and, of a daily stream, days.

    Parents that were not read keep their version. Days that a later read covered keep that read's
    moment. Where earlier reads have done a part of the days, the oldest of them counts. Parents
    with rows that are ``held`` back are to be read again.
    """
    _save_stream(connection, staged)
    _save_versions(connection, staged, held)
    if staged.window:
        earlier = staged.progress.earlier.values() if staged.progress else ()
        moment = min([staged.read_at, *earlier])
        _save_days(
            connection, staged, staged.window, moment, days_read_later(connection, staged, moment)
        )


def _save_stream(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    key = stream_key(staged)
    state = None if staged.state is None else json.dumps(dict(staged.state))
    connection.execute(
        "DELETE FROM _pipelines.streams WHERE namespace = $namespace AND stream = $stream", key
    )
    connection.execute(
        "INSERT INTO _pipelines.streams VALUES ($namespace, $stream, $state, $read_at)",
        {**key, "state": state, "read_at": staged.read_at},
    )


def _save_versions(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, held: frozenset[str]
) -> None:
    window = staged.window
    if window and not window.open_ended:
        # What came after the window was not read.
        return
    key = stream_key(staged)
    versions = {
        parent: version
        for parent, version in staged.versions.items()
        if parent not in staged.unchanged and parent not in held
    }
    connection.execute(
        "DELETE FROM _pipelines.parent_versions WHERE namespace = $namespace AND stream = $stream "
        "AND NOT list_contains($unchanged::VARCHAR[], parent)",
        {**key, "unchanged": sorted(staged.unchanged)},
    )
    connection.execute(
        "INSERT INTO _pipelines.parent_versions "
        "SELECT $namespace, $stream, unnest($parents::VARCHAR[]), unnest($versions::VARCHAR[]), "
        "$first_day::DATE",
        {
            **key,
            "parents": list(versions),
            "versions": list(versions.values()),
            "first_day": window.start.date() if window else None,
        },
    )


def _save_days(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedStream,
    window: Window,
    read_at: datetime,
    except_days: Sequence[date],
) -> None:
    days = {
        **stream_key(staged),
        "first": window.start.date(),
        "end": window.end.date(),
        "except_days": except_days,
    }
    connection.execute(
        "DELETE FROM _pipelines.days_read WHERE namespace = $namespace AND stream = $stream "
        "AND day >= $first AND day < $end AND NOT list_contains($except_days::DATE[], day)",
        days,
    )
    connection.execute(
        "INSERT INTO _pipelines.days_read "
        "SELECT $namespace, $stream, CAST(day AS DATE), $read_at "
        "FROM range($first::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) AS days(day) "
        "WHERE NOT list_contains($except_days::DATE[], CAST(day AS DATE))",
        {**days, "read_at": read_at},
    )


def stream_key(staged: StagedStream) -> dict[str, str]:
    """The stream's name as parameters of a query."""
    return {"namespace": staged.props.namespace, "stream": staged.props.name}


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


def last_day_read(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str
) -> date | None:
    """The newest day that was read; ``None`` when none ever was."""
    found = connection.execute(
        "SELECT max(day) FROM _pipelines.days_read WHERE namespace = $namespace AND stream = $stream",
        {"namespace": namespace, "stream": stream},
    ).fetchone()
    return found[0] if found else None
