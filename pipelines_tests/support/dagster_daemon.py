"""A real Dagster daemon with its code server on an instance of its own, and what became of what it launched.

Here: starting it, asking and waiting. Not here: what is changed at the source, and what must follow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from pipelines.project.folder import PROJECT
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support.process_group import await_that, process_group, tail

_LONGEST_WAIT = 300.0
_METRICS = "metrics_follow"


@dataclass(frozen=True)
class Daemon:
    """A home with its daemon running."""

    folder: Path
    environment: dict[str, str]
    instance: dg.DagsterInstance

    def switch(
        self, kind: Literal["schedule", "sensor"], to: Literal["start", "stop"], name: str
    ) -> None:
        """Start or stop a schedule or sensor, as a person would."""
        command(self.environment, "dagster", kind, to, name, "-w", "workspace.yaml")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Until ``condition`` holds; a failure tells what ran and what ticked."""
        await_that(condition, what, _LONGEST_WAIT, self._report)

    def wait_for_a_scheduled_run(self, schedule: str) -> None:
        """Until ``schedule`` launched its first run, and its first look was written down.

        With that Dagster writes the schedule's state as it was when the look began: one that is stopped in between
        would be running again.
        """

        def has_launched() -> bool:
            data = self._instigator_data(schedule)
            return bool(self.instance.get_runs() and data and data.last_iteration_timestamp)

        self.wait_until(has_launched, f"a run of {schedule}")

    def wait_for_looks(self, count: int) -> None:
        """Until ``metrics_follow`` has looked ``count`` times more."""
        for _ in range(count):
            before = self._cursor_of_metrics()
            self.wait_until(lambda: self._cursor_of_metrics() != before, f"a look of {_METRICS}")  # noqa: B023

    def is_idle(self) -> bool:
        """Whether there were runs, and all of them ended."""
        return {run.is_finished for run in self.instance.get_runs(limit=20)} == {True}

    def succeeded(self, **filters: Any) -> int:
        """How many runs that match ``filters`` succeeded."""
        runs = self.instance.get_runs(
            dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS], **filters)
        )
        return len(runs)

    def times_computed(self, key: dg.AssetKey, since: float = 0.0) -> int:
        """How often ``key`` was materialized after the moment ``since``."""
        found = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(key, after_timestamp=since), limit=100
        )
        return len(found.records)

    def days_read(self, key: dg.AssetKey, since: float) -> Counter[str]:
        """How often each day of ``key`` was materialized after the moment ``since``."""
        records = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(key, after_timestamp=since), limit=1000
        ).records
        return Counter(str(record.partition_key) for record in records)

    def _cursor_of_metrics(self) -> str | None:
        """What ``metrics_follow`` remembers; it changes with each of its looks."""
        data = self._instigator_data(_METRICS)
        return data.cursor if data else None

    def _instigator_data(self, name: str) -> Any:
        """What Dagster wrote down of the schedule or sensor ``name``; ``None`` before its first look."""
        for state in self.instance.all_instigator_state():
            if state.instigator_name == name:
                return state.instigator_data
        return None

    def _report(self) -> str:
        lines = ["Runs, the newest first:"]
        for record in self.instance.get_run_records(limit=10):
            run = record.dagster_run
            by = run.tags.get("dagster/sensor_name") or run.tags.get("dagster/schedule_name")
            lines.append(
                f"  {run.run_id[:8]} {run.status.value} {_clock(record.start_time)} to {_clock(record.end_time)} by {by}"
            )
        for state in self.instance.all_instigator_state():
            lines.append(f"{state.instigator_name}, its last looks:")
            for tick in self.instance.get_ticks(
                state.instigator_origin_id, state.selector_id, limit=5
            ):
                why = tick.skip_reason or (tick.error.message if tick.error else "")
                lines.append(f"  {_clock(tick.timestamp)} {tick.status.value} {why[:200]}")
        return "\n".join([*lines, "The daemon's last words:", tail(self.folder / "daemon.log")])


def environment_of(folder: Path, server: SimulatorServer, **settings: str) -> dict[str, str]:
    """The settings of a home in ``folder`` that reads ``server``, with the project's own ``dagster.yaml``."""
    shutil.copyfile(PROJECT / "dagster.yaml", folder / "dagster.yaml")
    return {
        **os.environ,
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": server.url,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_WORKSPACE_ID": server.world.clockify.workspace["id"],
        "CLOCKIFY_API_URL": server.url,
        "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        # A look of ``metrics_follow`` takes the daemon three seconds of one core.
        "PIPELINES_SENSOR_SECONDS": "20",
        "DAGSTER_HOME": str(folder),
        **settings,
    }


def command(environment: dict[str, str], *arguments: str) -> None:
    """``python -m arguments`` in the project's folder; it must succeed."""
    subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environment,
        cwd=PROJECT,
        check=True,
        timeout=_LONGEST_WAIT,
    )


@contextmanager
def running_daemon(folder: Path, environment: dict[str, str]) -> Iterator[Daemon]:
    """A daemon in ``folder``; once ``metrics_follow`` has looked, because it counts from its first look on."""
    daemon = ["dagster._daemon", "run", "-w", "workspace.yaml"]
    with (
        dg.DagsterInstance.from_config(str(folder)) as instance,
        process_group(daemon, environment, folder / "daemon.log"),
    ):
        running = Daemon(folder, environment, instance)
        running.wait_for_looks(1)
        yield running


def _clock(moment: float | None) -> str:
    if moment is None:
        return "-"
    return time.strftime("%H:%M:%S", datetime.fromtimestamp(moment, timezone.utc).timetuple())
