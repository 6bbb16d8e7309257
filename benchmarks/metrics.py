"""How long all metric tables take and how much memory, on a generated company.

    python -m benchmarks.metrics --entries 10000000 --stories 100000

Writes generated raw tables into a new warehouse file, then computes and writes every metric table from them as a run
does. Prints seconds, rows and the peak memory of the process after each table, and the seconds of each family.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from benchmarks import clockify_entries, tracker_history
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.sources import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables

AS_OF = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--stories", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--memory-limit", default="4GB", help="DuckDB's own limit; it spills above it"
    )
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Warehouse(str(Path(folder) / "benchmark.duckdb")).connect() as connection,
    ):
        connection.execute(f"SET threads = {arguments.threads}")
        connection.execute("SET memory_limit = $limit", {"limit": arguments.memory_limit})
        connection.execute("SET temp_directory = $folder", {"folder": folder})
        generate(connection, arguments.entries, arguments.stories)
        measure(connection)


def generate(connection: duckdb.DuckDBPyConnection, entries: int, stories: int) -> None:
    """Fill the raw tables of both sources."""
    began = time.perf_counter()
    for schema, connector in CONNECTORS.items():
        ensure_raw_tables(connection, schema, connector.streams)
    transitions = tracker_history.generate(connection, stories)
    clockify_entries.generate(connection, entries, stories)
    connection.execute("CHECKPOINT warehouse")
    print(
        f"{entries:,} entries, {stories:,} stories, {transitions:,} transitions "
        f"generated in {time.perf_counter() - began:.1f} s"
    )


def measure(connection: duckdb.DuckDBPyConnection) -> None:
    """Compute and write every table."""
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    for family, tables in FAMILIES.items():
        total = 0.0
        for table in tables:
            began = time.perf_counter()
            rows = write_metric(connection, table, run)
            seconds = time.perf_counter() - began
            total += seconds
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
            print(
                f"{table.address:44} {seconds:7.1f} s {rows:>12,} rows   peak {peak:5.2f} GB",
                flush=True,
            )
        print(f"{family:44} {total:7.1f} s in all")


if __name__ == "__main__":
    main()
