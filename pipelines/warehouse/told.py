"""What the last read of each stream had to tell: what of it was left out, or done in another way than asked for.

Here: one row per sentence in ``_pipelines.told``, written in the transaction that publishes. Not here: what becomes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.pyairbyte.destination import StagedStream
from pipelines.warehouse.state import stream_key

if TYPE_CHECKING:
    import duckdb


def save_told(connection: duckdb.DuckDBPyConnection, staged: StagedStream) -> None:
    """Replace what was told of the stream by what this read tells."""
    key = stream_key(staged)
    connection.execute(
        "DELETE FROM _pipelines.told WHERE namespace = $namespace AND stream = $stream", key
    )
    if staged.warnings:
        connection.execute(
            "INSERT INTO _pipelines.told SELECT $namespace, $stream, unnest($sentences::VARCHAR[]), $read_at",
            {**key, "sentences": list(staged.warnings), "read_at": staged.read_at},
        )


def told(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Namespace, stream and sentence of what the last reads told, in this order."""
    return connection.execute(
        "SELECT namespace, stream, sentence FROM _pipelines.told ORDER BY ALL"
    ).fetchall()
