"""How results are printed: Markdown for ``RESULTS.md``. Not here: what is measured."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Target:
    """A measured value and the largest that is aimed at."""

    what: str
    measured: float
    at_most: float


def heading(text: str) -> None:
    """A section of its own."""
    print(f"\n### {text}\n", flush=True)


def show(rows: Sequence[Mapping[str, str]]) -> None:
    """``rows`` as a table; all have the same columns, and the first one names its row."""
    first, *numbers = rows[0]
    print(f"| {' | '.join((first, *numbers))} |")
    print(f"| {' | '.join(('---', *('---:' for _ in numbers)))} |")
    for row in rows:
        print(f"| {' | '.join(row.values())} |")
    print(flush=True)


def show_targets(targets: Sequence[Target]) -> None:
    """How the measurement compares with what is aimed at."""
    show(
        [
            {
                "target": target.what,
                "measured": f"{target.measured:.3g}",
                "at most": f"{target.at_most:.3g}",
                "": "met" if target.measured <= target.at_most else "**missed**",
            }
            for target in targets
        ]
    )


def show_machine() -> None:
    """Where and when this was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    load = os.getloadavg()[0]
    print(
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {_processor()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}, "
        f"DuckDB {duckdb.__version__}. Load average before: {load:.1f}.",
        flush=True,
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"
