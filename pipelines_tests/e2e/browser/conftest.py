"""The browser, the demo company's data, and the UI on them: each started once for the tests of this folder in a process.

They end with these tests: while Playwright runs, nothing else in its process may begin a loop of asyncio.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from pipelines_tests.e2e.browser.seen import ARTIFACTS, Demo, keep
from pipelines_tests.support.browser import Visit, running_browser, visit
from pipelines_tests.support.dagster_ui import DagsterUi, dagster_ui
from pipelines_tests.support.demo_run import demo_run, environment_in


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="package")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo command has run. The browser comes first, so that nothing is run in vain where there is none."""
    assert browser.is_connected()
    run = demo_run(tmp_path_factory)
    assert run.status == 0, run.errors
    folder = tmp_path_factory.mktemp("demo") / "copy"
    shutil.copytree(run.folder, folder)
    made = Demo(environment_in(folder), folder / "report.html", folder / "reported.duckdb")
    shutil.copyfile(folder / "demo" / "report.html", made.report)
    shutil.copytree(folder / "demo" / "report", folder / "report")
    shutil.copyfile(folder / "demo.duckdb", made.warehouse)
    return made


@pytest.fixture(scope="package")
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
