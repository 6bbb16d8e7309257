"""How fast a million time entries are published into each kind of warehouse, and in how much memory.

    python -m benchmarks.warehouses --entries 1000000

Starts a PostgreSQL server of its own on this machine. Every warehouse gets the same staged read three times: into an
empty table, again with nothing changed, and again with every hundredth entry changed. Each warehouse is written by a
process of its own, whose peak memory is shown; that of the PostgreSQL server is not in it. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb

from benchmarks import clockify_entries
from pipelines.pyairbyte.conform import Drift
from pipelines.pyairbyte.destination import StagedStream, Window
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines_tests.support.servers import running_postgres
from pipelines_tests.support.warehouses import Warehouses

ENTRIES = CONNECTORS[CLOCKIFY].stream("time_entries")
READ_AT = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
KINDS = {
    "duckdb": "DuckDB file",
    "ducklake": "DuckLake, catalog in PostgreSQL, data in a folder",
    "postgres": "PostgreSQL",
}
READS = ("first read", "nothing changed", "1 in 100 changed")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        staging = Path(folder) / "staging.duckdb"
        generate(staging, entries)
        warehouses = Warehouses(server)
        print(f"| warehouse | {' | '.join(f'{read}, rows/s' for read in READS)} | peak memory |")
        print(f"| --- {'| ---: ' * (len(READS) + 1)}|")
        for kind, name in KINDS.items():
            *seconds, peak = measured(staging, warehouses.address(kind, Path(folder)), entries)
            rates = " | ".join(f"{entries / each:,.0f}" for each in seconds)
            print(f"| {name} | {rates} | {peak:.2f} GB |", flush=True)


def generate(staging: Path, entries: int) -> None:
    """Stage generated entries as a read leaves them: twice, the second time with every hundredth changed."""
    with duckdb.connect(str(staging)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
        clockify_entries.generate(connection, entries, stories=10_000)
        columns = ", ".join(
            f"CAST({name} AS {'BOOLEAN' if kind == 'BOOLEAN' else 'VARCHAR'}) AS {name}"
            for name, kind in ((column.name, column.type) for column in ENTRIES.columns)
        )
        for table, is_changed in (("first", "false"), ("changed", "hash(id) % 100 = 0")):
            connection.execute(
                f"CREATE TABLE {table} AS SELECT "
                f"{columns.replace('CAST(is_locked AS', f'CAST(is_locked OR {is_changed} AS')}, "
                "CAST(NULL AS JSON) AS _extra, id AS _airbyte_raw_id, "
                "TIMESTAMP '2026-11-21' AS _airbyte_extracted_at FROM clockify.time_entries"
            )


def measured(staging: Path, address: str, entries: int) -> list[float]:
    """Seconds of each publication and the peak memory in GB, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    writer = context.Process(target=publish, args=(staging, address, entries, sending))
    writer.start()
    sending.close()
    try:
        found: list[float] = receiving.recv()
    finally:
        writer.join()
    return found


def publish(staging: Path, address: str, entries: int, result: Connection) -> None:
    """Publish the reads one after the other, and send what they took."""
    destination = WarehouseDestination(Warehouse(address), CONNECTORS[CLOCKIFY], "live")
    with destination.open() as warehouse:
        warehouse.prepare()
    seconds = []
    for staged, changes in zip(reads(staging, entries), (entries, 0, None), strict=True):
        began = time.perf_counter()
        with destination.open() as warehouse:
            published = warehouse.publish(staged)
        seconds.append(time.perf_counter() - began)
        assert changes in (None, published.added + published.changed), published
        assert published.rows == entries, published
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    result.send([*seconds, peak])


def reads(staging: Path, entries: int) -> Iterator[StagedStream]:
    for number, table in enumerate(("first", "first", "changed")):
        read_at = READ_AT + timedelta(minutes=number)
        yield StagedStream(
            props=ENTRIES,
            database=staging,
            table=table,
            read_at=read_at,
            window=Window(datetime(2024, 1, 1, tzinfo=timezone.utc), READ_AT, open_ended=True),
            full=True,
            state=None,
            versions={},
            unchanged=frozenset(),
            records=entries,
            requests=0,
            seconds=0.0,
            drift=Drift(),
        )


if __name__ == "__main__":
    main()
