"""Earlier versions of records: what was in force when.

Here: the versions that ``<stream>_history`` keeps of rows that changed, beside the row of now, and picking the one of
an instant. Not here: what a metric reads from a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking.ever_known import ever_known

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Versions:
    """How SQL reads the versions of records. Without any past the statements are plain, and half as long."""

    has_past: bool

    def runs(self, stream: str, **values: str) -> str:
        """SQL of the versions of a stream in which one of ``values`` (SQL by name) is other than in the next version.

        Rows have ``id``, ``until`` and the values. Most versions of a project differ in its tracked time only.
        """
        named = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
        chosen = f"SELECT id, until, {named} FROM temp.{stream}_versions"
        if not self.has_past:
            return chosen
        packed = f"struct_pack({', '.join(f'{name} := {name}' for name in values)})"
        return f"""
            SELECT *
            FROM ({chosen})
            QUALIFY
                until IS NULL
                OR {packed} IS DISTINCT FROM lead({packed}) OVER (PARTITION BY id ORDER BY until NULLS LAST)
        """

    def with_past(self, versions: str, keys: str, *values: str) -> str:
        """SQL of one row per ``keys`` of ``versions``: the ``values`` of now, and ``past`` where there are other versions.

        ``past`` lists all versions in their order, the one of now with ``until`` infinity; NULL where there is only one.
        """
        if not self.has_past:
            return f"SELECT {keys}, {', '.join(values)}, NULL AS past FROM ({versions})"
        packed = ", ".join(f"'{value}': {value}" for value in values)
        latest = ", ".join(
            f"any_value({value}) FILTER (until IS NULL) AS {value}" for value in values
        )
        return f"""
            SELECT
                {keys},
                {latest},
                CASE WHEN count(*) > 1
                THEN list({{'until': coalesce(until, 'infinity'::TIMESTAMPTZ), {packed}}} ORDER BY until NULLS LAST)
                END AS past
            FROM ({versions})
            GROUP BY {keys}
        """

    def in_force(self, row: str, value: str, instant: str) -> str:
        """SQL of the ``value`` that a row of ``with_past`` had at an instant."""
        if not self.has_past:
            return f"{row}.{value}"
        return f"""(
            CASE WHEN {row}.past IS NULL THEN {row}.{value}
            ELSE list_filter({row}.past, lambda version: version.until > {instant})[1].{value}
            END
        )"""


def define_versions(connection: duckdb.DuckDBPyConnection, *streams: str) -> Versions:
    """Make temporary views ``<stream>_versions``: one row per known version of a record of a Clockify stream.

    They have the stream's columns and ``until``: when the version ended (exclusive), NULL for the last one. A version
    holds from the end of the one before, the first one from ever. Without a history there is one version.
    """
    has_past = False
    for stream in streams:
        earlier = ""
        history = f"clockify.{stream}_history"
        if exists(connection, history) and connection.execute(f"FROM {history} LIMIT 1").fetchone():
            has_past = True
            earlier = f"""
                SELECT * EXCLUDE (_valid_from, _valid_to), _valid_to AS until
                FROM {history}
                WHERE _valid_to IS NOT NULL
                UNION ALL BY NAME
            """
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW {stream}_versions AS
            {earlier}
            SELECT * EXCLUDE (is_deleted, _last_seen_at), NULL::TIMESTAMPTZ AS until
            FROM ({ever_known(stream)})
            """
        )
    return Versions(has_past)
