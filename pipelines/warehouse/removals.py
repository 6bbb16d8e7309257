"""Which rows of a raw table are gone after a read, and which removals a second read must confirm.

The *delete scope* of a read depends on how its stream is published:

* a snapshot, and an incremental read without state: the whole table, except for parents that were
  not read because they did not change;
* a daily window: the days that it covers, of the owners that the source lists;
* children: the parents that were read again;
* a log, and an incremental read with state: only the rows that the read brought.

A parent is outside the delete scope when an answer about it is missing. Where a missing answer
cannot be assigned to one parent, only the rows that the read brought are in scope. Rows in the
scope that are not in the batch are missing.

A list that came is evidence that the rows missing from it are gone. An answer without any rows is
no such evidence. So missing rows are *held back* until a later read misses them, too, in two cases:

* no row of a parent, or of the window, would be left; a parent that was deliberately removed itself
  does not count;
* less than half of the table would be left.

``PIPELINES_ALLOW_LARGE_REMOVALS`` removes them at once. A source's own word does so, too: its row
count was zero twice, which holds for a whole list, or it says of a single row that it is gone.
``_pipelines.missing`` has the keys that are held back, and since when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timezone
from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.errors import HeldBack
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.state import stream_key
from pipelines.warehouse.unreadable import is_not_meant

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Held:
    """Rows that a read missed and that stay: their number and their parents (ids as text)."""

    rows: int
    parents: frozenset[str]

    def sentence(self, props: AirbyteStreamProps) -> str:
        """What people are told of it."""
        of_whom = (
            f"of {len(self.parents):,} {props.scope.stream}"
            if props.scope and self.parents
            else "of the table"
        )
        return (
            f"Nothing, or too little, came of what there was {of_whom}: {self.rows:,} rows are kept until a later read misses "
            "them, too; PIPELINES_ALLOW_LARGE_REMOVALS=1 removes them at once."
        )


NOTHING_HELD = Held(0, frozenset())


def known_keys(
    connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps, window: Window | None
) -> dict[str | None, frozenset[str]]:
    """Keys (as text) of the rows that a read of ``window`` may find gone, by parent id (as text).

    Nothing for streams that never lose a row by being read.
    """
    if props.publish == "daily_log" or (props.is_daily and window is None):
        return {}
    table = f"{identifier(props.namespace)}.{identifier(props.name)}"
    condition, values = "true", dict[str, object]()
    if window and props.day:
        condition, values = in_window("t", props, window)
    rows = connection.execute(
        f"SELECT {_parent('t', props)}, list({key_of('t', props)}) FROM {table} AS t "
        f"WHERE {condition} GROUP BY ALL",
        values,
    ).fetchall()
    return {parent: frozenset(keys) for parent, keys in rows if keys}


def create_gone(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedStream,
    table: str,
    later_days: Sequence[date],
    *,
    insist: bool,
) -> Held:
    """Make ``gone``, the keys of table rows to remove; returns what is held back instead.

    ``insist``: nothing is. Raises ``HeldBack`` where less than half of the table would be left and
    the stream is required. The error carries the rows for ``note_missing``, once the transaction is
    over.
    """
    _create_missing(connection, staged, table, later_days)
    held = NOTHING_HELD
    if not insist:
        _hold_back_emptied(connection, staged)
        _hold_back_large_removal(connection, staged, table)
        rows = connection.execute(
            "SELECT parent, count(*) FROM temp.missing_rows WHERE is_held GROUP BY ALL"
        ).fetchall()
        held = Held(
            sum(count for _, count in rows), frozenset(parent for parent, _ in rows if parent)
        )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gone AS SELECT * EXCLUDE (parent, key_text, is_held, is_sure) "
        "FROM temp.missing_rows WHERE NOT is_held"
    )
    _forget_missing(connection, staged)
    note_missing(connection, staged, _held_keys(connection))
    connection.execute("DROP TABLE temp.missing_rows")
    return held


def note_missing(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, keys: Sequence[str]
) -> None:
    """Remember that the read missed the rows with these ``keys`` (as text), unless an earlier one did."""
    connection.execute(
        """
        INSERT INTO _pipelines.missing
        SELECT $namespace, $stream, key, $read_at
        FROM (SELECT unnest($keys::VARCHAR[]) AS key)
        WHERE key NOT IN (
            SELECT m.key FROM _pipelines.missing AS m WHERE m.namespace = $namespace AND m.stream = $stream
        )
        """,
        {**stream_key(staged), "keys": list(keys), "read_at": staged.read_at},
    )


def _forget_missing(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """Forget the rows that came, and those that go now."""
    key = stream_key(staged)
    noted = connection.execute(
        "SELECT key FROM _pipelines.missing WHERE namespace = $namespace AND stream = $stream", key
    ).fetchall()
    if not noted:
        return
    over = connection.execute(
        f"""
        SELECT key FROM (SELECT unnest($keys::VARCHAR[]) AS key)
        WHERE key IN (SELECT {key_of("b", staged.props)} FROM temp.batch AS b)
            OR key IN (SELECT key_text FROM temp.missing_rows WHERE NOT is_held)
        """,
        {"keys": [text for (text,) in noted]},
    ).fetchall()
    connection.execute(
        "DELETE FROM _pipelines.missing WHERE namespace = $namespace AND stream = $stream "
        "AND list_contains($keys::VARCHAR[], key)",
        {**key, "keys": [text for (text,) in over]},
    )


def _held_keys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT key_text FROM temp.missing_rows WHERE is_held").fetchall()
    return [text for (text,) in rows]


def _create_missing(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedStream,
    table: str,
    later_days: Sequence[date],
) -> None:
    """``missing_rows``: keys and parents of the rows in the delete scope that did not come.

    ``is_sure``: an earlier read missed it, too, or the source itself says that it is gone.
    """
    props = staged.props
    keys = ", ".join(f"t.{identifier(name)}" for name in props.primary_key)
    same = " AND ".join(f"t.{name} = b.{name}" for name in map(identifier, props.primary_key))
    domain, values = _domain(staged)
    domain = f"({domain}) AND {is_not_meant(connection, props)}"
    if later_days:
        domain += f" AND NOT {is_on_later_day('t', staged)}"
        values |= {"later_days": later_days, "read_day": read_day(staged)}
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE missing_rows AS
        SELECT {keys}, {_parent("t", props)} AS parent, {key_of("t", props)} AS key_text, false AS is_held,
            key_text IN (
                SELECT key FROM _pipelines.missing
                WHERE namespace = $namespace AND stream = $stream AND missed_at < $read_at
            ) OR list_contains($known_gone::VARCHAR[], key_text) AS is_sure
        FROM {table} AS t
        ANTI JOIN temp.batch AS b ON {same}
        WHERE {domain}
        """,
        {
            **values,
            **stream_key(staged),
            "read_at": staged.read_at,
            "known_gone": sorted(staged.known_gone),
        },
    )


