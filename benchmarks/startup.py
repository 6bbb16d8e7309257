"""``python -m benchmarks.startup``: what starting costs, beside a Dagster project with one asset.

Loading the definitions; the same and a sensor's tick, which asks the server and reads the warehouse; a run of one stream
from its launch on the command line to its success. Each in a process of its own, the faster of two. Here too:
whether PyAirbyte is imported where nothing is read.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Target, heading, show, show_targets
from benchmarks.sync.contenders.ours import environment
from benchmarks.sync.contenders.task import Task
from benchmarks.sync.measure import Measured, measure_process, running_server

_TIMES = 2

_LOAD = """
import sys
import {module}
sys.exit("airbyte" in sys.modules)
"""

_TICK = """
import sys
import dagster as dg
from {module} import defs
with dg.DagsterInstance.get() as instance:
    sensor = defs.resolve_sensor_def("{sensor}")
    sensor.evaluate_tick(dg.build_sensor_context(instance=instance, definitions=defs))
sys.exit("airbyte" in sys.modules)
"""

_METRIC = """
import sys
import dagster as dg
from {module} import defs
with dg.DagsterInstance.get() as instance:
    job = defs.resolve_implicit_global_asset_job_def()
    key = dg.AssetKey(["time_tracking", "time_entry_facts"])
    result = job.execute_in_process(instance=instance, asset_selection=[key])
sys.exit("airbyte" in sys.modules or not result.success)
"""


@dataclass(frozen=True)
class _Project:
    module: str
    sensor: str
    asset: str

    def commands(self) -> dict[str, list[str]]:
        """What is measured, by its name."""
        code = {"definitions load": _LOAD, "load and a sensor's tick": _TICK}
        launch = ["dagster", "asset", "materialize", "-m", self.module, "--select", self.asset]
        return {
            **{
                name: ["-c", text.format(module=self.module, sensor=self.sensor)]
                for name, text in code.items()
            },
            "a run of one stream": ["-m", *launch],
        }


_OURS = _Project("pipelines.definitions", "tracker_changes", "pivotal_tracker/projects")
_BARE = _Project("benchmarks.bare_project", "nothing_to_do", "one")


def main() -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server("--share", "0.02") as server,
    ):
        task = Task(server.url, server.workspace, Path(folder), Path(folder))
        os.environ |= environment(task)
        # So that the sensor has something to compare with.
        _run(["-m", "benchmarks.sync.contenders.ours", *task.arguments])
        ours, bare = (
            {name: _fastest(command) for name, command in project.commands().items()}
            for project in (_OURS, _BARE)
        )
        metric = _run(["-c", _METRIC.format(module=_OURS.module)])
    heading("Start-up")
    show(
        [
            {
                "": name,
                "ours, s": f"{ours[name].wall:.2f}",
                "bare project, s": f"{bare[name].wall:.2f}",
                "ratio": f"{ours[name].wall / bare[name].wall:.2f}",
                "ours, peak GB": f"{ours[name].peak_gb:.2f}",
            }
            for name in ours
        ]
    )
    reading_nothing = [*list(ours.values())[:2], metric]
    imports = sum(one.exit_code for one in reading_nothing)
    show_targets([Target("imports of PyAirbyte by definitions, a sensor or a metric", imports, 0)])


def _fastest(arguments: list[str]) -> Measured:
    return min((_run(arguments) for _ in range(_TIMES)), key=lambda one: one.wall)


def _run(arguments: list[str]) -> Measured:
    return measure_process([sys.executable, *arguments])


if __name__ == "__main__":
    main()
