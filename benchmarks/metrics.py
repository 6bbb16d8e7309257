"""How long all metric tables take, how much memory, and how both grow with the data, on a generated company.

    python -m benchmarks.metrics
    python -m benchmarks.metrics --entries 1000000 --stories 10000
    python -m benchmarks.metrics --entries 1000 --stories 100000 --delivery

Each size is computed and written in a process of its own, as a first run does it, with the hashes that later runs go by,
after another process has generated its raw tables; so the peak memory is that of the metrics alone. Prints Markdown: the seconds of each table and family at
each size, and the growth exponent from one size to the next, which is 1 where ten times the data take ten times as
long. Beside them is the processor time of all threads, which depends less on what else the machine does. Progress goes to
stderr.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import clockify_entries, tracker_history
from pipelines.metrics.catalog import FAMILIES, tables_behind
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.up_to_date import UpToDate
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

#: What the delivery part of the report is made of, beside the states and facts of stories.
DELIVERY = tuple(
    f"project_management.{name}"
    for name in (
        "story_blocks",
        "time_in_state",
        "predictability_weekly",
        "iteration_scope",
        "work_in_progress",
        "portfolio_monthly",
    )
)

AS_OF = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use; above its memory limit it spills into the folder of the warehouse."""

    threads: int
    memory: str


@dataclass(frozen=True)
class Measured:
    """One size: how much there was; seconds, processor seconds and rows by table address; and the peak of the process in GB."""

    entries: int
    transitions: int
    seconds: dict[str, float]
    processor: dict[str, float]
    rows: dict[str, int]
    peak: float

    def of(self, families: tuple[str, ...]) -> float:
        """Seconds of all tables of these families."""
        chosen = (table.address for name in families for table in FAMILIES[name])
        return sum(self.seconds.get(address, 0) for address in chosen)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--stories", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="4GB", help="DuckDB's own limit")
    parser.add_argument(
        "--delivery", action="store_true", help="only what the column delivery report needs"
    )
    arguments = parser.parse_args()
    if len(arguments.entries) != len(arguments.stories):
        parser.error("--entries and --stories need one number for each size")
    limits = Limits(arguments.threads, arguments.memory_limit)
    print_machine(limits)
    sizes = [
        at_size(entries, stories, limits, only_delivery=arguments.delivery)
        for entries, stories in zip(arguments.entries, arguments.stories, strict=True)
    ]
    print_growth(sizes)
    print_tables(sizes)


def at_size(entries: int, stories: int, limits: Limits, *, only_delivery: bool) -> Measured:
    """Generate a company of this size and measure all metric tables on it."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "benchmark.duckdb")
        transitions = in_own_process(generate, file, entries, stories, limits)
        measured = in_own_process(measure, file, limits, only_delivery)
    return Measured(entries, transitions, *measured)


def in_own_process(function: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


@contextmanager
def opened(file: str, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(file).connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET threads = {limits.threads}")
        connection.execute("SET memory_limit = $limit", {"limit": limits.memory})
        connection.execute("SET temp_directory = $file", {"file": f"{file}.spilled"})
        yield connection


def generate(file: str, entries: int, stories: int, limits: Limits) -> int:
    """Fill the raw tables of both sources; returns the number of transitions."""
    began = time.perf_counter()
    with opened(file, limits) as connection:
        for schema, connector in CONNECTORS.items():
            ensure_raw_tables(connection, schema, connector.streams)
        transitions = tracker_history.generate(connection, stories)
        clockify_entries.generate(connection, entries, stories)
        connection.execute("CHECKPOINT warehouse")
    progress(
        f"{entries:,} entries and {transitions:,} transitions generated "
        f"in {time.perf_counter() - began:.1f} s"
    )
    return transitions


def measure(
    file: str, limits: Limits, only_delivery: bool
) -> tuple[dict[str, float], dict[str, float], dict[str, int], float]:
    """Compute and write every table: what ``Measured`` has by address, and the peak memory of this process in GB."""
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    wanted = tables_behind(DELIVERY)
    seconds: dict[str, float] = {}
    processor: dict[str, float] = {}
    rows: dict[str, int] = {}
    with opened(file, limits) as connection:
        up_to_date = UpToDate(connection)
        for table in (table for tables in FAMILIES.values() for table in tables):
            if only_delivery and table.address not in wanted:
                continue
            began, processor_began = time.perf_counter(), time.process_time()
            rows[table.address] = up_to_date.bring(table, run, anew=True).rows
            seconds[table.address] = time.perf_counter() - began
            processor[table.address] = time.process_time() - processor_began
            progress(
                f"{table.address:44} {seconds[table.address]:7.1f} s, processor {processor[table.address]:7.1f} s, "
                f"peak {peak_memory():.2f} GB"
            )
    return seconds, processor, rows, peak_memory()


def peak_memory() -> float:
    """The most memory this process has held, in GB; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def exponent(smaller: Measured, larger: Measured, value: Callable[[Measured], float]) -> str:
    """How ``value`` grows from one size to another: the slope between them on logarithmic scales."""
    growth = value(larger) / value(smaller)
    return f"{math.log(growth) / math.log(larger.entries / smaller.entries):.2f}"


