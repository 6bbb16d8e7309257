"""One contender's run, measured from outside: requests, wall and CPU seconds, peak memory, and the verdict.

Here: the server process, the contender's process, and what came of it. Not here: which runs are made
(``__main__``), and how they are shown.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import requests

from benchmarks.sync.contenders.guides import PACKAGES
from benchmarks.sync.contenders.phases import read_phases
from benchmarks.sync.contenders.task import Task
from benchmarks.sync.server import BASE
from benchmarks.sync.verdict import Verdict, judge
from pipelines.simulator.control import BASE as CONTROL

#: Seconds after which a contender is given up.
TIMEOUT = 300.0
CONTENDERS = ("ours", "guides", "dlt_rest", "floor")


@dataclass(frozen=True)
class Run:
    """What one process cost. ``phases`` are wall seconds; without a verdict the process did not come to its end."""

    requests: int
    wall: float
    cpu: float
    peak_gb: float
    phases: dict[str, float]
    verdict: Verdict | None

    @property
    def read_and_publish(self) -> float:
        """Seconds after the start; not a number where the process did not come so far."""
        return self.phases.get("run", math.nan)


class Server:
    """The simulator's process."""

    def __init__(self, url: str, workspace: str) -> None:
        self.url = url
        self.workspace = workspace

    def behave(self, *, latency_ms: int = 0, requests_per_second: int | None = None) -> None:
        """Answer so from now on."""
        self._control(
            "PATCH",
            "behaviour",
            json={"latency_ms": latency_ms, "requests_per_second": requests_per_second},
        )

    def count(self) -> int:
        """Requests of both APIs since the last ``forget``."""
        return sum(self._control("GET", "requests").json()["by_api"].values())

    def forget(self) -> None:
        """Count from zero."""
        self._control("DELETE", "requests")

    def warm_up(self, *contenders: str) -> None:
        """Let the server serialise its long lists: as the floor and the others ask for them, and with our ``fields``."""
        for contender in contenders or ("floor", "ours"):
            with tempfile.TemporaryDirectory() as folder:
                task = Task(self.url, self.workspace, Path(folder), Path(folder))
                command = [sys.executable, "-m", f"benchmarks.sync.contenders.{contender}"]
                subprocess.run(
                    [*command, *task.arguments],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )

    def change(self, share: float) -> None:
        """Edit a share of the entries and stories."""
        requests.post(f"{self.url}{BASE}/change", params={"share": share}, timeout=60)

    def write_truth(self, folder: Path) -> None:
        """What the streams hold now, for ``judge``."""
        folder.mkdir(exist_ok=True)
        answer = requests.post(
            f"{self.url}{BASE}/truth", params={"folder": str(folder)}, timeout=60
        )
        answer.raise_for_status()

    def _control(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = requests.request(method, f"{self.url}{CONTROL}/{path}", timeout=60, **options)
        answer.raise_for_status()
        return answer


@contextmanager
def running_server(*options: str) -> Iterator[Server]:
    """A server with a world of its own; see ``server`` for ``options``."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sync.server", *options],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield Server(*process.stdout.readline().split())
        finally:
            process.terminate()


@contextmanager
def installed_packages() -> Iterator[Path]:
    """A temporary folder with what contenders need and the project does not: ``guides`` and ``dlt_rest``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _install(root / "guides", "--no-deps", *PACKAGES)
        # The same DuckDB as everybody's.
        _install(root / "dlt_rest", "dlt[duckdb]", f"duckdb=={duckdb.__version__}")
        yield root


def _install(folder: Path, *what: str) -> None:
    uv = shutil.which("uv")
    pip = [uv, "pip"] if uv else [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    python = ["--python", sys.executable] if uv else []
    command = [*pip, "install", "--quiet", *python, "--target", str(folder), *what]
    subprocess.run(command, check=True)


def run(
    contender: str,
    server: Server,
    folder: Path,
    packages: Path,
    *,
    requests_per_second: int = 0,
) -> Run:
    """Run ``contender`` in ``folder``, which it may have been run in before; kill it after ``TIMEOUT`` seconds."""
    folder.mkdir(exist_ok=True)
    task = Task(
        server.url,
        server.workspace,
        folder,
        packages / contender,
        requests_per_second,
    )
    server.forget()
    module = f"benchmarks.sync.contenders.{contender}"
    process = measure_process([sys.executable, "-m", module, *task.arguments], timeout=TIMEOUT)
    truth = folder / "truth"
    count = server.count()
    verdict = None
    if process.exit_code == 0:
        server.write_truth(truth)
        verdict = judge(folder / import_module(module).DATABASE, truth)
    phases = {name: phase["wall"] for name, phase in read_phases(folder).items()}
    return Run(count, process.wall, process.cpu, process.peak_gb, phases, verdict)


@dataclass(frozen=True)
class Measured:
    """A process that ended. ``peak_gb`` is its largest resident size."""

    wall: float
    cpu: float
    peak_gb: float
    exit_code: int


def measure_process(command: list[str], *, timeout: float | None = None) -> Measured:
    """Run ``command`` to its end, or kill it after ``timeout`` seconds; shows what it printed if it failed."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        deadline = began + timeout if timeout else None
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if deadline and time.monotonic() > deadline:
                process.kill()
                deadline = None
            time.sleep(0.02)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode > 0:
            output.seek(0)
            sys.stderr.write(output.read().decode()[-4000:])
    return Measured(
        wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2, process.returncode
    )
