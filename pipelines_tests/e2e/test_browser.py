"""What a person sees: the report, and the real Dagster UI, in a headless Chromium on the demo company's data.

Everything is clicked as a person would; GraphQL is asked only what became of it. What each test saw last
is kept as a picture in ``test-artifacts/``.
"""

from __future__ import annotations

import math
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
from playwright.sync_api import Browser, Locator, Page, expect

from pipelines.charts.report.company_figures import COMPANY_FIGURES
from pipelines.charts.report.figure import query_text
from pipelines.charts.report.money_figures import MONEY_FIGURES
from pipelines.charts.report.project_figures import PROJECT_FIGURES
from pipelines.charts.report.questions import QUESTIONS
from pipelines.charts.report.sections import SECTIONS
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.settings import PROJECT
from pipelines_tests.support.browser import Visit, running_browser, visit
from pipelines_tests.support.dagster_ui import DagsterUi, dagster_ui
from pipelines_tests.support.process_group import LONGEST_WAIT, await_that

ARTIFACTS = PROJECT / "test-artifacts"
TODAY = datetime.now(timezone.utc).date()
#: Far enough back for the two full months that the report compares.
FIRST_DAY = TODAY - timedelta(days=92)
GROUPS = ("clockify", "pivotal_tracker", *FAMILIES, "report")
AUTOMATION = (
    "frequent_sync",
    "nightly_sweep",
    "clockify_changes",
    "failure_alert",
    "metrics_follow",
    "tracker_changes",
)
FIGURES = (
    *COMPANY_FIGURES,
    *MONEY_FIGURES,
    *PROJECT_FIGURES,
    *(question.figure for question in QUESTIONS),
)
KINDS = {figure.name: figure.kind for figure in FIGURES}
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
    scheme: Literal["light", "dark"] = request.param if hasattr(request, "param") else "light"
    with visit(browser, scheme) as opened:
        yield opened
        keep(opened.page, request.node.name.removeprefix("test_"))


