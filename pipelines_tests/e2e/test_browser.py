"""What a person sees: the report, and the real Dagster UI, in a headless Chromium on the demo company's data.

Everything is clicked as a person would; GraphQL is asked only how the launched work ended. What each test saw last
is kept as a picture in ``test-artifacts/``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.charts.report.sections import SECTIONS
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.settings import PROJECT
from pipelines_tests.support.browser import Visit, running_browser, visit
from pipelines_tests.support.dagster_ui import DagsterUi, await_that, dagster_ui

ARTIFACTS = PROJECT / "test-artifacts"
TODAY = datetime.now(timezone.utc).date()
#: The first day of the month before the last full one: what the report compares months with.
FIRST_DAY = ((TODAY.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)).replace(
    day=1
)
GROUPS = ("clockify", "pivotal_tracker", *FAMILIES, "report")
SCHEDULES = ("frequent_sync", "nightly_sweep")
SENSORS = ("clockify_changes", "failure_alert", "metrics_follow", "tracker_changes")
CHARTS = sum(len(section.charts) for section in SECTIONS)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Demo:
    """What the demo command left: how it was called, and copies that later runs do not change."""

    environment: dict[str, str]
    report: Path
    warehouse: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo command has run. The browser comes first, so that nothing is run in vain where there is none."""
    assert browser.is_connected()
    folder = tmp_path_factory.mktemp("demo")
    environment = {
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
    subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "demo"],
        cwd=PROJECT,
        env=environment,
        check=True,
        timeout=300,
    )
    made = Demo(environment, folder / "report.html", folder / "reported.duckdb")
    shutil.copyfile(folder / "demo" / "report.html", made.report)
    shutil.copyfile(folder / "demo.duckdb", made.warehouse)
    return made


@pytest.fixture(scope="module")
def ui(demo: Demo) -> Iterator[DagsterUi]:
    ARTIFACTS.mkdir(exist_ok=True)
    with dagster_ui(demo.environment, ARTIFACTS / "dagster_dev.log") as running:
        yield running


@pytest.fixture
def visited(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh page; what it shows when the test ends, passed or not, is kept."""
    scheme = getattr(request, "param", "light")
    with visit(browser, scheme) as opened:
        yield opened
        keep(opened.page, request.node.name.removeprefix("test_"))


@pytest.fixture
def page(visited: Visit) -> Page:
    return visited.page


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    """Keep a picture of the page as a test artefact."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{re.sub('[^a-z_]+', '_', name)}.png", full_page=full_page)


BOTH_SCHEMES = pytest.mark.parametrize("visited", ["light", "dark"], indirect=True)


@BOTH_SCHEMES
def test_the_report_draws_everything_by_itself(visited: Visit, demo: Demo) -> None:
    page = visited.page
    page.goto(demo.report.as_uri())
    expect(page.locator("figure.chart svg")).to_have_count(CHARTS)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    expect(page.locator(".chart-data:has(table tbody tr)")).to_have_count(CHARTS)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = false")
    assert visited.errors == []
    assert [url for url in visited.requests if not url.startswith(("file:", "data:"))] == []
    scheme: Literal["light", "dark"] = page.evaluate(
        "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
    )
    assert brightness(page) > 0.9 if scheme == "light" else brightness(page) < 0.2
    keep(page, f"report_{scheme}", full_page=True)


def brightness(page: Page) -> float:
    """How bright the page's background is: 0 is black, 1 is white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 / 255


def test_the_report_fits_a_phone(page: Page, demo: Demo) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo.report.as_uri())
    expect(page.locator("figure.chart svg")).to_have_count(CHARTS)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def figures(page: Page) -> list[dict[str, str | None]]:
    """Every figure of the page: name, subject, currency and period, the raw value, and the text beside it."""
    found: list[dict[str, str | None]] = page.locator("data[data-figure]").evaluate_all(
        """all => all.map(one => ({
            figure: one.dataset.figure, subject: one.dataset.subject ?? null,
            currency: one.dataset.currency ?? null, period: one.dataset.period,
            value: one.value, text: one.textContent,
        }))"""
    )
    return found


def test_every_figure_equals_what_its_query_finds(page: Page, demo: Demo) -> None:
    """The query that the page shows beside a figure, run on the warehouse, gives the figure: each, and no more."""
    page.goto(demo.report.as_uri())
    queries: dict[str, str] = dict(
        page.locator("pre[data-query]").evaluate_all(
            "all => all.map(one => [one.dataset.query, one.textContent])"
        )
    )
    shown = {
        (one["figure"], one["subject"], one["currency"], one["period"]): one["value"]
        for one in figures(page)
    }
    settled = {str(name) for name, *_ in shown} - set(queries)
    found: dict[tuple[str | None, ...], Any] = {}
    with opened(demo) as connection:
        for name, query in queries.items():
            for row in connection.execute(query).df().astype(object).to_dict("records"):
                ...
