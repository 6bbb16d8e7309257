"""The demo command, run once for all tests that look at what it leaves, by whichever worker needs it first.

It takes a minute of one core. Here: running it, and what it printed. Not here: what is expected of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.project.folder import PROJECT
from pipelines_tests.support.made_once import made_once

TODAY = datetime.now(timezone.utc).date()
#: Far enough back for the two full months that the report compares.
FIRST_DAY = TODAY - timedelta(days=92)
_SECONDS = 1200
_TOLD = "told.json"


@dataclass(frozen=True)
class DemoRun:
    """How the command ended; ``folder`` has what it left. Nobody changes that: a test that does takes a copy."""

    folder: Path
    status: int
    output: str
    errors: str

    @property
    def warehouse(self) -> Path:
        return self.folder / "demo.duckdb"


def demo_run(factory: pytest.TempPathFactory) -> DemoRun:
    """The one run of all workers."""
    folder = made_once(factory, "demo", _run)
    told = json.loads((folder / _TOLD).read_text(encoding="utf-8"))
    return DemoRun(folder, **told)


def _run(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "demo"],
        cwd=PROJECT,
        env=environment_in(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    told = {"status": ended.returncode, "output": ended.stdout, "errors": ended.stderr}
    (folder / _TOLD).write_text(json.dumps(told), encoding="utf-8")


def environment_in(folder: Path) -> dict[str, str]:
    """What the commands and the UI are told, with their data in this folder."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        # Empty, not absent: an empty variable also hides the one in .env.
        "PIVOTAL_TRACKER_API_TOKEN": "",
        "CLOCKIFY_API_KEY": "",
        "DAGSTER_HOME": str(folder / "home"),
        "PIPELINES_WAREHOUSE": str(folder / "demo.duckdb"),
        "PIPELINES_START_DATE": FIRST_DAY.isoformat(),
        # Nothing starts by itself while a test looks: both schedules and the sources' sensors have long intervals.
        "PIPELINES_SYNC_SCHEDULE": "0 0 1 1 *",
        "PIPELINES_SWEEP_SCHEDULE": "0 0 1 1 *",
        "PIPELINES_SENSOR_SECONDS": "86400",
    }
