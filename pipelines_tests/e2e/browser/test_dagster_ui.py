"""The real Dagster UI in a headless Chromium, on the demo company's data.

Everything is clicked as a person would; GraphQL is asked only what became of it.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.warehouse.raw_tables import stream_address
from pipelines_tests.e2e.browser.seen import Demo, keep
from pipelines_tests.support.browser import Visit
from pipelines_tests.support.dagster_ui import DagsterUi
from pipelines_tests.support.demo_run import TODAY
from pipelines_tests.support.process_group import LONGEST_WAIT, await_that

GROUPS = ("clockify", "pivotal_tracker", *FAMILIES, "report")
AUTOMATION = (
    "frequent_sync",
    "nightly_sweep",
    "clockify_changes",
    "clockify_people",
    "failure_alert",
    "metrics_follow",
    "tracker_changes",
)

pytestmark = pytest.mark.slow


def test_the_graph_shows_the_groups(visited: Visit, ui: DagsterUi) -> None:
    page = visited.page
    # The graph draws what is in sight only.
    page.set_viewport_size({"width": 1800, "height": 1600})
    page.goto(f"{ui.url}/asset-groups")
    for group in GROUPS:
        # Where the graph is large, Dagster shortens long names in their middle.
        name = re.compile(f"^({group}|{group[:4]}.*….*{group[-4:]})$")
        expect(in_graph(page, name)).to_be_visible()
    keep(page, "graph")
    page.goto(f"{ui.url}/assets/effort/story_effort?view=lineage")
    for asset in ("story_effort", "time_story_links", "effort_per_point"):
        expect(in_graph(page, asset)).to_be_visible()
    assert [url for url in visited.requests if not url.startswith((ui.url, "data:", "blob:"))] == []


def in_graph(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The name of a group or asset where the graph shows it; beside it stand copies that only measure its length."""
    texts = page.locator("svg[class*=Graph]").get_by_text(name, exact=True)
    return texts.filter(visible=True).first


def test_schedules_and_sensors_are_listed_with_their_status(page: Page, ui: DagsterUi) -> None:
    """In the demo all of them run; one is switched off here and stays so, also for the tests below."""
    page.goto(f"{ui.url}/automation")
    for name in AUTOMATION:
        expect(switch(page, name)).to_be_checked()
    switch_off(page, ui, "metrics_follow")
    assert statuses(ui) == {
        name: "STOPPED" if name == "metrics_follow" else "RUNNING" for name in AUTOMATION
    }
    page.reload()
    expect(switch(page, "frequent_sync")).to_be_checked()
    expect(switch(page, "metrics_follow")).not_to_be_checked()


def switch_off(page: Page, ui: DagsterUi, name: str) -> None:
    """Click the sensor's switch, and once more where a look that just ended turned it back (docs/operating.md)."""
    for _ in range(5):
        with page.expect_response(lambda answer: "stopSensor" in str(answer.request.post_data)):
            switch(page, name).locator("xpath=..").click()
        await_that(lambda: not is_looking(ui, name), "the sensor's look to end")
        if statuses(ui)[name] == "STOPPED":
            return
        page.reload()
        expect(switch(page, name)).to_be_checked()
    pytest.fail(f"{name} is switched on again each time that it is switched off.")


LAST_LOOK = """query Last($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { ticks(limit: 1) { status } } } } }"""


def is_looking(ui: DagsterUi, name: str) -> bool:
    """Whether an evaluation of the sensor has begun and not ended."""
    sensor = {
        "repositoryLocationName": "pipelines",
        "repositoryName": "__repository__",
        "sensorName": name,
    }
    ticks = ui.ask(LAST_LOOK, sensor=sensor)["sensorState"]["ticks"]
    return [tick["status"] for tick in ticks] == ["STARTED"]


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
    for stream in ("clients", "custom_fields"):
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
        ["clockify", "custom_fields"],
    ]
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()


def test_a_metric_shows_its_chart_beside_its_definition(page: Page, ui: DagsterUi) -> None:
    """Dagster shows Markdown of more than 1,000 characters, so every picture, in a dialog of the same page."""
    page.goto(f"{ui.url}/assets/project_management/iteration_metrics")
    first_sentence = ITERATION_METRICS.definition.strip().split(".")[0]
    expect(page.get_by_text(first_sentence)).to_be_visible()
    keep(page, "metric")
    shown(page, "velocity").click()
    chart = page.get_by_role("dialog").locator("img[src^='data:image/png;base64,']")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.complete && image.naturalWidth") > 500


def shown(page: Page, name: str) -> Locator:
    """What opens the Markdown of the metadata of that name."""
    line = page.locator("tr").filter(has=page.get_by_text(name, exact=True))
    return line.get_by_text("[Show Markdown]").first


def test_a_metric_shows_rows_with_names_before_ids(page: Page, ui: DagsterUi) -> None:
    page.goto(f"{ui.url}/assets/project_management/aging_wip")
    shown(page, "preview").click()
    heading = page.get_by_role("dialog").locator("th")
    expect(heading.first).to_have_text("story_name")
    expect(heading.last).to_have_text("project_id")


def test_each_picture_is_once_in_the_history_of_a_run(demo: Demo) -> None:
    """With its asset, not with the output of the step, too: pictures are what makes the history large."""
    runs = Path(demo.environment["DAGSTER_HOME"]) / "history" / "runs"
    kinds: set[str] = set()
    for file in runs.glob("*.db"):
        with closing(sqlite3.connect(file)) as events:
            found = events.execute(
                "SELECT DISTINCT dagster_event_type FROM event_logs WHERE event LIKE '%data:image/png%'"
            )
            kinds |= {kind for (kind,) in found}
    assert kinds == {"ASSET_MATERIALIZATION"}


ASSETS = """query($where: RepositorySelector!) { repositoryOrError(repositorySelector: $where) {
    ... on Repository { assetNodes {
        assetKey { path } owners { ... on TeamAssetOwner { team } } jobs { name }
        dependencies { asset { assetKey { path } } }
        metadataEntries { label ... on TableColumnLineageMetadataEntry {
            lineage { columnName columnDeps { assetKey { path } columnName } } } } } } } }"""


def test_a_catalogue_finds_tables_columns_and_what_they_are_made_of(ui: DagsterUi) -> None:
    """The questions of OpenMetadata's connector: keys that name schema and table, dependencies, jobs."""
    where = {"repositoryLocationName": "pipelines", "repositoryName": "__repository__"}
    nodes = {
        ".".join(node["assetKey"]["path"]): node
        for node in ui.ask(ASSETS, where=where)["assetNodes"]
    }
    for family in FAMILIES.values():
        for table in family:
            node = nodes[table.address]
            made_of = {".".join(each["asset"]["assetKey"]["path"]) for each in node["dependencies"]}
            assert made_of == {stream_address(address) for address in table.inputs}
            assert "sync" in {job["name"] for job in node["jobs"]}
            assert node["owners"] == [{"team": "data"}]
    states = {
        entry["label"]: entry
        for entry in nodes["project_management.story_states"]["metadataEntries"]
    }
    columns = {
        each["columnName"]: each["columnDeps"]
        for each in states["dagster/column_lineage"]["lineage"]
    }
    assert columns["project_id"] == [
        {"assetKey": {"path": ["pivotal_tracker", "stories"]}, "columnName": "project_id"}
    ]


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
