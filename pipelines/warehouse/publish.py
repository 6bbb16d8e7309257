"""Publishes one staged stream: the raw table becomes what the source says, in one transaction, with its state.

The staged rows are typed and de-duplicated into ``batch``. A row is gone when it lies in the read's
delete scope and is not in the batch; ``removals`` has the rules. Rows that did not change are not
touched, so publishing twice changes nothing. A window that is read parent by parent may come in
several reads. The delete scope of each is the parents that it finished.

Two runs may read one stream at the same time and publish in either order. The read that *began*
later wins, because it saw all that was there when the other one began. When the other one is
published after it, it applies nothing; of a daily stream, nothing on the days that the winner
covered. The winner may have read a page before the other did, and so have missed an edit. Such an
edit was made after the winner began, and the next read reaches back that far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipelines.project.texts.counts import counted
from pipelines.pyairbyte.destination import PublishedStream, StagedStream
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn
from pipelines.pyairbyte.unreadable import UNREADABLE
from pipelines.warehouse.connection import transaction
from pipelines.warehouse.errors import HeldBack
from pipelines.warehouse.history import (
    deleted_table,
    keep_earlier_versions,
    move_to_deleted,
    same_key,
)
from pipelines.warehouse.parent_days import save_parent_days
from pipelines.warehouse.progress import save_progress
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.removals import (
    NOTHING_HELD,
    Held,
    create_gone,
    is_finished,
    is_on_later_day,
    note_missing,
    read_day,
)
from pipelines.warehouse.state import days_read_later, save_read, was_read_later
from pipelines.warehouse.stream_versions import renew_version, version_of
from pipelines.warehouse.told import save_told
from pipelines.warehouse.unreadable import create_unreadable, save_unreadable

if TYPE_CHECKING:
    import duckdb

_PREVIEW_ROWS = 5


@dataclass(frozen=True)
class _Changes:
    added: int
    changed: int
    removed: int

    @property
    def are_any(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def publish_stream(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, *, allow_large_removals: bool
) -> PublishedStream:
    """Apply ``staged`` to its raw table, which must exist.

    Raises ``PublishError`` when records have no key, and ``HeldBack`` when more than half of the table would go and
    ``allow_large_removals`` is not set. Either way the table is as it was.
    """
    props = staged.props
    table = f"{identifier(props.namespace)}.{identifier(props.name)}"
    held = NOTHING_HELD
    connection.execute(f"ATTACH '{_quoted(str(staged.database))}' AS staged (READ_ONLY)")
    try:
        with transaction(connection):
            later_days = days_read_later(connection, staged)
            is_overtaken = not props.is_daily and was_read_later(connection, staged)
            if is_overtaken:
                changes = _Changes(added=0, changed=0, removed=0)
            else:
                _create_batch(connection, staged)
                create_unreadable(connection, staged)
                _leave_out_later_days(connection, staged, table, later_days)
                held = create_gone(
                    connection, staged, table, later_days, insist=allow_large_removals
                )
                changes = _apply(connection, staged, table)
                if changes.are_any:
                    renew_version(connection, props)
                save_unreadable(connection, staged)
                save_told(connection, staged)
                if staged.progress:
                    save_progress(connection, staged)
                if not staged.progress or staged.progress.missing == 0:
                    save_read(connection, staged, held.parents)
                    if staged.window and props.scope:
                        save_parent_days(connection, staged, held.parents)
                for temporary in ("batch", "gone", "fresh", "unreadable"):
                    connection.execute(f"DROP TABLE temp.{temporary}")
    except HeldBack as held_back:
        with transaction(connection):
            note_missing(connection, staged, held_back.missing)
        raise
    finally:
        connection.execute("DETACH staged")
    rows = _count(connection, table)
    return PublishedStream(
        table=f"{props.namespace}.{props.name}",
        rows=rows,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        preview=_preview(connection, table),
        version=version_of(connection, props),
        warnings=[
            *_warnings(staged, is_overtaken, later_days, held),
            *(() if is_overtaken else _not_shown(connection, staged, table, rows - changes.added)),
        ],
    )


def _warnings(
    staged: StagedStream, is_overtaken: bool, later_days: Sequence[date], held: Held
) -> Iterator[str]:
    """What of the read was not applied, and why."""
    if is_overtaken:
        yield "A run that began later has published this stream already, so nothing of this read was applied."
    window = staged.window
    left_out = [
        day for day in later_days if window and window.start.date() <= day < window.end.date()
    ]
    if left_out:
        yield (
            f"A run that began later has published {len(left_out)} of the days already, from {left_out[0]} to "
            f"{left_out[-1]}, so nothing of these was applied."
        )
    if held.rows:
        yield held.sentence(staged.props)


def _not_shown(
    connection: duckdb.DuckDBPyConnection, staged: StagedStream, table: str, earlier: int
) -> Iterator[str]:
    """What the source did not show, and what is known of it; ``earlier``: rows that the table had before, and has."""
    scope = staged.props.scope
    if staged.is_refused_whole or (staged.refused and not scope):
        if earlier:
            yield (
                f"The source did not show all of the stream, so nothing was removed: some of the {counted(earlier, 'row')} that "
                "were there may be out of date."
            )
        else:
            yield "The source did not show all of the stream."
    elif staged.refused and scope:
        parents = f"{len(staged.refused):,} {scope.stream}"
        parent = f"CAST({identifier(scope.column)} AS VARCHAR)"
        refused = {"refused": sorted(staged.refused)}
        kept = _count(connection, f"{table} WHERE list_contains($refused, {parent})", refused)
        if kept:
            yield (
                f"The source did not show all of the stream, so nothing of {parents} was removed: {counted(kept, 'row')} of the "
                "table may be out of date."
            )
        else:
            yield f"The source did not show all of the stream: nothing of {parents} came."


def _create_batch(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """``batch``: the staged rows with their declared types, one per key, the last one read of each."""
    props = staged.props
    columns = ",\n".join(
        f"{_typed(column)} AS {identifier(column.name)}" for column in props.columns
    )
    keys = ", ".join(identifier(name) for name in props.primary_key)
    # Such a row only says that its parent was read and has no children.
    no_key = " OR ".join(f"raw.{identifier(name)} IS NULL" for name in props.primary_key)
    latest = f"{identifier(props.cursor)} DESC NULLS LAST, " if props.cursor else ""
    finished, values = "true", {}
    if staged.progress and staged.progress.missing:
        finished, values = is_finished("raw", staged), {"read": sorted(staged.progress.read)}
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE batch AS
        WITH superseded AS (
            SELECT raw.rowid AS row
            FROM staged.{staged.table} AS raw
            WHERE raw.{UNREADABLE} IS NULL AND ({keys}) IN (FROM staged.{staged.table} SELECT ({keys}) GROUP BY ALL HAVING count(*) > 1)
            QUALIFY row_number() OVER (
                PARTITION BY {keys}
                ORDER BY {latest}raw._airbyte_extracted_at DESC, raw._airbyte_raw_id DESC
            ) > 1
        )
        SELECT {columns},
            {_extra(props)} AS _extra
        FROM staged.{staged.table} AS raw
        ANTI JOIN superseded ON raw.rowid = superseded.row
        WHERE NOT ({no_key}) AND raw.{UNREADABLE} IS NULL AND {finished}
        """,
        values,
    )