def _domain(staged: StagedStream) -> tuple[str, dict[str, object]]:
    """The condition that puts a table row ``t`` into the delete scope, and its parameters."""
    props = staged.props
    if staged.is_refused_whole:
        return "false", {}
    kept: dict[str, object] = {"kept": sorted(staged.unchanged | staged.refused)}
    if props.publish == "snapshot" or (props.publish == "incremental" and staged.full):
        return (_is_not_kept(props), kept) if props.scope else ("true", {})
    if props.publish == "daily_window" and staged.window and props.day:
        condition, values = in_window("t", props, staged.window)
        if props.scope:
            condition, values = f"{condition} AND {_is_not_kept(props)}", values | kept
        if staged.progress:
            condition += f" AND {is_finished('t', staged)}"
            values["read"] = sorted(staged.progress.read)
        return condition, values
    if props.replace_by:
        parent = identifier(props.replace_by)
        return f"t.{parent} IN (SELECT {parent} FROM staged.{staged.table})", {}
    return "false", {}


def in_window(
    alias: str, props: AirbyteStreamProps, window: Window
) -> tuple[str, dict[str, object]]:
    day = day_instant(alias, props)
    condition, values = f"{day} >= $window_start", {"window_start": window.start}
    if not window.open_ended:
        condition += f" AND {day} < $window_end"
        values["window_end"] = window.end
    return condition, dict(values)


