"""Records that the source lists or once listed, so that the names and rates of deleted ones stay known.

Here: joining a raw table with its ``_deleted`` history. Not here: what a metric makes of it.
"""

from __future__ import annotations


def ever_known(stream: str) -> str:
    """SQL of all records of a Clockify stream, one row per ``id``: the live one, else the last one seen.

    Has the stream's columns and ``is_deleted``.
    """
    return f"""
        SELECT *
        FROM (
            SELECT *, false AS is_deleted, NULL::TIMESTAMPTZ AS _last_seen_at
            FROM clockify.{stream}
            UNION ALL BY NAME
            SELECT *, true AS is_deleted
            FROM clockify.{stream}_deleted
        )
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY is_deleted, _last_seen_at DESC) = 1
    """