@pytest.fixture
def page(visited: Visit) -> Page:
    return visited.page


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    """Keep a picture of the page as a test artefact."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(
        path=ARTIFACTS / f"{re.sub('[^a-z_]+', '_', name)}.png",
        full_page=full_page,
        animations="disabled",
    )


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


Key = tuple[str, str | None, str | None, str]


@dataclass(frozen=True)
class Shown:
    """A figure on the page: the value for machines and the text for people."""

    value: str
    text: str


@dataclass(frozen=True)
class Report:
    """What the page says: its moment, its figures by name, subject, currency and period, its queries by figure."""

    as_of: datetime
    figures: dict[Key, Shown]
    queries: dict[str, str]


@pytest.fixture(scope="module")
def report(browser: Browser, demo: Demo) -> Report:
    with visit(browser) as visited:
        page = visited.page
        page.goto(demo.report.as_uri())
        found = page.locator("data[data-figure]").evaluate_all(
            """all => all.map(one => [
                one.dataset.figure, one.dataset.subject ?? null, one.dataset.currency ?? null,
                one.dataset.period, one.value, one.textContent,
            ])"""
        )
        figures = {(name, *key): Shown(value, text) for name, *key, value, text in found}
        assert len(figures) == len(found), "a figure stands on the page twice"
        queries = page.locator("pre[data-query]").evaluate_all(
            "all => all.map(one => [one.dataset.query, one.textContent])"
        )
        as_of = page.locator("html").get_attribute("data-as-of")
        assert as_of
        return Report(datetime.fromisoformat(as_of), figures, dict(queries))


@pytest.fixture(scope="module")
def reported(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse that the report was written from."""
    with duckdb.connect(str(demo.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def test_every_figure_equals_what_its_query_finds(
    report: Report, reported: duckdb.DuckDBPyConnection
) -> None:
    """The query that the page shows with a figure gives, on the warehouse, what the page shows: that, and no more."""
    # Questions that found nothing are without their query on the page; all others are run as they are shown.
    queries = {
        figure.name: report.queries.get(figure.name, query_text(figure, report.as_of))
        for figure in FIGURES
    }
    found: dict[Key, Any] = {}
    for name, query in queries.items():
        for row in records(reported, query):
            subject = str(row["subject"]) if row.get("subject") else None
            for column, period in (("value", "current"), ("previous", "previous")):
                if row.get(column) is not None:
                    found[name, subject, row.get("currency"), period] = row[column]
    assert report.figures.keys() == found.keys()
    for key, value in found.items():
        shown = report.figures[key]
        assert same(shown.value, value), key
        assert says(shown.text, value, KINDS[key[0]]), (key, shown)


def records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def same(shown: str, value: Any) -> bool:
    if isinstance(value, date):
        return shown == value.isoformat()
    return math.isclose(float(shown), float(value), rel_tol=1e-9)


def says(text: str, value: Any, kind: str) -> bool:
    """Whether a text such as ``1,234.5 h`` is the value, to the precision it is written in."""
    if isinstance(value, date):
        return datetime.strptime(text, "%d %b %Y").date() == value
    match = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert match, text
    precision = 10 ** -len((match[1] or ".")[1:])
    number = float(match[0].replace(",", ""))
    exact = float(value) / (24 if kind == "days" else 1)
    return math.isclose(number, exact, rel_tol=1e-9, abs_tol=precision * 0.501)


#: What the sources themselves say, by figure: rows of subject and value of the current period.
FROM_THE_SOURCES = {
    "project_velocity": """
        SELECT id AS subject, current_velocity AS value FROM pivotal_tracker.projects""",
    "project_wip": """
        SELECT project_id AS subject, count(*) AS value FROM pivotal_tracker.stories
        WHERE current_state IN ('started', 'finished', 'delivered', 'rejected') AND story_type != 'release'
        GROUP BY project_id""",
    "project_accepted_stories": """
        WITH zones AS (
            SELECT
                id AS project_id,
                time_zone->>'olson_name' AS zone,
                CAST(TIMESTAMPTZ '{as_of}' AT TIME ZONE zone AS DATE) AS today,
                list_position(
                    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'], week_start_day
                ) AS first_weekday,
                today - CAST((isodow(today) - first_weekday + 7) % 7 AS INTEGER) AS this_week
            FROM pivotal_tracker.projects
        )
        SELECT project_id AS subject, count(*) AS value
        FROM pivotal_tracker.stories JOIN zones USING (project_id)
        WHERE
            story_type != 'release'
            AND CAST(accepted_at AT TIME ZONE zone AS DATE) BETWEEN this_week - 28 AND this_week - 1
        GROUP BY project_id""",
    "hours_tracked": """
        WITH entries AS (
            SELECT
                CAST(time_interval->>'start' AS TIMESTAMPTZ) AS started,
                CAST(time_interval->>'end' AS TIMESTAMPTZ) AS ended,
                started AT TIME ZONE coalesce(person.settings->>'timeZone', 'UTC') AS local_start,
                date_trunc('week', TIMESTAMPTZ '{as_of}') AS this_week
            FROM clockify.time_entries AS entry
            LEFT JOIN clockify.users AS person ON person.id = entry.user_id
            WHERE type = 'REGULAR'
        )
        SELECT sum(epoch(ended - started)) / 3600 AS value
        FROM entries
        WHERE local_start >= this_week - INTERVAL 28 DAY AND local_start < this_week""",
}


@pytest.mark.parametrize("name", FROM_THE_SOURCES)
def test_a_figure_is_what_the_sources_say(
    report: Report, reported: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Counted from the raw tables, without any metric table. Counts are equal; hours nearly, because an entry that
    crosses the midnight between two weeks is counted here by its start, there by its parts.
    """
    shown = {
        subject: float(one.value)
        for (figure, subject, _, period), one in report.figures.items()
        if figure == name and period == "current"
    }
    query = FROM_THE_SOURCES[name].format(as_of=report.as_of.isoformat())
    found = {
        str(row["subject"]) if "subject" in row else None: row["value"]
        for row in records(reported, query)
    }
    assert shown
    assert shown == pytest.approx(found, rel=5e-3)


def test_the_graph_shows_the_groups(visited: Visit, ui: DagsterUi) -> None:
    page = visited.page
    page.goto(f"{ui.url}/asset-groups")
    for group in GROUPS:
        expect(in_graph(page, group)).to_be_visible()
    keep(page, "graph")
    page.goto(f"{ui.url}/assets/effort/story_effort?view=lineage")
    for asset in ("story_effort", "time_story_links", "effort_per_point"):
        expect(in_graph(page, asset)).to_be_visible()
    assert [url for url in visited.requests if not url.startswith((ui.url, "data:", "blob:"))] == []


def in_graph(page: Page, name: str) -> Locator:
    """The name of a group or asset where the graph shows it; beside it stand copies that only measure its length."""
    texts = page.locator("svg[class*=Graph]").get_by_text(name, exact=True)
    return texts.filter(visible=True).first


def test_schedules_and_sensors_are_listed_with_their_status(page: Page, ui: DagsterUi) -> None:
    """In the demo all of them run; one is switched off here and stays so, also for the tests below."""
    page.goto(f"{ui.url}/automation")
    for name in AUTOMATION:
        expect(switch(page, name)).to_be_checked()
    switch(page, "metrics_follow").locator("xpath=..").click()
    await_that(
        lambda: (
            statuses(ui)
            == {name: "STOPPED" if name == "metrics_follow" else "RUNNING" for name in AUTOMATION}
        ),
        "the sensor to be stopped",
    )
    page.reload()
    expect(switch(page, "frequent_sync")).to_be_checked()
    expect(switch(page, "metrics_follow")).not_to_be_checked()


STATUSES = """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
    ... on RepositoryLocation { repositories {
        schedules { name scheduleState { status } }
        sensors { name sensorState { status } }
    } } } } } } }"""


def statuses(ui: DagsterUi) -> dict[str, str]:
    """The statuses of schedules and sensors by name."""
    (location,) = ui.ask(STATUSES)["locationEntries"]
    (repository,) = location["locationOrLoadError"]["repositories"]
    return {
        **{one["name"]: one["scheduleState"]["status"] for one in repository["schedules"]},
        **{one["name"]: one["sensorState"]["status"] for one in repository["sensors"]},
    }


def switch(page: Page, name: str) -> Locator:
    """The switch in the line of a schedule or sensor."""
    line = page.locator("[data-index]").filter(has=page.get_by_text(name, exact=True))
    return line.locator("label[class*=Switch] input")


RUN = """query Ended($id: ID!) { runOrError(runId: $id) { ... on Run {
    status assetSelection { path } } } }"""


def ended(ui: DagsterUi, run_id: str) -> dict[str, Any] | None:
    """The run, once it has ended."""
    run: dict[str, Any] = ui.ask(RUN, id=run_id)
    return run if run["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None


def test_two_streams_are_materialized(page: Page, ui: DagsterUi) -> None:
    page.goto(f"{ui.url}/assets")
    for stream in ("clients", "tags"):
        box = page.get_by_test_id(f"checkbox-clockify/{stream}")
        box.locator("xpath=..").click()
        expect(box).to_be_checked()
    page.get_by_role("button", name="Materialize selected (2)").click()
    page.get_by_role("region", name="Notifications").get_by_text("View", exact=True).click()
    page.wait_for_url("**/runs/*")
    run_id = page.url.rsplit("/", 1)[1]
    run = await_that(lambda: ended(ui, run_id), "the run to end")
    assert run["status"] == "SUCCESS"
    assert sorted(key["path"] for key in run["assetSelection"]) == [
        ["clockify", "clients"],
        ["clockify", "tags"],
    ]
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()


def test_a_metric_shows_its_chart_beside_its_definition(page: Page, ui: DagsterUi) -> None:
    """Dagster shows Markdown of more than 1,000 characters, so every picture, in a dialog of the same page."""
    page.goto(f"{ui.url}/assets/project_management/iteration_metrics")
    first_sentence = ITERATION_METRICS.definition.strip().split(".")[0]
    expect(page.get_by_text(first_sentence)).to_be_visible()
    keep(page, "metric")
    page.get_by_text("[Show Markdown]").click()
    chart = page.get_by_role("dialog").locator("img[src^='data:image/png;base64,']")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.complete && image.naturalWidth") > 500


BACKFILLS = """{ partitionBackfillsOrError(limit: 10) { ... on PartitionBackfills { results {
    id status partitionNames runs { status } } } } }"""


def test_a_backfill_of_three_days_completes(page: Page, ui: DagsterUi) -> None:
    """In one run, because one read of three days costs the source no more requests than one of a day."""
    first, last = TODAY - timedelta(days=5), TODAY - timedelta(days=3)
    page.goto(f"{ui.url}/assets/clockify/time_entries")
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog")
    days = dialog.get_by_role("textbox").first
    days.fill(f"[{first}...{last}]")
    days.press("Enter")
    expect(dialog.get_by_text("3 partitions", exact=True)).to_be_visible()
    keep(page, "backfill_dialog")
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(dialog).to_be_hidden()
    (backfill,) = ui.ask(BACKFILLS)["results"]
    page.goto(f"{ui.url}/runs/b/{backfill['id']}")
    expect(page.get_by_text("Status", exact=True).locator("..")).to_contain_text(
        re.compile("Succeeded|Failed|Canceled"), timeout=LONGEST_WAIT * 1000
    )
    (backfill,) = ui.ask(BACKFILLS)["results"]
    assert backfill["status"] == "COMPLETED_SUCCESS"
    assert backfill["partitionNames"] == [str(first + timedelta(days=day)) for day in range(3)]
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
