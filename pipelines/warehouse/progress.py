"""How far a window was read that is read parent by parent, such as time entries person by person.

A read may run out of requests before its end. It then publishes the parents that it finished, and
notes these parents and their days here, in the same transaction. The next read of exactly these
days leaves those parents out. Once no parent is missing, the days count as read, as of the oldest
of these reads.

A note counts for three days, which is long enough for 2,000 requests at 30 an hour. Nothing is lost
by it: an edit made after a parent was read is newer than the moment that its days get, so it is
found like any other edit. A read of other days never relies on these notes; an edit may ask for
such a read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.state import stream_key

if TYPE_CHECKING:
    import duckdb

LIFETIME = timedelta(days=3)
_IS_VALID = f"read_at BETWEEN now() - INTERVAL {LIFETIME.days} DAY AND now()"


def parents_read(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, window: Window
) -> dict[str, datetime]:
    """The parents that unfinished reads of ``window`` have read, and when those began."""
    rows = connection.execute(
        "SELECT parent, max(read_at) FROM _pipelines.parents_read "
        "WHERE namespace = $namespace AND stream = $stream "
        "AND start_day = $start AND end_day = $end AND (open_ended OR NOT $open_ended) "
        f"AND {_IS_VALID} GROUP BY parent",
        {
            "namespace": props.namespace,
            "stream": props.name,
            "start": window.start.date(),
            "end": window.end.date(),
            "open_ended": window.open_ended,
        },
    ).fetchall()
    return dict(rows)


def unfinished_days(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps
) -> tuple[date, date] | None:
    """First and last day of the sync that was last ended early, or ``None``.

    Only a sync's window reached to the day of its run. Other windows belong to the people who asked for them.
    """
    found = connection.execute(
        "SELECT start_day, end_day FROM _pipelines.parents_read "
        "WHERE namespace = $namespace AND stream = $stream AND open_ended "
        f"AND {_IS_VALID} ORDER BY read_at DESC LIMIT 1",
        {"namespace": props.namespace, "stream": props.name},
    ).fetchone()
    return (found[0], found[1] - timedelta(days=1)) if found else None


def save_progress(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """Note what a published read of a window finished, or that nothing of the window is missing any more.

    Where the read began before one that is noted, it has just put older rows in the place of newer ones: then the
    note is not true any longer.
    """
    assert staged.window is not None
    assert staged.progress is not None
    values = {
        **stream_key(staged),
        "start": staged.window.start.date(),
        "end": staged.window.end.date(),
        "read_at": staged.read_at,
        "parents": sorted(staged.progress.read),
    }
    is_untrue = (
        "start_day < $end AND end_day > $start AND read_at > $read_at "
        "AND list_contains($parents::VARCHAR[], parent)"
    )
    is_done = "start_day >= $start AND end_day <= $end" if not staged.progress.missing else "false"
    connection.execute(
        "DELETE FROM _pipelines.parents_read WHERE namespace = $namespace AND stream = $stream "
        f"AND ({is_untrue} OR {is_done} OR NOT {_IS_VALID})",
        values,
    )
    if staged.progress.missing:
        connection.execute(
            "INSERT INTO _pipelines.parents_read "
            "SELECT $namespace, $stream, $start, $end, $open_ended, unnest($parents::VARCHAR[]), $read_at",
            {**values, "open_ended": staged.window.open_ended},
        )
