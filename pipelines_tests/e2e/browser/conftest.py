"""The browser, the demo company's data, and the UI on them: each started once for all tests of a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from pipelines.project.folder import PROJECT
from pipelines.project.locks import held
from pipelines_tests.e2e.browser.seen import ARTIFACTS, FIRST_DAY, Demo, keep
from pipelines_tests.support.browser import Visit, running_browser, visit
from pipelines_tests.support.dagster_ui import DagsterUi, dagster_ui


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo command has run. The browser comes first, so that nothing is run in vain where there is none."""
    assert browser.is_connected()
    # Of several workers the first runs it, and all have copies: it takes a minute of one core.
    workers = "PYTEST_XDIST_WORKER" in os.environ
    ours = tmp_path_factory.getbasetemp()
    made_once = (ours.parent if workers else ours) / "demo_of_all"
    with held(made_once.with_suffix(".lock")):
        if not made_once.exists():
            unfinished = tmp_path_factory.mktemp("unfinished") / "demo"
            subprocess.run(
                [sys.executable, "-m", "pipelines.cli", "demo"],
                cwd=PROJECT,
                env=environment_in(unfinished),
                check=True,
                timeout=1200,
            )
            unfinished.rename(made_once)
    folder = tmp_path_factory.mktemp("demo") / "copy"
    shutil.copytree(made_once, folder)
    made = Demo(environment_in(folder), folder / "report.html", folder / "reported.duckdb")
    shutil.copyfile(folder / "demo" / "report.html", made.report)
    shutil.copytree(folder / "demo" / "report", folder / "report")
    shutil.copyfile(folder / "demo.duckdb", made.warehouse)
    return made


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


@pytest.fixture(scope="session")
def ui(demo: Demo) -> Iterator[DagsterUi]:
    ARTIFACTS.mkdir(exist_ok=True)
    with dagster_ui(demo.environment, ARTIFACTS / "dagster_dev.log") as running:
        yield running


@pytest.fixture
def visited(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh page; what it shows when the test ends, passed or not, is kept."""
    scheme: Literal["light", "dark"] = request.param if hasattr(request, "param") else "light"
    with visit(browser, scheme) as opened:
        yield opened
        keep(opened.page, request.node.name.removeprefix("test_"))


@pytest.fixture
def page(visited: Visit) -> Page:
    return visited.page
