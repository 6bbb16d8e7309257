"""The commands of the Makefile as processes of their own, in a clean environment.

Here: starting them and waiting for them. Not here: what is expected of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pipelines.project.folder import PROJECT
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support.process_group import LONGEST_WAIT

TODAY = datetime.now(timezone.utc).date()


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """A clean environment with a home and a warehouse under ``folder``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "DAGSTER_HOME": str(folder / "home"),
        "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        **settings,
    }


def live(server: SimulatorServer) -> dict[str, str]:
    """The settings of an account at ``server``."""
    return {
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": server.url,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_API_URL": server.url,
        "CLOCKIFY_WORKSPACE_ID": server.world.clockify.workspace["id"],
        # A few days only: each of them costs Dagster's history four writes in a run.
        "PIPELINES_START_DATE": (TODAY - timedelta(days=3)).isoformat(),
    }


def clockify_of(server: SimulatorServer) -> dict[str, str]:
    """The same without Tracker, for what does not depend on how much is read and computed: a third of the work."""
    return {**live(server), "PIVOTAL_TRACKER_API_TOKEN": ""}


def python(
    arguments: list[str], folder: Path, cwd: Path = PROJECT, **settings: str
) -> subprocess.Popen[str]:
    """``python -m arguments``, with its output in pipes and in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def command(name: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    """A command of the command line with its arguments."""
    return python(["pipelines.cli", *name.split()], folder, **settings)


@contextmanager
def ended_at_last(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """``process``, killed with all that it started when the block ends, whatever came of it."""
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it started, as a machine that stops does."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        process.communicate()


def finished(
    process: subprocess.Popen[str], seconds: float = 4 * LONGEST_WAIT
) -> tuple[int, str, str]:
    """Exit status, output and errors of a process that ends by itself."""
    with ended_at_last(process):
        output, errors = process.communicate(timeout=seconds)
    return process.returncode, output, errors
