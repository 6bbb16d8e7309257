"""Which parents a daily stream lacks days of, while it has those days of other parents.

``days_read`` says which days a stream has, whoever the parents were. A project or person that is
added later has no rows of earlier days. A parent whose request was refused lacks the days of that
read. The next sync that lists such a parent reads it from the first day that it lacks.
``_pipelines.parent_days`` has a row per listed parent: ``unread_from`` is that day, and nothing
where there is none. A parent that is no longer listed is forgotten, and counts as new if it comes
back.

Only syncs rely on this, because their window reaches to now. A backfill reads the days that it was
asked for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import EarlierDays, StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.state import stream_key

if TYPE_CHECKING:
    import duckdb


def earlier_days(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, window: Window
) -> EarlierDays | None:
    """Whose days before ``window`` the stream lacks; ``None`` when all that it has it has of everybody.

    A warehouse that never noted parents counts as having everybody's days.
    """
    unread = _unread_from(connection, props.namespace, props.name)
    first_read = _first_day_read(connection, props.namespace, props.name)
    if not window.open_ended or not unread or first_read is None:
        return None
    start = window.start.date()
    known = frozenset(parent for parent, day in unread.items() if day is None or day >= start)
    first_day = min([first_read, *(day for day in unread.values() if day is not None)])
    return EarlierDays(first_day, known) if first_day < start else None


def save_parent_days(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, held: frozenset[str]
) -> None:
    """Note what a read of a window brought of each parent; ``held`` parents came in part only."""
    window = staged.window
    assert window is not None
    key = stream_key(staged)
    before = _unread_from(connection, **key)
    if not window.open_ended and before:
        # It says nothing of who is new, only of who was refused.
        incomplete = (staged.refused | held) & before.keys()
        after = {
            **before,
            **{p: _earliest(before[p], window.start.date()) for p in incomplete},
        }
    else:
        after = {
            parent: _unread(staged, window, parent, before)
            if parent in staged.refused | held
            else None
            for parent in staged.listed
        }
    if after == before:
        return
    connection.execute(
        "DELETE FROM _pipelines.parent_days WHERE namespace = $namespace AND stream = $stream", key
    )
    connection.execute(
        "INSERT INTO _pipelines.parent_days "
        "SELECT $namespace, $stream, unnest($parents::VARCHAR[]), unnest($days::DATE[])",
        {**key, "parents": list(after), "days": list(after.values())},
    )


def _unread(
    staged: StagedStream, window: Window, parent: str, before: dict[str, date | None]
) -> date:
    """From when on an incomplete parent is to be read."""
    days = staged.earlier_days
    is_new = bool(before) and parent not in before
    first = days.first_day if days and is_new else window.start.date()
    return _earliest(before.get(parent), first)


def _earliest(day: date | None, other: date) -> date:
    return other if day is None else min(day, other)


def _first_day_read(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str
) -> date | None:
    found = connection.execute(
        "SELECT min(day) FROM _pipelines.days_read WHERE namespace = ? AND stream = ?",
        [namespace, stream],
    ).fetchone()
    return found[0] if found else None


def _unread_from(
    connection: duckdb.DuckDBPyConnection, namespace: str, stream: str
) -> dict[str, date | None]:
    rows = connection.execute(
        "SELECT parent, unread_from FROM _pipelines.parent_days WHERE namespace = ? AND stream = ?",
        [namespace, stream],
    ).fetchall()
    return dict(rows)