def _is_not_kept(props: AirbyteStreamProps) -> str:
    """Row ``t`` belongs to no parent that must keep its rows: one that did not change or was refused."""
    return f"list_contains($kept::VARCHAR[], {_parent('t', props)}) IS NOT TRUE"


def is_finished(alias: str, staged: StagedStream) -> str:
    """The row belongs to a parent that this read finished."""
    return f"list_contains($read::VARCHAR[], {_parent(alias, staged.props)})"


def is_on_later_day(alias: str, staged: StagedStream) -> str:
    """The row lies on a day for which a read that began later was published."""
    # What lies in the future, such as planned leave, is read with the day of the read.
    day = f"least(CAST({day_instant(alias, staged.props)} AS DATE), $read_day::DATE)"
    return f"list_contains($later_days::DATE[], {day})"


def read_day(staged: StagedStream) -> date:
    """The UTC day on which the read began."""
    return staged.read_at.astimezone(timezone.utc).date()


def day_instant(alias: str, props: AirbyteStreamProps) -> str:
    """SQL for the instant that ``props.day`` names, e.g. ``time_interval.start``."""
    assert props.day is not None
    column, _, path = props.day.partition(".")
    value = f"{alias}.{identifier(column)}"
    quoted = path.replace("'", "''")
    return f"TRY_CAST({value} ->> '$.{quoted}' AS TIMESTAMPTZ)" if path else value


def _hold_back_emptied(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """Hold back the missing rows of parents for which the read brought no rows at all."""
    props = staged.props
    if not props.scope or (props.replace_by and not staged.full):
        # Children that were read again come with a word for each parent that has none.
        return
    connection.execute(
        f"""
        UPDATE temp.missing_rows SET is_held = true
        WHERE NOT is_sure
            AND parent NOT IN (
                SELECT {_parent("b", props)} FROM temp.batch AS b
                WHERE b.{identifier(props.scope.column)} IS NOT NULL
            )
            AND parent NOT IN ({_removed_parents(props)})
        """
    )


def _removed_parents(props: AirbyteStreamProps) -> str:
    """Ids (as text) of the parents that the parents' own table has removed."""
    assert props.scope is not None
    deleted = f"{identifier(props.namespace)}.{identifier(props.scope.stream + '_deleted')}"
    key = identifier(props.scope.key)
    return f"SELECT CAST({key} AS VARCHAR) FROM {deleted} WHERE {key} IS NOT NULL"


def _hold_back_large_removal(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, table: str
) -> None:
    """Hold back everything where less than half would be left for no known reason."""
    props = staged.props
    before = _count(connection, table)
    unexplained = "NOT is_held AND NOT is_sure"
    if props.scope:
        unexplained += f" AND (parent IS NULL OR parent NOT IN ({_removed_parents(props)}))"
    removed = _count(connection, f"temp.missing_rows WHERE {unexplained}")
    if removed * 2 <= before or staged.is_stated_empty:
        return
    connection.execute("UPDATE temp.missing_rows SET is_held = true WHERE NOT is_sure")
    if not props.optional:
        raise HeldBack(
            f"{props.namespace}.{props.name}: this read would remove {removed:,} of {before:,} rows, which looks "
            "like lost rights, a changed plan or a wrong workspace, so nothing of it was applied. If it is right, "
            "run again: what a later read misses, too, is removed, or all at once with "
            "PIPELINES_ALLOW_LARGE_REMOVALS=1.",
            missing=_held_keys(connection),
        )


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert found is not None
    return int(found[0])


def _parent(alias: str, props: AirbyteStreamProps) -> str:
    if props.scope is None:
        return "CAST(NULL AS VARCHAR)"
    return f"CAST({alias}.{identifier(props.scope.column)} AS VARCHAR)"


def key_of(alias: str, props: AirbyteStreamProps) -> str:
    """SQL for a row's key as one text, the same as a read makes of it (``batches.key_text``)."""
    parts = ", '|', ".join(
        f"coalesce(CAST({alias}.{identifier(name)} AS VARCHAR), 'None')"
        for name in props.primary_key
    )
    return f"concat({parts})"
