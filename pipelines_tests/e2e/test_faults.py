"""Faults of servers, credentials and disks: survived, or the stream fails cleanly and the next run completes it.

One run meets several faults, each stream its own, because a run costs more than a fault.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.pyairbyte.destination import StagedStream
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.simulator import mutations
from pipelines.simulator.model import Record, World
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines_tests.support import worlds
from pipelines_tests.support.processes import Installation, materialize, process
from pipelines_tests.support.project import Project, failure_of, metadata_of, running_project
from pipelines_tests.support.staging import prepare, publish
from pipelines_tests.support.versions import held_version, stage_version

DAYS = ("2026-03-01", "2026-03-04")
USERS = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(2)]
PROJECTS = (1, 2)

#: By stream: the path of its requests. Pages hold two rows, so that each stream has several.
PATHS = {
    "clockify/tags": "/tags",
    "clockify/clients": "/clients",
    "clockify/user_groups": "/user-groups",
    "clockify/projects": "/projects\\?.*page-size",
    "pivotal_tracker/activity": "/projects/2/activity",
    "pivotal_tracker/labels": "/projects/2/labels",
    "pivotal_tracker/stories": "/projects/2/stories",
    "pivotal_tracker/epics": "/projects/2/epics",
    "pivotal_tracker/project_memberships": "/projects/2/memberships",
    "clockify/time_entries": f"/user/{USERS[1]['id']}/time-entries",
}
#: In the order of the streams. Those of the first streams of a run pass by; the others also are made to last.
FAULTS: list[dict[str, Any]] = [
    {"kind": "slow", "delay_ms": 300},
    {"status": 429},
    {"status": 429, "retry_after": 0},
    {"status": 500},
    {"status": 503},
    {"kind": "html", "status": 502},
    {"status": 502},
    {"kind": "reset"},
    {"kind": "truncated"},
    {"kind": "invalid_json"},
]
#: Streams that are read in one run.
RUNS = {
    "clockify": list(PATHS)[:4],
    "tracker": list(PATHS)[5:9],
    "days": ["pivotal_tracker/activity", "clockify/time_entries"],
}
#: Lists that the server pages.
PAGED = {stream for stream in PATHS if stream.startswith("clockify")} | {
    "pivotal_tracker/stories",
    "pivotal_tracker/activity",
}


def small_company() -> World:
    def numbers(project: int) -> range:
        return range(10 * project, 10 * project + 4)

    return worlds.world(
        clockify=worlds.clockify_data(
            users=USERS,
            tags=[worlds.tag(n) for n in range(5)],
            clients=[worlds.client(n) for n in range(5)],
            user_groups=[worlds.user_group(n) for n in range(5)],
            projects=[worlds.clockify_project(n) for n in range(5)],
            time_entries=[
                worlds.time_entry(n, f"2026-03-0{1 + n % 4}T08:00:00Z", userId=USERS[n // 5]["id"])
                for n in range(10)
            ],
        ),
        tracker=worlds.tracker_data(
            projects=[worlds.project(n) for n in PROJECTS],
            stories=[worlds.story(n, project_id=p) for p in PROJECTS for n in numbers(p)],
            labels=[worlds.label(n, project_id=p) for p in PROJECTS for n in numbers(p)],
            epics=[worlds.epic(n, project_id=p) for p in PROJECTS for n in numbers(p)],
            memberships=[worlds.membership(n, project_id=p) for p in PROJECTS for n in numbers(p)],
            activity=[
                worlds.activity(n, f"2026-03-0{1 + n % 4}T08:00:00Z", project={"id": p})
                for p in PROJECTS
                for n in numbers(p)
            ],
        ),
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running_project(
        tmp_path, small_company(), CLOCKIFY_PAGE_SIZE="2", PIVOTAL_TRACKER_PAGE_SIZE="2"
    ) as running:
        yield running


def records(world: World, stream: str) -> list[Record]:
    source, name = stream.split("/")
    names = {"project_memberships": "memberships"}
    found: list[Record] = getattr(
        world.clockify if source == "clockify" else world.tracker, names.get(name, name)
    )
    return found


def names_at_the_server(world: World, stream: str) -> list[Any]:
    key = "guid" if stream.endswith("activity") else "id"
    return sorted(record[key] for record in records(world, stream))


def names_in_the_table(project: Project, stream: str) -> list[Any]:
    return project.keys(stream.replace("/", "."), "guid" if stream.endswith("activity") else "id")


def assert_equal_to_the_server(project: Project, *streams: str) -> None:
    for stream in streams or PATHS:
        assert names_in_the_table(project, stream) == names_at_the_server(project.world, stream)


def change(world: World, streams: list[str]) -> None:
    """A row less in each list that can lose one; of each project's stories one is renamed, which moves its version."""
    for stream in streams:
        if stream == "pivotal_tracker/stories":
            for number in PROJECTS:
                mutations.update_story(world, 10 * number, world.now, name="renamed")
        elif stream != "pivotal_tracker/activity":
            records(world, stream).pop()


