"""Which stream is read first when requests are short: the one that waited longest.

A turn is a read that was published, or that began and was broken off. So a stream that was not
begun comes first the next time. A stream that needs more requests than the budget ever has cannot
block the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import Deferral
from pipelines.pyairbyte.props import AirbyteStreamProps

if TYPE_CHECKING:
    import duckdb

#: A stream that nobody asked for again for so long does not wait any more.
_HOURS = 24


def waiting(
    connection: duckdb.DuckDBPyConnection, streams: Sequence[AirbyteStreamProps]
) -> list[str]:
    """Those of ``streams`` that were deferred within a day and not published since, by name."""
    rows = connection.execute(
        "SELECT d.namespace, d.stream FROM _pipelines.deferred AS d "
        "LEFT JOIN _pipelines.streams AS s USING (namespace, stream) "
        "WHERE coalesce(s.read_at, '-infinity') < d.deferred_at "
        f"AND d.deferred_at > now() - INTERVAL {_HOURS} HOUR"
    ).fetchall()
    return [props.name for props in streams if (props.namespace, props.name) in rows]


def by_turn(
    connection: duckdb.DuckDBPyConnection, streams: Sequence[AirbyteStreamProps]
) -> list[AirbyteStreamProps]:
    """``streams`` in the order of their last turn: never first, then the oldest."""
    rows = connection.execute(
        "SELECT namespace, stream, greatest(s.read_at, CASE WHEN d.was_begun THEN d.deferred_at END) "
        "FROM _pipelines.streams AS s FULL JOIN _pipelines.deferred AS d USING (namespace, stream)"
    ).fetchall()
    turns = {(namespace, stream): turn.timestamp() for namespace, stream, turn in rows if turn}
    return sorted(streams, key=lambda props: turns.get((props.namespace, props.name), 0.0))


def defer(connection: duckdb.DuckDBPyConnection, deferrals: Sequence[Deferral]) -> None:
    """Remember that streams wait for requests."""
    for deferral in deferrals:
        key = [deferral.props.namespace, deferral.props.name]
        connection.execute(
            "DELETE FROM _pipelines.deferred WHERE namespace = ? AND stream = ?", key
        )
        connection.execute(
            "INSERT INTO _pipelines.deferred VALUES (?, ?, now(), ?)", [*key, deferral.was_begun]
        )
