"""Records that could not be placed: kept as they came, in ``<stream>_unreadable``, until they can be read or are gone.

Such a record protects rows of its table from removal. A row with the same key stays. A record
without a key protects every row of its parent, or every row of the table where its parent is not
known. A record leaves when its key arrives readable, or when a read that would have shown it again
does not. For a daily stream, that read has to reach back to the record's day.

Here: the statements, each within the transaction that publishes. Not here: which records those are (``conform``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.conform import known_columns
from pipelines.pyairbyte.destination import StagedStream
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.unreadable import UNREADABLE
from pipelines.warehouse.errors import PublishError
from pipelines.warehouse.history import same_key
from pipelines.warehouse.quoting import identifier
from pipelines.warehouse.raw_tables import UNREADABLE_TABLE

if TYPE_CHECKING:
    import duckdb


def create_unreadable(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """``unreadable``: what this read set aside, one row per record.

    Needs ``batch``: a record whose key is there was read after all. Raises ``PublishError`` when no
    record has a key: such an answer is not the list it is taken for.
    """
    props = staged.props
    known = [column for column in props.columns if column.name in known_columns(props)]
    columns = ", ".join(
        f"TRY_CAST(raw.{identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
        for column in known
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE unreadable AS
        WITH aside AS (
            SELECT
                {columns},
                raw.{UNREADABLE} ->> 'reason' AS reason,
                raw.{UNREADABLE} ->> 'raw' AS raw
            FROM staged.{staged.table} AS raw
            WHERE raw.{UNREADABLE} IS NOT NULL
        )
        SELECT DISTINCT ON ({_identity(props, "aside")}) *
        FROM aside
        ANTI JOIN temp.batch AS b ON {same_key(props, "aside", "b")}
        """
    )
    found = connection.execute(
        f"SELECT count(*), count(*) FILTER (NOT ({_has_no_key(props, 'u')})) FROM temp.unreadable AS u"
    ).fetchone()
    assert found is not None
    records, with_key = found
    if (
        records
        and not with_key
        and connection.execute("FROM temp.batch LIMIT 1").fetchone() is None
    ):
        raise PublishError(
            f"{props.namespace}.{props.name}: {records:,} records came without a usable "
            f"{' and '.join(props.primary_key)}, and no other, so nothing of this read was applied. "
            "The source's answer does not look like this stream: check its URL setting."
        )


def is_not_meant(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> str:
    """SQL: the table's row ``t`` is none that a record of ``unreadable`` may be."""
    if not _any(connection, "temp.unreadable"):
        return "true"
    group = props.replace_by or (props.scope.column if props.scope else None)
    same_group = (
        f"coalesce(u.{identifier(group)} = t.{identifier(group)}, true)" if group else "true"
    )
    return (
        f"NOT EXISTS (FROM temp.unreadable AS u WHERE {same_key(props, 't', 'u')}) "
        f"AND NOT EXISTS (FROM temp.unreadable AS u WHERE ({_has_no_key(props, 'u')}) AND {same_group})"
    )


def save_unreadable(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """Bring the stream's table up to date with ``unreadable`` and with what the read has shown."""
    props = staged.props
    table = f"{identifier(props.namespace)}.{identifier(props.name + UNREADABLE_TABLE)}"
    if not _any(connection, table) and not _any(connection, "temp.unreadable"):
        return
    values = {"read_at": staged.read_at, "read_from": _read_from(staged)}
    condition, parameters = _shown_again(staged)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE now_unreadable AS
        SELECT
            u.*,
            coalesce(t.first_seen_at, $read_at::TIMESTAMPTZ) AS first_seen_at,
            $read_at::TIMESTAMPTZ AS last_seen_at,
            least(t.read_from, $read_from::DATE) AS read_from
        FROM temp.unreadable AS u
        LEFT JOIN {table} AS t ON {_identity(props, "t")} = {_identity(props, "u")}
        """,
        values,
    )
    connection.execute(
        f"""
        DELETE FROM {table} AS t
        WHERE EXISTS (FROM temp.batch AS b WHERE {same_key(props, "t", "b")})
            OR EXISTS (FROM temp.now_unreadable AS u WHERE {_identity(props, "t")} = {_identity(props, "u")})
            OR ({condition})
        """,
        parameters,
    )
    connection.execute(f"INSERT INTO {table} BY NAME FROM temp.now_unreadable")
    connection.execute("DROP TABLE temp.now_unreadable")


def _shown_again(staged: StagedStream) -> tuple[str, dict[str, object]]:
    """The condition on a kept record ``t`` under which this read would have shown it, were it still there."""
    props = staged.props
    if staged.is_refused_whole:
        return "false", {}
    condition = "true"
    values: dict[str, object] = {}
    if props.scope:
        parent = f"CAST(t.{identifier(props.scope.column)} AS VARCHAR)"
        condition = f"list_contains($kept::VARCHAR[], {parent}) IS NOT TRUE"
        values = {"kept": sorted(staged.unchanged | staged.refused)}
        if staged.progress:
            condition += f" AND list_contains($read::VARCHAR[], {parent}) IS NOT FALSE"
            values["read"] = sorted(staged.progress.read)
    if staged.window:
        if not staged.window.open_ended:
            return "false", {}
        return f"{condition} AND t.read_from >= $since", {
            **values,
            "since": staged.window.start.date(),
        }
    if staged.full:
        return condition, values
    if props.replace_by:
        parent = identifier(props.replace_by)
        return f"t.{parent} IN (SELECT {parent} FROM staged.{staged.table})", {}
    return "false", {}


def _read_from(staged: StagedStream) -> object:
    return staged.window.start.date() if staged.window else None


def _identity(props: AirbyteStreamProps, alias: str) -> str:
    """SQL: what tells a record from the others that were set aside: its key, or without one all of it."""
    keys = ", ".join(f"CAST({alias}.{identifier(name)} AS VARCHAR)" for name in props.primary_key)
    return f"CASE WHEN {_has_no_key(props, alias)} THEN md5({alias}.raw) ELSE concat_ws('|', {keys}) END"


def _has_no_key(props: AirbyteStreamProps, alias: str) -> str:
    return " OR ".join(f"{alias}.{identifier(name)} IS NULL" for name in props.primary_key)


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
