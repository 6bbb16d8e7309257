"""A server that imitates Snowflake on a DuckDB: ``fakesnow``, spoken to over HTTP by Snowflake's own connector.

Here: starting it, and what it cannot do. Not here: what is delivered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import duckdb

from pipelines.simulator.local_server import LocalServer

#: It has no statement for comments of several columns, so it takes that as done.
_COLUMN_COMMENTS = r'ALTER TABLE \S+ ALTER "\w+" COMMENT '


@contextmanager
def running_snowflake() -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """What lies behind the server (a catalog for each database, made when somebody asks for it), and the address parameters that lead to it."""
    from fakesnow import info_schema
    from fakesnow.server import app, shared_fs

    insert = info_schema.insert_table_comment_sql

    def escaped(catalog: str, schema: str, table: str, comment: str | None) -> str:
        return insert(catalog, schema, table, (comment or "").replace("'", "''"))

    with (
        # 2026-11: fakesnow 0.11.4 does not expect an apostrophe in a comment.
        mock.patch.object(info_schema, "insert_table_comment_sql", escaped),
        mock.patch.object(shared_fs, "nop_regexes", [_COLUMN_COMMENTS]),
        LocalServer(app, name="snowflake") as served,
    ):
        port = served.url.rpartition(":")[2]
        with shared_fs.duck_conn.cursor() as behind:
            yield behind, f"host=127.0.0.1&port={port}&protocol=http"
