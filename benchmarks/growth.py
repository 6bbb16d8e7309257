"""``python -m benchmarks.growth``: how costs grow with the entries, with ticks and with syncs; a part alone by its name.

* ``sync``: a full sync of 10,000, 100,000 and 1,000,000 entries, then ``pipelines status`` on its warehouse.
* ``publish``: publishing as many staged entries into an empty warehouse.
* ``ticks``: the memory of a process that evaluates 1,000 ticks of sensors, in turn, as the daemon's code server does.
* ``home``: what each of several syncs, an hour's changes between two, adds to ``DAGSTER_HOME``.

The exponent says by which power of the entries a cost grows: 1 is in proportion. What does not depend on them, such as starting,
is in it, so the step from 100,000 to 1,000,000 says more than the one before.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import publish
from benchmarks.report import Target, heading, show, show_machine, show_targets
from benchmarks.sync.contenders.ours import environment
from benchmarks.sync.contenders.task import Task
from benchmarks.sync.measure import Server, measure_process, run, running_server
from benchmarks.sync.world import ENTRIES

_MOST_EXPONENT = 1.05
_PUBLISHED = (10_000, 100_000, 1_000_000)
#: Of 100,000 entries, and how often each of these is there.
_SYNCED = ((0.1, 1), (1.0, 1), (1.0, 10))
_TICKS = 1000
_SYNCS = 8
_HOURLY_SYNCS = 1000
#: Hourly changes touch so many entries and stories.
_CHANGED = 0.001

_TICK = """
import resource, sys
import dagster as dg
from pipelines.definitions import defs

def memory():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 2**20

repository = defs.get_repository_def()
# The daemon evaluates those of conditions itself.
sensors = [
    sensor for sensor in repository.sensor_defs
    if not isinstance(sensor, dg.AutomationConditionSensorDefinition)
]
cursors = {}
last = int(sys.argv[1])
with dg.DagsterInstance.get() as instance:
    for number in range(1, last + 1):
        sensor = sensors[number % len(sensors)]
        context = dg.build_sensor_context(
            instance=instance, repository_def=repository, cursor=cursors.get(sensor.name)
        )
        with context:
            cursors[sensor.name] = sensor.evaluate_tick(context).cursor or cursors.get(sensor.name)
        if number in (last // 20, last // 2, last):
            print(number, len(sensors), memory(), flush=True)
"""


def main(parts: Sequence[str], share: float) -> None:
    """Measure ``parts`` with ``share`` of everything, and print."""
    for part in parts:
        PARTS[part](share)


def sync(share: float) -> None:
    """Full syncs and the status after each."""
    entries, walls, processors, statuses, peaks = [], [], [], [], []
    for portion, times in _SYNCED:
        with (
            tempfile.TemporaryDirectory() as name,
            running_server("--share", str(portion * share), "--times", str(times)) as server,
        ):
            folder = Path(name)
            # The first reader of each list waits until the server has made it.
            server.warm_up("ours")
            synced = run("ours", server, folder / "ours", folder)
            entries.append(round(ENTRIES * portion * share * times))
            walls.append(synced.read_and_publish)
            processors.append(synced.cpu)
            peaks.append(synced.peak_gb)
            statuses.append(_status(server, folder / "ours"))
    heading("Growth of a sync with the entries")
    costs = {"read and publish, s": walls, "CPU, s": processors, "`pipelines status`, s": statuses}
    _show_growth(entries, {**costs, "peak, GB": peaks})
    _show_exponents(entries, {name: costs[name] for name in costs if name != "CPU, s"})


def publishing(share: float) -> None:
    """Publishing as many rows."""
    rows = [round(count * share) for count in _PUBLISHED]
    measured = [publish.seconds_of(count) for count in rows]
    costs = {f"{name}, s": [each[name] for each in measured] for name in measured[0]}
    heading("Growth of publishing with the entries")
    _show_growth(rows, costs)
    _show_exponents(rows, {name: cost for name, cost in costs.items() if "publish" in name})


def ticks(share: float) -> None:
    """Memory of sensors."""
    count = max(round(_TICKS * share), 20)
    with _synced_project() as (server, folder):
        done = subprocess.run(
            [sys.executable, "-c", _TICK, str(count)],
            env={**os.environ, **environment(_task(server, folder))},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    lines = [line.split() for line in done.stdout.splitlines()]
    heading(f"Memory of a process that evaluates {lines[0][1]} sensors in turn")
    show([{"ticks": number, "MB": f"{float(mb):.0f}"} for number, _, mb in lines])


def home(share: float) -> None:
    """The size of Dagster's history."""
    sizes: list[int] = []
    with _synced_project() as (server, folder):
        settings = {**os.environ, **environment(_task(server, folder))}
        for _ in range(max(round(_SYNCS * share), 2)):
            server.change(_CHANGED)
            command = [sys.executable, "-m", "pipelines.cli", "sync"]
            subprocess.run(command, env=settings, check=True, capture_output=True)
            sizes.append(_size(folder / "home"))
    heading("Size of DAGSTER_HOME")
    show(
        [
            {"syncs": f"{number:,}", "MB": f"{size / 1e6:.1f}"}
            for number, size in enumerate(sizes, start=1)
        ]
    )
    each = (sizes[-1] - sizes[0]) / (len(sizes) - 1)
    print(
        f"A sync adds {each / 1e6:.2f} MB: {_HOURLY_SYNCS:,} of them {each * _HOURLY_SYNCS / 1e9:.1f} GB."
    )


PARTS = {"sync": sync, "publish": publishing, "ticks": ticks, "home": home}


@contextmanager
def _synced_project() -> Iterator[tuple[Server, Path]]:
    """A server, and a folder with a project that has read it once."""
    with tempfile.TemporaryDirectory() as name, running_server("--share", "0.02") as server:
        folder = Path(name)
        run("ours", server, folder / "ours", folder)
        yield server, folder / "ours"


def _task(server: Server, folder: Path) -> Task:
    return Task(server.url, server.workspace, folder, folder)


def _status(server: Server, folder: Path) -> float:
    """Seconds of ``pipelines status``, its start included."""
    settings = environment(_task(server, folder))
    os.environ |= settings
    measured = measure_process([sys.executable, "-m", "pipelines.cli", "status"])
    assert measured.exit_code == 0
    return measured.wall


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    return math.log(costs[1] / costs[0]) / math.log(sizes[1] / sizes[0])


def _show_growth(sizes: Sequence[int], costs: dict[str, list[float]]) -> None:
    rows = [
        {
            "entries": f"{size:,}",
            **{name: f"{values[place]:.2f}" for name, values in costs.items()},
        }
        for place, size in enumerate(sizes)
    ]
    exponents = {
        "entries": "exponent of the last step",
        **{name: f"{_exponent(sizes[-2:], values[-2:]):.2f}" for name, values in costs.items()},
    }
    show([*rows, exponents])


def _show_exponents(sizes: Sequence[int], costs: dict[str, list[float]]) -> None:
    show_targets(
        [
            Target(
                f"exponent of {name.removesuffix(', s')}",
                _exponent(sizes[-2:], values[-2:]),
                _MOST_EXPONENT,
            )
            for name, values in costs.items()
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="of everything, to try it out")
    arguments = parser.parse_args()
    show_machine()
    main(arguments.parts, arguments.share)
