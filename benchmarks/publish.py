"""``python -m benchmarks.publish``: rows a second into the warehouse, beside DuckDB's own ``COPY`` of the same rows.

Time entries are staged as a read leaves them. Publishing types them, looks for doubled keys, compares them with what is
there and keeps what vanished; ``COPY`` only loads them, from the same rows as a Parquet file.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from benchmarks import clockify_entries
from benchmarks.report import heading, show
from pipelines.pyairbyte.conform import Drift, staged_schema
from pipelines.pyairbyte.destination import StagedStream, Window, WindowProgress
from pipelines.pyairbyte.unreadable import UNREADABLE
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.publish import publish_stream
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables

_ROWS = 1_000_000
_STREAM = CONNECTORS[CLOCKIFY].stream("time_entries")
_TABLE = "clockify.time_entries"
#: How the types of a staged schema are called in DuckDB.
STAGED_TYPES = {"integer": "BIGINT", "boolean": "BOOLEAN", "object": "JSON", "string": "VARCHAR"}


def main() -> None:
    """Measure and print."""
    measured = seconds_of(_ROWS)
    copy = measured["COPY from Parquet"]
    heading(f"Publish of {_ROWS:,} time entries")
    show(
        [
            {
                "": name,
                "s": f"{seconds:.2f}",
                "rows/s": f"{_ROWS / seconds:,.0f}",
                "times COPY": f"{seconds / copy:.1f}",
            }
            for name, seconds in measured.items()
        ]
    )


def seconds_of(rows: int) -> dict[str, float]:
    """How long each way takes with so many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _generate(folder, rows)
        people = _people(folder)
        with Warehouse(str(folder / "warehouse.duckdb")).connect() as connection:
            ensure_state_tables(connection)
            ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
            measured = {
                name: _seconds(lambda: _publish(connection, folder, people, rows))
                for name in ("publish, all rows new", "publish, nothing new")
            }
        with duckdb.connect(str(folder / "copy.duckdb")) as connection:
            connection.execute("CREATE SCHEMA clockify")
            connection.execute(
                f"CREATE TABLE {_TABLE} AS FROM '{folder}/rows.parquet' LIMIT 0; CHECKPOINT"
            )
            measured["COPY from Parquet"] = _seconds(
                lambda: connection.execute(f"COPY {_TABLE} FROM '{folder}/rows.parquet'")
            )
    return measured


def _generate(folder: Path, rows: int) -> None:
    """Rows as a read stages them, in ``staging.duckdb``, and as the raw table has them, in ``rows.parquet``."""
    with duckdb.connect(str(folder / "staging.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
        clockify_entries.generate(connection, rows, stories=10_000)
        connection.execute(f"COPY {_TABLE} TO '{folder}/rows.parquet'")
        columns = ", ".join(
            f"CAST({name} AS {STAGED_TYPES[field['type'][0]]}) AS {name}"
            for name, field in staged_schema(_STREAM)["properties"].items()
            if name != UNREADABLE
        )
        connection.execute(
            f"""
            CREATE SCHEMA streams;
            CREATE TABLE streams.time_entries AS
            SELECT {columns}, CAST(NULL AS JSON) AS {UNREADABLE}, CAST(uuid() AS VARCHAR) AS _airbyte_raw_id, now() AS _airbyte_extracted_at
            FROM {_TABLE};
            DROP SCHEMA clockify CASCADE;
            """
        )


def _people(folder: Path) -> frozenset[str]:
    with duckdb.connect(str(folder / "staging.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT DISTINCT user_id FROM streams.time_entries").fetchall()
    return frozenset(user_id for (user_id,) in found)


def _publish(
    connection: duckdb.DuckDBPyConnection, folder: Path, people: frozenset[str], rows: int
) -> None:
    day = datetime(2000, 1, 1, tzinfo=timezone.utc)
    now = datetime.now(timezone.utc)
    staged = StagedStream(
        props=_STREAM,
        database=folder / "staging.duckdb",
        table="streams.time_entries",
        read_at=now,
        window=Window(day, now.replace(hour=0, minute=0, second=0, microsecond=0), open_ended=True),
        full=True,
        state=None,
        versions={},
        unchanged=frozenset(),
        records=rows,
        requests=0,
        seconds=0.0,
        drift=Drift(),
        progress=WindowProgress(read=people, earlier={}, listed=len(people), missing=0),
    )
    publish_stream(connection, staged, allow_large_removals=False)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