def faults_of(run: str) -> dict[str, dict[str, Any]]:
    """A fault for each stream of a run; the runs together meet all faults."""
    return {
        stream: fault for stream, fault in zip(PATHS, FAULTS, strict=True) if stream in RUNS[run]
    }


@pytest.mark.parametrize("run", RUNS)
def test_passing_faults_are_survived(project: Project, run: str) -> None:
    for stream, fault in faults_of(run).items():
        project.server.add_fault(PATHS[stream], **fault)
    assert project.materialize(*RUNS[run], days=DAYS).success
    assert_equal_to_the_server(project, *RUNS[run])


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_a_stream_that_breaks_off_keeps_its_table_and_the_next_run_completes_it(
    project: Project, run: str
) -> None:
    """The first page, or the first project, still arrives, then nothing; the first stream of the run is spared."""
    streams = RUNS[run]
    assert project.materialize(*streams, days=DAYS).success
    before = {stream: names_in_the_table(project, stream) for stream in streams}
    change(project.world, streams)
    spared, *broken = streams
    for stream in broken:
        fault = faults_of(run)[stream]
        after = 1 if stream in PAGED else 0
        project.server.add_fault(PATHS[stream], **fault, times=None, after=after)
    sentences = failure_of(project.materialize(*streams, days=DAYS))
    for stream in broken:
        assert stream.split("/")[1] in sentences
        assert names_in_the_table(project, stream) == before[stream], stream
    assert_equal_to_the_server(project, spared)

    project.server.clear_faults()
    assert project.materialize(*streams, days=DAYS).success
    assert_equal_to_the_server(project, *streams)
    if run == "tracker":
        renamed = "SELECT id FROM pivotal_tracker.stories WHERE name = 'renamed' ORDER BY id"
        assert project.query(renamed) == [(10,), (20,)]


@pytest.mark.slow
@pytest.mark.parametrize("after", [2, 5])
def test_a_token_revoked_midway_leaves_every_table_old_or_new(project: Project, after: int) -> None:
    streams = RUNS["clockify"]
    assert project.materialize(*streams).success
    before = {stream: names_in_the_table(project, stream) for stream in streams}
    change(project.world, streams)
    project.server.revoke_credentials("clockify", after=after)
    assert "CLOCKIFY_API_KEY" in failure_of(project.materialize(*streams))
    for stream in streams:
        allowed = (before[stream], names_at_the_server(project.world, stream))
        assert names_in_the_table(project, stream) in allowed, stream

    project.server.clear_faults()
    assert project.materialize(*streams).success
    assert_equal_to_the_server(project, *streams)


def test_a_record_without_a_key_is_set_aside_alone(project: Project) -> None:
    tags = project.world.clockify.tags
    tags.append({**worlds.tag(9), "id": None})
    assert project.materialize("clockify/tags", "clockify/clients").success
    assert_equal_to_the_server(project, "clockify/clients")
    assert len(project.query("FROM clockify.tags_unreadable")) == 1

    tags.pop()
    assert project.materialize("clockify/tags").success
    assert_equal_to_the_server(project, "clockify/tags")
    assert project.query("FROM clockify.tags_unreadable") == []


def test_a_project_that_is_refused_keeps_its_rows_and_the_others_lose_theirs(
    project: Project,
) -> None:
    epics = "pivotal_tracker/epics"
    assert project.materialize(epics).success
    for number in PROJECTS:
        # Moves the versions of the projects, so that they are read again.
        mutations.update_story(project.world, 10 * number, project.world.now, name="renamed")
    gone = [epic for epic in project.world.tracker.epics if epic["id"] % 10 == 0]
    assert {epic["project_id"] for epic in gone} == set(PROJECTS)
    for epic in gone:
        project.world.tracker.epics.remove(epic)
    project.server.add_fault("/projects/2/epics", status=403, times=None)
    result = project.materialize(epics)
    assert result.success
    assert "nothing of 1 projects was removed" in metadata_of(result, epics)["warnings"]
    assert names_in_the_table(project, epics) == [11, 12, 13, 20, 21, 22, 23]


