"""``kill -9`` at any moment: the warehouse opens with the old or the new state, and the next run completes it.

Here: many moments of publishing, and some of a whole sync. A kill while reading, as a process of the command line, is
in ``test_commands``.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines_tests.support.processes import process, signal
from pipelines_tests.support.project import Project
from pipelines_tests.support.staging import prepare, publish
from pipelines_tests.support.versions import held_version, stage_version

ROWS = 20_000


def publish_versions(warehouse: Warehouse, folder: Path, first: int, started: object) -> None:
    """Publish one version after another, each different in every row."""
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    versions = [stage_version(folder, first + number, ROWS) for number in range(2)]
    started.set()  # type: ignore[attr-defined]
    for version in versions:
        publish(destination, version)


@pytest.mark.slow
def test_killed_while_publishing_data_and_state_are_of_one_version(tmp_path: Path) -> None:
    """Twenty kills, spread over the time that two publications take; none is mended before the next."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=120)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    prepare(destination)
    publish(destination, stage_version(tmp_path, 0, ROWS))
    started_at = time.monotonic()
    publish(destination, stage_version(tmp_path, 1, ROWS))
    span = 2 * (time.monotonic() - started_at)
    moments, held = random.Random(7), 1
    for number in range(20):
        started = signal()
        first = 2 + 2 * number
        with process(publish_versions, warehouse, tmp_path, first, started) as publishing:
            assert started.wait(300)
            time.sleep(moments.uniform(0, span))
            publishing.kill()
            publishing.join()
        rows, *versions = held_version(warehouse)
        assert rows == ROWS
        assert len(set(versions)) == 1, versions
        assert int(versions[0]) in (held, first, first + 1)
        held = int(versions[0])
    last = stage_version(tmp_path, 1000, ROWS)
    assert publish(destination, last).changed == ROWS
    assert held_version(warehouse) == (ROWS, "1000", "1000", "1000")


STREAMS = [
    f"{source}/{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]


def sync(environment: dict[str, str], finished: object) -> None:
    """What ``make sync`` does."""
    os.environ.update(environment)
    # Assembled from the environment when it was imported.
    sys.modules.pop("pipelines.definitions", None)
    from pipelines.cli.instance import prepare_home
    from pipelines.cli.run_sync import run_sync
    from pipelines.defs.settings import load_settings

    settings = load_settings()
    prepare_home(settings)
    if run_sync(settings, everything=False):
        finished.set()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_sync_killed_twice_is_completed_by_the_next(tmp_path: Path) -> None:
    """Killed soon after its first entries and, run again, soon after its first stories: nothing is left behind."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    first_day = (now - timedelta(days=2)).date().isoformat()
    with (
        SimulatorServer(generate(now=now, size=TINY)) as server,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        environment = {
            **Project(tmp_path, server, instance).environment,
            "PIPELINES_START_DATE": first_day,
        }
        finished = signal()
        for path in ("/time-entries", "/stories"):
            with process(sync, environment, finished) as run:
                while run.is_alive() and server.requests.count(path) == 0:
                    time.sleep(0.05)
                time.sleep(0.5)
        assert not finished.is_set()
        with process(sync, environment, finished) as run:
            run.join(300)
        assert finished.is_set()

        fresh = Project(tmp_path / "fresh", server, instance, PIPELINES_START_DATE=first_day)
        days = (first_day, now.date().isoformat())
        assert fresh.materialize(*STREAMS, days=days, checks=False).success
    for stream in STREAMS:
        assert contents(tmp_path, stream) == contents(fresh.folder, stream), stream
    assert list((tmp_path / "staging").glob("*-*")) == []
    assert list(tmp_path.glob("*.wal")) == []
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        for source in CONNECTORS:
            pool = instance.event_log_storage.get_concurrency_info(f"{source}_api")
            assert (pool.slot_count, pool.active_slot_count) == (1, 0)
        unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
        assert instance.get_runs(dg.RunsFilter(statuses=unfinished)) == []


def contents(folder: Path, stream: str) -> list[tuple[object, ...]]:
    """All rows without our own columns."""
    with Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=120).connect(
        read_only=True
    ) as connection:
        return connection.execute(
            "SELECT * EXCLUDE (_extra, _extracted_at, _first_seen_at) "
            f"FROM {stream.replace('/', '.')} ORDER BY ALL"
        ).fetchall()
