"""Two Celery workers, a broker and PostgreSQL, started as ``deploy/celery`` says; one worker is killed while it reads.

The warehouse and Dagster's history are databases of that server, which is all that the workers share.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from pipelines.definitions import build_defs
from pipelines.defs.jobs import SYNC, range_tags, sync_config
from pipelines.project.folder import PROJECT
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.process_group import await_that, process_group, tail
from pipelines_tests.support.project import Project
from pipelines_tests.support.servers import running_redis
from pipelines_tests.support.warehouses import Warehouses, contents

DEPLOY = PROJECT / "deploy" / "celery"
#: The modules behind the programs that the Procfile names.
MODULES = {"celery": "celery", "dagster-daemon": "dagster._daemon"}
TIME_ENTRIES = dg.AssetKey(["clockify", "time_entries"])
POOL = "clockify_api"
DAYS = 60
STREAMS = [f"{source}/{p.name}" for source, c in CONNECTORS.items() for p in c.streams]
TABLES = [stream.replace("/", ".") for stream in STREAMS]
#: When our reads were, and what they found beyond the declared fields.
OURS = "_extra, _extracted_at, _first_seen_at"
#: Two minutes in all where nothing else runs; many times that where much does.
LONGEST_WAIT = 600.0


def make_home(folder: Path) -> Path:
    """A machine's DAGSTER_HOME with the deployed configuration, but one run per worker and a monitor that hurries."""
    config = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    config["run_launcher"]["config"]["config_source"]["worker_concurrency"] = 1
    config["concurrency"]["runs"]["max_concurrent_runs"] = 2
    config["run_monitoring"]["poll_interval_seconds"] = 2
    config["run_monitoring"]["free_slots_after_run_end_seconds"] = 2
    folder.mkdir()
    (folder / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


@contextmanager
def machine(name: str, role: str, folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """A machine that runs the Procfile's ``role``: a process group with its own home; its id."""
    commands = dict(line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines())
    program, *arguments = commands[role].split()
    if role == "worker":
        arguments += ["--hostname", f"{name}@%h"]
    home = make_home(folder / name)
    with process_group(
        [MODULES[program], *arguments],
        {**environment, "DAGSTER_HOME": str(home)},
        folder / f"{name}.log",
    ) as process:
        yield process.pid


def launch_backfill(project: Project, first: str, last: str) -> str:
    """A backfill of the days of time entries, as the UI makes one; its id."""
    start = datetime.fromisoformat(first)
    count = (datetime.fromisoformat(last) - start).days + 1
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id="sixtydays",
        asset_graph=build_defs(project.settings).resolve_asset_graph(),
        partition_names=[(start + timedelta(days=n)).date().isoformat() for n in range(count)],
        asset_selection=[TIME_ENTRIES],
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=project.instance,
        all_partitions=False,
        title=None,
        description=None,
        run_config=None,
    )
    project.instance.add_backfill(backfill)
    return backfill.backfill_id


def launch_full_sync(project: Project, environment: Mapping[str, str], days: Any) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "dagster", "job", "launch", "--workspace", "workspace.yaml"),
            *("--job", SYNC, "--tags", json.dumps(range_tags(*days))),
            *("--config-json", json.dumps(sync_config(project.settings, full_refresh=True))),
        ],
        cwd=PROJECT,
        env=dict(environment),
        check=True,
        timeout=LONGEST_WAIT,
    )


def reader(instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The run that has the slot of the pool."""
    pool = instance.event_log_storage.get_concurrency_info(POOL)
    runs = [instance.get_run_by_id(slot.run_id) for slot in pool.claimed_slots]
    return runs[0] if runs else None


def machine_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    """The process group of the worker that has the run."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        metadata = entry.get_dagster_event().engine_event_data.metadata
        if "pid" in metadata:
            return os.getpgid(int(str(metadata["pid"].value)))
    raise AssertionError("the run has no process")


@contextmanager
def machines(folder: Path, environment: Mapping[str, str]) -> Iterator[list[int]]:
    """A daemon and two workers, each on a machine of its own; the process groups of the workers."""
    with (
        machine("worker1", "worker", folder, environment) as first,
        machine("worker2", "worker", folder, environment) as second,
        machine("daemon", "daemon", folder, environment),
    ):
        yield [first, second]


def runs_of(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, **filters: Any) -> list[str]:
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[status], **filters))]


@pytest.mark.slow
def test_a_backfill_and_a_full_sync_survive_the_death_of_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouses: Warehouses
) -> None:
    """The worker that holds the API's slot is killed with its machine; the other one takes over all that was left."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    days = ((now - timedelta(days=DAYS - 1)).date().isoformat(), now.date().isoformat())
    with ExitStack() as stack:
        server = stack.enter_context(SimulatorServer(generate(now=now, size=TINY)))
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", warehouses.database())
        monkeypatch.setenv("CELERY_BROKER_URL", stack.enter_context(running_redis()))
        home = make_home(tmp_path / "here")
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(home)))
        project = Project(
            tmp_path,
            server,
            instance,
            PIPELINES_START_DATE=days[0],
            PIPELINES_WAREHOUSE=warehouses.address("postgres", tmp_path),
            PIPELINES_REPORT_DIR=str(tmp_path / "report"),
            DAGSTER_HOME=str(home),
        )
        environment = {**os.environ, **project.environment}

        def daemon_says() -> str:
            return tail(tmp_path / "daemon.log")

        slow = server.add_fault("/time-entries", "slow", delay_ms=600_000, times=1)
        with machines(tmp_path, environment) as workers:
            backfill = launch_backfill(project, *days)
            launch_full_sync(project, environment, days)
            await_that(
                lambda: (
                    slow.times == 0 and len(runs_of(instance, dg.DagsterRunStatus.STARTED)) == 2
                ),
                "both runs, one of them reading time entries",
                LONGEST_WAIT,
                daemon_says,
            )
            killed = reader(instance)
            assert killed is not None
            group = machine_of(instance, killed)
            assert group in workers
            os.killpg(group, signal.SIGKILL)

            def both_succeeded() -> bool:
                failed = set(runs_of(instance, dg.DagsterRunStatus.FAILURE)) - {killed.run_id}
                assert not failed, [
                    str(entry) for run in failed for entry in instance.all_logs(run)
                ]
                found = instance.get_backfill(backfill)
                return (
                    found is not None
                    and found.status == BulkActionStatus.COMPLETED_SUCCESS
                    and bool(runs_of(instance, dg.DagsterRunStatus.SUCCESS, job_name=SYNC))
                )

            await_that(
                both_succeeded,
                "the backfill and the sync to be completed",
                LONGEST_WAIT,
                daemon_says,
            )
            assert killed.run_id in runs_of(instance, dg.DagsterRunStatus.FAILURE)
            for source in CONNECTORS:
                pool = instance.event_log_storage.get_concurrency_info(f"{source}_api")
                assert (pool.slot_count, pool.active_slot_count) == (1, 0)

        fresh = Project(
            tmp_path / "fresh",
            server,
            stack.enter_context(dg.DagsterInstance.ephemeral()),
            PIPELINES_START_DATE=days[0],
        )
        assert fresh.materialize(*STREAMS, days=days, checks=False).success
        address = project.environment["PIPELINES_WAREHOUSE"]
        expected = contents(fresh.environment["PIPELINES_WAREHOUSE"], TABLES, without=OURS)
        found = contents(address, TABLES, without=OURS)
        assert [table for table in TABLES if found[table] != expected[table]] == []
        assert project.query("SELECT count(*) FROM effort.reconciliation WHERE NOT ok") == [(0,)]