def _typed(column: StreamColumn) -> str:
    return f"TRY_CAST(raw.{identifier(column.name)} AS {column.type})"


def _extra(props: AirbyteStreamProps) -> str:
    """The record's extra fields, and every text that its declared type cannot hold."""
    unreadable = [
        f"CASE WHEN raw.{name} IS NOT NULL AND {_typed(column)} IS NULL "
        f"THEN json_object('{_quoted(column.name)}', raw.{name}) ELSE '{{}}' END"
        for column in props.columns
        if column.type in ("TIMESTAMPTZ", "DATE", "DOUBLE")
        for name in [identifier(column.name)]
    ]
    if not unreadable:
        return "raw._extra"
    merged = f"json_merge_patch(coalesce(raw._extra, '{{}}'), {', '.join(unreadable)})"
    return f"CAST(nullif(CAST({merged} AS VARCHAR), '{{}}') AS JSON)"


def _leave_out_later_days(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedStream,
    table: str,
    later_days: Sequence[date],
) -> None:
    """Drop from ``batch`` the rows that lie on a later read's day, here or in the table."""
    if not later_days:
        return
    by_key = same_key(staged.props, "t", "b")
    connection.execute(
        f"""
        DELETE FROM temp.batch AS b
        WHERE {is_on_later_day("b", staged)}
            OR EXISTS (FROM {table} AS t WHERE {by_key} AND {is_on_later_day("t", staged)})
        """,
        {"later_days": later_days, "read_day": read_day(staged)},
    )


