"""The whole project on every kind of warehouse: what it keeps and computes is what it keeps and computes in a file.

Three installations live through one history of one company: a first sync, edits and deletions, a backfill, more edits, an
incremental sync that is killed and run again with all metrics. Then every table is equal, value for value.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from benchmarks import clockify_entries, tracker_history
from pipelines.cli.move_warehouse import declared_types
from pipelines.metrics.catalog import COMPUTED, FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.move import move
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import SCHEMA, ensure_state_tables
from pipelines_tests.support.history import History
from pipelines_tests.support.processes import Installation, materialize, process
from pipelines_tests.support.project import Project, everything_recorded, running_project
from pipelines_tests.support.warehouses import (
    PASSWORD,
    Warehouses,
    contents,
    table_names,
    without_noise,
)

NOW = datetime(2026, 3, 18, 15, tzinfo=timezone.utc)
DAYS = ("2026-03-01", "2026-03-18")
BACKFILL = ("2026-03-03", "2026-03-09")
LOOK_BACK = ("2026-03-16", "2026-03-18")
STREAMS = [
    f"{source}/{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]
RAW = [stream.replace("/", ".") for stream in STREAMS]
#: Says when each was read.
BALANCES = "time_tracking.leave_balances"
#: The catalog says when each was computed, so it differs.
METRICS = [
    table.address for tables in COMPUTED.values() for table in tables if table.address != BALANCES
]
#: Each installation asked at its own moments.
MOMENTS = "_extracted_at, _first_seen_at"


@pytest.mark.slow
def test_every_table_is_equal_to_that_of_a_duckdb_file(
    warehouses: Warehouses, tmp_path: Path
) -> None:
    history = History(generate(now=NOW, size=TINY), seed=3)
    with running_project(tmp_path, history.world) as first:
        projects = {
            kind: installation(first, warehouses.address(kind, tmp_path), tmp_path / kind)
            for kind in ("duckdb", "ducklake", "postgres")
        }
        for project in projects.values():
            # The checks of all tables are part of the last run.
            assert project.materialize(*STREAMS, days=DAYS, checks=False).success
        edit(history, 12)
        for project in projects.values():
            backfill = project.materialize("clockify/time_entries", days=BACKFILL, checks=False)
            assert backfill.success
        edit(history, 12)
        for project in projects.values():
            kill_a_sync(project)
            done = project.materialize(days=LOOK_BACK)
            assert done.success
            assert PASSWORD not in everything_recorded(done, project.instance)

    of_file, *others = projects.values()
    expected = held(of_file)
    assert all(
        expected[table] for table in ("clockify.time_entries_deleted", "effort.story_effort")
    )
    for project in others:
        found = held(project)
        assert sorted(found) == sorted(expected)
        different = [table for table in expected if found[table] != expected[table]]
        assert different == []
        assert written(project) == written(of_file)
        leaks = [
            path
            for path in project.folder.rglob("*")
            if path.is_file() and PASSWORD.encode() in path.read_bytes()
        ]
        assert leaks == []


@pytest.mark.slow
def test_every_metric_of_many_rows_is_equal_to_that_of_a_duckdb_file(
    warehouses: Warehouses, tmp_path: Path
) -> None:
    """Generated raw tables, moved to the other kinds and computed there."""
    run = MetricRun(
        as_of=datetime(2026, 11, 21, 12, tzinfo=timezone.utc), settings=MetricSettings()
    )
    addresses = [warehouses.address(kind, tmp_path) for kind in ("duckdb", "ducklake", "postgres")]
    file = Warehouse(addresses[0])
    with file.connect() as connection:
        ensure_state_tables(connection)
        for source, connector in CONNECTORS.items():
            ensure_raw_tables(connection, source, connector.streams)
        tracker_history.generate(connection, 100)
        clockify_entries.generate(connection, 3_000, 100)
    for address in addresses[1:]:
        move(file, Warehouse(address), [*CONNECTORS, SCHEMA], declared_types())
    computed = []
    for address in addresses:
        with Warehouse(address).connect() as connection:
            for table in (table for tables in FAMILIES.values() for table in tables):
                write_metric(connection, table, run)
        computed.append(without_noise(contents(address, METRICS)))
    of_file, *others = computed
    assert sum(map(len, of_file.values())) > 10_000
    for found in others:
        assert [table for table in METRICS if found[table] != of_file[table]] == []


def installation(first: Project, address: str, home: Path) -> Project:
    """The project on another warehouse and in a home of its own, reading the same server."""
    home.mkdir()
    return Project(
        home,
        first.server,
        first.instance,
        PIPELINES_WAREHOUSE=address,
        PIPELINES_REPORT_DIR=str(home / "report"),
        PIPELINES_AS_OF="2026-03-18T18:00:00Z",
    )


def edit(history: History, steps: int) -> None:
    for _ in range(steps):
        history.step()


def kill_a_sync(project: Project) -> None:
    """Begin a sync and kill it when the first of what it read has been asked for and may be on its way."""
    before = project.server.requests.count("/time-entries")
    with process(materialize, Installation.of(project), STREAMS, LOOK_BACK) as run:
        while run.is_alive() and project.server.requests.count("/time-entries") == before:
            time.sleep(0.05)
        time.sleep(0.5)
        assert run.is_alive()


def held(project: Project) -> dict[str, list[object]]:
    """All raw tables and deleted histories but for our moments, and all metric tables as they are."""
    address = project.environment["PIPELINES_WAREHOUSE"]
    histories = [f"{table}_deleted" for table in RAW]
    assert set(table_names(address)) >= {*RAW, *histories, *METRICS}
    return {
        **contents(address, RAW, without=MOMENTS),
        **contents(address, histories, without=f"{MOMENTS}, _last_seen_at"),
        **without_noise(contents(address, METRICS)),
        **contents(address, [BALANCES], without="as_read_at"),
    }


def written(project: Project) -> tuple[list[str], list[str]]:
    """The names of the exports, and the ids of the documents."""
    folder = project.settings.report_dir
    assert (folder / "snapshot.duckdb").exists()
    assert (folder / "snapshot" / "manifest.json").exists()
    documents = (folder / "story_documents.jsonl").read_text().splitlines()
    exports = sorted(path.name for path in (folder / "tables").iterdir())
    return exports, sorted(json.loads(document)["id"] for document in documents)