def print_machine(limits: Limits) -> None:
    """What the figures depend on."""
    import duckdb

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    print(
        f"`python -m benchmarks.metrics {' '.join(sys.argv[1:])}".rstrip() + "`\n\n"
        f"{datetime.now(timezone.utc):%Y-%m-%d}, {os.cpu_count()} cores and {memory:.0f} GB, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__} with {limits.threads} threads and a "
        f"memory limit of {limits.memory}; load average {os.getloadavg()[0]:.1f} at the start. "
        f"{clockify_entries.USERS:,} people, {tracker_history.PROJECTS} Tracker projects.\n"
    )


def print_growth(sizes: list[Measured]) -> None:
    """Seconds of each family and the peak memory at each size, and how they grow."""
    columns: dict[str, Callable[[Measured], float]] = {
        **{f"{family}, s": partial(Measured.of, families=(family,)) for family in FAMILIES},
        "delivery report, s": lambda size: sum(size.seconds[address] for address in DELIVERY),
        "time_tracking and effort, s": partial(Measured.of, families=("time_tracking", "effort")),
        "all, s": partial(Measured.of, families=tuple(FAMILIES)),
        "all, processor s": lambda size: sum(size.processor.values()),
        "peak, GB": lambda size: size.peak,
    }
    print(f"| entries | transitions | {' | '.join(columns)} |")
    print(f"|{' ---: |' * (len(columns) + 2)}")
    for size in sizes:
        values = " | ".join(f"{value(size):.2f}" for value in columns.values())
        print(f"| {size.entries:,} | {size.transitions:,} | {values} |")
    for smaller, larger in pairwise(sizes):
        growth = " | ".join(exponent(smaller, larger, value) for value in columns.values())
        print(f"| growth exponent to {larger.entries:,} | | {growth} |")
    print()


def print_tables(sizes: list[Measured]) -> None:
    """Seconds of each table at each size; its processor seconds and rows at the last size."""
    print(
        f"| table | {' | '.join(f'{size.entries:,} entries, s' for size in sizes)} | processor, s | rows |"
    )
    print(f"| --- |{' ---: |' * (len(sizes) + 2)}")
    for family, tables in FAMILIES.items():
        for table in tables:
            if table.address not in sizes[-1].seconds:
                continue
            seconds = " | ".join(f"{size.seconds[table.address]:.2f}" for size in sizes)
            last = sizes[-1]
            print(
                f"| {table.address} | {seconds} | {last.processor[table.address]:.2f} | {last.rows[table.address]:,} |"
            )
        seconds = " | ".join(f"{size.of((family,)):.2f}" for size in sizes)
        print(f"| **{family}** | {seconds} | | |")


if __name__ == "__main__":
    main()