def _apply(connection: duckdb.DuckDBPyConnection, staged: StagedStream, table: str) -> _Changes:
    props = staged.props
    deleted = deleted_table(props)
    names = ", ".join(f"b.{identifier(name)}" for name in (*props.column_names, "_extra"))
    by_key = same_key(props, "t", "b")
    keys = ", ".join(f"b.{identifier(name)}" for name in props.primary_key)
    is_version = _differs(props.column_names)
    # One row per key that is new, changed, or back from the deleted, with the moment its key was first seen.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT
            {keys},
            coalesce(t._first_seen_at, d._first_seen_at, $read_at::TIMESTAMPTZ) AS _first_seen_at,
            t._extracted_at IS NULL AS is_added,
            {is_version} AS is_version,
            CASE WHEN {is_version} THEN $read_at::TIMESTAMPTZ ELSE t._extracted_at END AS _extracted_at
        FROM temp.batch AS b
        LEFT JOIN {table} AS t ON {by_key}
        LEFT JOIN {deleted} AS d ON {same_key(props, "d", "b")}
        WHERE {_differs((*props.column_names, "_extra"))}
        """,
        {"read_at": staged.read_at},
    )
    keep_earlier_versions(connection, props, staged.read_at)
    move_to_deleted(connection, props, f"EXISTS (FROM temp.gone AS b WHERE {by_key})")
    connection.execute(f"DELETE FROM {table} AS t USING temp.fresh AS b WHERE {by_key}")
    connection.execute(
        f"""
        INSERT INTO {table} BY NAME
        SELECT {names}, fresh._extracted_at, fresh._first_seen_at
        FROM temp.batch AS b JOIN temp.fresh ON {same_key(props, "fresh", "b")}
        """
    )
    connection.execute(f"DELETE FROM {deleted} AS t USING temp.fresh AS b WHERE {by_key}")
    added = _count(connection, "(FROM temp.fresh WHERE is_added)")
    return _Changes(
        added=added,
        changed=_count(connection, "temp.fresh") - added,
        removed=_count(connection, "temp.gone"),
    )


def _differs(columns: Sequence[str]) -> str:
    """The table has no such row ``t``, or one that differs from ``b`` in one of ``columns``."""
    values = " OR ".join(f"t.{name} IS DISTINCT FROM b.{name}" for name in map(identifier, columns))
    return f"(t._extracted_at IS NULL OR {values})"


def _count(
    connection: duckdb.DuckDBPyConnection, relation: str, values: Mapping[str, object] | None = None
) -> int:
    found = connection.execute(f"SELECT count(*) FROM {relation}", values).fetchone()
    assert found is not None
    return int(found[0])


def _preview(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, object]]:
    cursor = connection.execute(f"FROM {table} ORDER BY _extracted_at DESC LIMIT {_PREVIEW_ROWS}")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _quoted(text: str) -> str:
    return text.replace("'", "''")
