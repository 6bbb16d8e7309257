"""``kill -9`` at any moment: the warehouse opens with the old or the new state, and the next run completes it.

Here: many moments of publishing, and some of a whole sync. A kill while reading, as a process of the command line, is
in ``test_commands``.
"""

from __future__ import annotations

import os
import random
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines_tests.support.processes import process, signal
from pipelines_tests.support.project import Project
from pipelines_tests.support.versions import held_version, stage_version

ROWS = 20_000


def publish_versions(warehouse: Warehouse, folder: Path, first: int, started: object) -> None:
    """Publish one version after another, each different in every row."""
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    versions = [stage_version(folder, first + number, ROWS) for number in range(2)]
    started.set()  # type: ignore[attr-defined]
    for version in versions:
        destination.publish(version)


@pytest.mark.slow
def test_killed_while_publishing_data_and_state_are_of_one_version(tmp_path: Path) -> None:
    """Twenty kills, spread over the time that two publications take; none is mended before the next."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=10)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    destination.prepare()
    destination.publish(stage_version(tmp_path, 0, ROWS))
    started_at = time.monotonic()
    destination.publish(stage_version(tmp_path, 1, ROWS))
    span = 2 * (time.monotonic() - started_at)
    moments, held = random.Random(7), 1
    for number in range(20):
        started = signal()
        first = 2 + 2 * number
        with process(publish_versions, warehouse, tmp_path, first, started) as publishing:
            assert started.wait(60)
            time.sleep(moments.uniform(0, span))
            publishing.kill()
            publishing.join()
        rows, *versions = held_version(warehouse)
        assert rows == ROWS
        assert len(set(versions)) == 1, versions
        assert int(versions[0]) in (held, first, first + 1)
        held = int(versions[0])
    last = stage_version(tmp_path, 1000, ROWS)
    assert destination.publish(last).changed == ROWS
    assert held_version(warehouse) == (ROWS, "1000", "1000", "1000")


STREAMS = [
    f"{source}.{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]


def sync(environment: dict[str, str], finished: object) -> None:
    """What ``make sync`` does."""
    os.environ.update(environment)
    from pipelines.cli.instance import prepare_home
    from pipelines.cli.run_sync import run_sync
    from pipelines.settings import load_settings

    settings = load_settings()
    prepare_home(settings)
    if run_sync(settings, everything=False):
        finished.set()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_sync_killed_again_and_again_is_completed_by_the_next(tmp_path: Path) -> None:
    """Killed a little later each time; in the end it equals a fresh sync, and nothing is left behind."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    with (
        SimulatorServer(generate(now=now, size=TINY)) as server,
        dg.DagsterInstance.ephemeral() as instance,
    ):

        def environment(name: str) -> dict[str, str]:
            project = Project(tmp_path / name, server, instance)
            start = (now - timedelta(days=2)).date().isoformat()
            return {**project.environment, "PIPELINES_START_DATE": start}

        fresh, killed = signal(), signal()
        started_at = time.monotonic()
        with process(sync, environment("fresh"), fresh) as run:
            run.join(200)
        span = time.monotonic() - started_at
        assert fresh.is_set()
        for share in (0.2, 0.4, 0.6, 0.8):
            with process(sync, environment("killed"), killed) as run:
                run.join(share * span)
        with process(sync, environment("killed"), killed) as run:
            run.join(200)
        assert killed.is_set()
    for table in STREAMS:
        assert contents(tmp_path / "killed", table) == contents(tmp_path / "fresh", table), table
    assert [path for path in (tmp_path / "killed" / "staging").glob("*-*") if path.is_dir()] == []
    assert not list((tmp_path / "killed").glob("*.wal"))
    config = (tmp_path / "killed" / "dagster.yaml").read_text(encoding="utf-8")
    assert "default_limit: 1" in config
    with dg.DagsterInstance.from_config(str(tmp_path / "killed")) as instance:
        for source in (CLOCKIFY, PIVOTAL_TRACKER):
            pool = instance.event_log_storage.get_concurrency_info(f"{source}_api")
            assert pool.active_slot_count == 0
        unfinished = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
        assert instance.get_runs(dg.RunsFilter(statuses=unfinished)) == []


def contents(folder: Path, table: str) -> list[tuple[object, ...]]:
    """All rows without our own columns."""
    with Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=10).connect(
        read_only=True
    ) as connection:
        return connection.execute(
            f"SELECT * EXCLUDE (_extra, _extracted_at, _first_seen_at) FROM {table} ORDER BY ALL"
        ).fetchall()