def test_values_of_a_wrong_type_are_kept_beside(project: Project) -> None:
    project.world.clockify.tags[0].update(archived="maybe", name=["a", "list"])
    result = project.materialize("clockify/tags")
    assert result.success
    assert_equal_to_the_server(project, "clockify/tags")
    assert set(metadata_of(result, "clockify/tags")["retyped_fields"]) == {"archived", "name"}


@pytest.fixture
def impatient(tmp_path: Path) -> ManifestConnector:
    """Clockify's connector with a read timeout of a second."""
    manifest = tmp_path / "manifest.yaml"
    text = CONNECTORS[CLOCKIFY].manifest_path.read_text(encoding="utf-8")
    patient, soon = "read_timeout_in_seconds: 60", "read_timeout_in_seconds: 1"
    assert patient in text
    manifest.write_text(text.replace(patient, soon), encoding="utf-8")
    return ManifestConnector(CONNECTORS[CLOCKIFY].name, CLOCKIFY, manifest)


@pytest.mark.slow
def test_an_answer_that_does_not_come_is_asked_for_again(
    project: Project, impatient: ManifestConnector
) -> None:
    """Tags are late once, clients always; groups are in time."""
    project.server.add_fault("/tags", "slow", delay_ms=1500)
    project.server.add_fault("/clients", "slow", delay_ms=1500, times=None)
    airbyte = PyAirbyteResource(staging_dir=str(project.folder / "staging"))
    config = project.settings.connector_config(CLOCKIFY)
    with airbyte.read(impatient, config, ["tags", "clients", "user_groups"]) as read:
        assert [staged.props.name for staged in read.complete()] == ["tags", "user_groups"]
        assert len(read.to_pandas("tags")) == 5
        assert "does not answer in time" in read.errors["clients"]
        assert "CLOCKIFY_API_URL" in read.errors["clients"]


def fill_the_disk_at(limit: int) -> None:
    """As if every file of this process could grow to ``limit`` bytes only."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def materialize_on_a_full_disk(installation: Installation, assets: list[str], limit: int) -> None:
    fill_the_disk_at(limit)
    materialize(installation, assets, DAYS)


@pytest.mark.slow
def test_a_full_disk_while_reading_fails_the_run_and_the_process_ends(project: Project) -> None:
    """More rows than the connector's threads may hold back: they must not wait for somebody who has given up."""
    streams = ["clockify/tags", "clockify/clients"]
    assert project.materialize(*streams).success
    before = {stream: names_in_the_table(project, stream) for stream in streams}
    project.world.clockify.tags += [worlds.tag(1000 + number) for number in range(11_000)]
    project.world.clockify.clients.pop()
    project.environment["CLOCKIFY_PAGE_SIZE"] = "5000"
    with process(materialize_on_a_full_disk, Installation.of(project), streams, 100_000) as run:
        run.join(300)
        assert run.exitcode == 1
    assert {stream: names_in_the_table(project, stream) for stream in streams} == before
    assert list((project.folder / "staging").glob("*-*")) == []

    assert project.materialize(*streams).success
    assert_equal_to_the_server(project, *streams)


def publish_on_a_full_disk(warehouse: Warehouse, staged: StagedStream, limit: int) -> None:
    fill_the_disk_at(limit)
    publish(WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live"), staged)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [700_000, 2_000_000, 4_000_000])
def test_a_full_disk_while_publishing_leaves_the_warehouse_old_or_new(
    tmp_path: Path, limit: int
) -> None:
    """The log of the commit does not fit, or only the file that it is merged into, or both do."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=120)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    prepare(destination)
    publish(destination, stage_version(tmp_path, 0, 10))
    new = stage_version(tmp_path, 1, 20_000)
    with process(publish_on_a_full_disk, warehouse, new, limit) as run:
        run.join(300)
    assert held_version(warehouse) in [(10, "0", "0", "0"), (20_000, "1", "1", "1")]
    publish(destination, new)
    assert held_version(warehouse) == (20_000, "1", "1", "1")
