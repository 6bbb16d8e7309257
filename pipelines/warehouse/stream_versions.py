"""When each stream's rows last changed, in ``_pipelines.stream_versions``: the data version of its asset.

It changes in the transaction that changes the rows, so it can be compared without looking at any. Here: keeping it. Not
here: what stands for the rows themselves (``contents``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import duckdb

    from pipelines.pyairbyte.props import AirbyteStreamProps


def renew_version(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> None:
    """Record in the transaction at hand that the stream's rows become others."""
    key = {"namespace": props.namespace, "stream": props.name}
    connection.execute(
        "DELETE FROM _pipelines.stream_versions WHERE namespace = $namespace AND stream = $stream",
        key,
    )
    connection.execute(
        "INSERT INTO _pipelines.stream_versions VALUES ($namespace, $stream, $version)",
        {**key, "version": uuid4().hex},
    )


def version_of(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> str:
    """The version of the stream's rows; that of rows which an older version of the project left is renewed."""
    found = _found(connection, props)
    if found is None:
        renew_version(connection, props)
        found = _found(connection, props)
        assert found is not None
    return found


def _found(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> str | None:
    row = connection.execute(
        "SELECT version FROM _pipelines.stream_versions WHERE namespace = $namespace AND stream = $stream",
        {"namespace": props.namespace, "stream": props.name},
    ).fetchone()
    return row[0] if row else None
