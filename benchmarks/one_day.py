"""``python -m benchmarks.one_day``: what follows one changed day, and what follows a sync without news, beside computing all.

On a generated company: all metric tables and the report; then nothing but five minutes pass; then the entries of one day
change. Each in a process of its own, on the same file. Says which tables take the time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.metrics import AS_OF, Limits, generate, in_own_process, opened, peak_memory
from benchmarks.report import Target, heading, show, show_machine, show_targets
from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.up_to_date import UpToDate
from pipelines.outputs.charts.kept import drawings_kept
from pipelines.outputs.report.page import write_report

#: Everybody's entries of the last day become a quarter of an hour longer, as a correction or a late edit makes them.
_ONE_DAY = """
UPDATE clockify.time_entries
SET time_interval = json_merge_patch(
    time_interval,
    json_object('end', strftime(CAST(time_interval ->> '$.end' AS TIMESTAMPTZ) + INTERVAL 15 MINUTE, '%Y-%m-%dT%H:%M:%SZ'))
)
WHERE left(time_interval ->> '$.start', 10) = (
    SELECT max(left(time_interval ->> '$.start', 10)) FROM clockify.time_entries
)
"""


@dataclass(frozen=True)
class Followed:
    """Seconds of the metrics, by table and whether it was computed, and of the report; the peak memory in GB."""

    tables: dict[str, tuple[float, bool]]
    report: float
    peak: float
    changed: int

    @property
    def metrics(self) -> float:
        return sum(seconds for seconds, _ in self.tables.values())

    @property
    def all(self) -> float:
        return self.metrics + self.report


def follow(file: str, folder: Path, limits: Limits, minutes: int, change: str | None) -> Followed:
    """Bring all tables and the report up to date, so many minutes after the first time."""
    run = MetricRun(as_of=AS_OF + timedelta(minutes=minutes), settings=MetricSettings())
    tables: dict[str, tuple[float, bool]] = {}
    changed = 0
    with opened(file, limits) as connection:
        if change:
            (changed,) = connection.execute(change).fetchone() or (0,)
        up_to_date = UpToDate(connection)
        for table in (table for family in COMPUTED.values() for table in family):
            began = time.perf_counter()
            is_computed = up_to_date.bring(table, run).is_computed
            tables[table.address] = (time.perf_counter() - began, is_computed)
        began = time.perf_counter()
        with drawings_kept(folder / "drawings"):
            write_report(connection, run.as_of, folder, mode="demo")
        report = time.perf_counter() - began
    return Followed(tables, report, peak_memory(), changed)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--stories", type=int, default=10_000)
    arguments = parser.parse_args()
    limits = Limits(threads=2, memory="4GB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = str(folder / "benchmark.duckdb")
        in_own_process(generate, file, arguments.entries, arguments.stories, limits)
        cases = {
            "all": (0, None),
            "five minutes later": (5, None),
            "one day changed": (10, _ONE_DAY),
        }
        measured = {
            what: in_own_process(follow, file, folder, limits, minutes, change)
            for what, (minutes, change) in cases.items()
        }
    heading(f"What follows one changed day, {arguments.entries:,} entries")
    show_machine()
    show([_row(what, one) for what, one in measured.items()])
    show(_slowest(measured))
    one_day, everything = measured["one day changed"], measured["all"]
    show_targets([Target("one changed day beside all", one_day.all / everything.all, 0.25)])


def _row(what: str, one: Followed) -> dict[str, str]:
    return {
        "": what,
        "entries changed": f"{one.changed:,}",
        "tables computed": f"{sum(done for _, done in one.tables.values())} of {len(one.tables)}",
        "metrics, s": f"{one.metrics:.2f}",
        "report, s": f"{one.report:.2f}",
        "all, s": f"{one.all:.2f}",
        "peak, GB": f"{one.peak:.2f}",
    }


def _slowest(measured: dict[str, Followed]) -> list[dict[str, str]]:
    """The tables that take the longest when one day changed."""
    last = measured["one day changed"].tables
    longest = sorted(last, key=lambda address: -last[address][0])[:15]
    return [
        {
            "table": address,
            **{
                f"{what}, s": f"{one.tables[address][0]:.2f}{'' if one.tables[address][1] else ' (not computed)'}"
                for what, one in measured.items()
            },
        }
        for address in longest
    ]


if __name__ == "__main__":
    main()
