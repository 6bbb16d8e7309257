"""A real daemon with its code server: what changed long ago at the source is read again, that alone, and metrics follow."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.utils import make_new_backfill_id
from dagster._daemon.sensor import _submit_backfill_request

from pipelines.defs.automation.backfill import backfill_request, earlier_backfills
from pipelines.defs.automation.in_flight import TARGET_TAG, launch_tags, reason_to_wait
from pipelines.partitions import daily_partitions
from pipelines.settings import PROJECT
from pipelines.simulator import mutations
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.instants import instant_text
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds

LONGEST_WAIT = 240.0
TIME_ENTRIES = dg.AssetKey(["clockify", "time_entries"])
TIME_DAILY = dg.AssetKey(["time_tracking", "time_daily"])
STORY_FACTS = dg.AssetKey(["project_management", "story_facts"])
UTILIZATION = dg.AssetKey(["time_tracking", "utilization_weekly"])


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def days_ago(days: int, hour: int) -> str:
    """An hour of the UTC day so many days ago."""
    day = now().replace(hour=hour, minute=0, second=0) - timedelta(days=days)
    return instant_text(day)


def world_of_old_entries() -> World:
    """Three entries of one hour: 43, 40 and 36 days ago."""
    entries = [
        worlds.time_entry(number, days_ago(days, 8), days_ago(days, 9))
        for number, days in ((1, 43), (2, 40), (3, 36))
    ]
    return worlds.world(now=now(), clockify=worlds.clockify_data(time_entries=entries))


def environment_of(folder: Path, server: SimulatorServer) -> dict[str, str]:
    shutil.copyfile(PROJECT / "dagster.yaml", folder / "dagster.yaml")
    return {
        **os.environ,
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": server.url,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_WORKSPACE_ID": server.world.clockify.workspace["id"],
        "CLOCKIFY_API_URL": server.url,
        "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "PIPELINES_START_DATE": days_ago(50, 0)[:10],
        "PIPELINES_SENSOR_SECONDS": "5",
        "DAGSTER_HOME": str(folder),
    }


def run(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environment,
        cwd=PROJECT,
        check=True,
        timeout=LONGEST_WAIT,
    )


def switch(environment: dict[str, str], kind: str, to: str, name: str) -> None:
    """Start or stop a schedule or sensor, as a person would."""
    run(environment, "dagster", kind, to, name, "-w", "workspace.yaml")


@contextmanager
def daemon(environment: dict[str, str], log: Path) -> Iterator[None]:
    """A daemon with everything it starts, in a process group of its own that ends with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-w", "workspace.yaml"],
            env=environment,
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < deadline, f"waited {LONGEST_WAIT:.0f} s for {what}"
        time.sleep(1)


def days_read(instance: dg.DagsterInstance, since: float) -> Counter[str]:
    """How often each day of time entries was materialized after ``since``."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(TIME_ENTRIES, after_timestamp=since), limit=1000
    ).records
    return Counter(str(record.partition_key) for record in records)


def times_computed(instance: dg.DagsterInstance, key: dg.AssetKey, since: float) -> int:
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(key, after_timestamp=since), limit=100
    )
    return len(found.records)


def succeeded(instance: dg.DagsterInstance, **filters: Any) -> int:
    """How many runs that match ``filters`` succeeded."""
    runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS], **filters))
    return len(runs)


def cursor_of_metrics(instance: dg.DagsterInstance) -> str | None:
    """What ``metrics_follow`` remembers; it changes with each of its looks."""
    for state in instance.all_instigator_state():
        if state.instigator_name == "metrics_follow":
            return state.instigator_data.cursor  # type: ignore[union-attr]
    return None


def has_looked(instance: dg.DagsterInstance) -> bool:
    return bool(cursor_of_metrics(instance))


def wait_for_a_look(instance: dg.DagsterInstance) -> None:
    """Until ``metrics_follow`` has looked once more."""
    before = cursor_of_metrics(instance)
    wait_until(lambda: cursor_of_metrics(instance) != before, "a look of metrics_follow")


def is_idle(instance: dg.DagsterInstance) -> bool:
    finished = {run.is_finished for run in instance.get_runs(limit=20)}
    return finished == {True}


@pytest.mark.slow
def test_a_change_of_long_ago_is_read_again_and_the_metrics_follow(tmp_path: Path) -> None:
    with SimulatorServer(world_of_old_entries()) as server:
        environment = environment_of(tmp_path, server)
        run(environment, "pipelines.cli", "sync")
        edited, deleted = (entry["id"] for entry in server.world.clockify.time_entries[:2])
        with (
            dg.DagsterInstance.from_config(str(tmp_path)) as instance,
            daemon(environment, tmp_path / "daemon.log"),
        ):
            # The automation sensor counts from its first look on, so let it have one before anything changes.
            wait_until(lambda: has_looked(instance), "the first look of metrics_follow")
            since = time.time()
            mutations.update_entry(server.world, edited, now(), end=days_ago(43, 11))
            mutations.delete_entry(server.world, deleted, now())
            run(
                environment,
                "dagster",
                "sensor",
                "start",
                "clockify_changes",
                "-w",
                "workspace.yaml",
            )
            changed = {days_ago(43, 0)[:10]: 1, days_ago(40, 0)[:10]: 1}
            wait_until(lambda: days_read(instance, since) == changed, "the days that changed")
            wait_until(
                lambda: times_computed(instance, UTILIZATION, since) > 0, "the metrics to follow"
            )
            # What follows twice would do so within two looks of the automation sensor.
            time.sleep(70)
            wait_until(lambda: is_idle(instance), "all runs to end")
            assert days_read(instance, since) == changed
            assert times_computed(instance, TIME_DAILY, since) == 1
            assert times_computed(instance, UTILIZATION, since) == 1
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        hours = connection.execute(
            "SELECT entry_id, hours FROM time_tracking.time_entry_facts ORDER BY entry_id"
        ).fetchall()
        gone = connection.execute("SELECT id FROM clockify.time_entries_deleted").fetchall()
    assert hours == [(worlds.hex_id(1), 3.0), (worlds.hex_id(3), 1.0)]
    assert gone == [(deleted,)]


@pytest.mark.slow
def test_schedule_and_tracker_sensor_launch_runs_that_bring_their_news(tmp_path: Path) -> None:
    with SimulatorServer(world_of_old_entries()) as server:
        environment = {
            **environment_of(tmp_path, server),
            "PIPELINES_SYNC_SCHEDULE": "* * * * *",
        }
        with (
            dg.DagsterInstance.from_config(str(tmp_path)) as instance,
            daemon(environment, tmp_path / "daemon.log"),
        ):
            since = time.time()
            switch(environment, "schedule", "start", "frequent_sync")
            wait_until(lambda: bool(instance.get_runs()), "a scheduled sync")
            switch(environment, "schedule", "stop", "frequent_sync")
            wait_until(lambda: is_idle(instance), "all runs to end")
            assert succeeded(instance, job_name="sync") == 1
            # After a first sync Dagster may compute tables once more than needed; what follows counts from then.
            for _ in range(2):
                wait_for_a_look(instance)
            wait_until(lambda: is_idle(instance), "all runs to end")
            story_facts = times_computed(instance, STORY_FACTS, since)
            mutations.create_story(server.world, worlds.PROJECT_ID, now(), name="late news")
            switch(environment, "sensor", "start", "tracker_changes")
            by_sensor = {"pipelines/launched_by": "tracker_changes"}
            wait_until(lambda: succeeded(instance, tags=by_sensor) > 0, "the sensor's run")
            wait_until(lambda: is_idle(instance), "all runs to end")
            # What builds on Tracker follows.
            wait_until(
                lambda: times_computed(instance, STORY_FACTS, since) > story_facts,
                "the metrics to follow",
            )
            wait_until(lambda: is_idle(instance), "all runs to end")
            assert succeeded(instance, tags=by_sensor) == 1
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        stories = connection.execute("SELECT name FROM pivotal_tracker.stories").fetchall()
    assert stories == [("late news",)]


@pytest.mark.slow
def test_a_backfill_that_its_budget_puts_off_ends_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """Of three people two are read with four requests: the run succeeds, the backfill does not, and nothing hangs."""
    people = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(3)]
    days = [date.fromisoformat(days_ago(ago, 0)[:10]) for ago in (4, 3)]
    entries = [
        worlds.time_entry(n, days_ago(4, 8), days_ago(4, 9), userId=person["id"])
        for n, person in enumerate(people)
    ]
    company = worlds.world(
        now=now(), clockify=worlds.clockify_data(users=people, time_entries=entries)
    )
    with SimulatorServer(company) as server:
        environment = {**environment_of(tmp_path, server), "CLOCKIFY_REQUESTS_PER_HOUR": "4"}
        tags = launch_tags("clockify_changes", days)
        partitions = daily_partitions(date.fromisoformat(environment["PIPELINES_START_DATE"]))
        with (
            dg.DagsterInstance.from_config(str(tmp_path)) as instance,
            daemon(environment, tmp_path / "daemon.log"),
        ):

            def backfilled() -> PartitionBackfill:
                """Launch one as the sensor does; it as it ended."""
                request = backfill_request(TIME_ENTRIES, partitions, days, tags)
                backfill_id: str = make_new_backfill_id()
                _submit_backfill_request(backfill_id, request, instance)
                wait_until(
                    lambda: earlier_backfills(instance, "clockify_changes")[0].ended_at is not None,
                    "the backfill to end",
                )
                backfill = instance.get_backfill(backfill_id)
                assert backfill is not None
                return backfill

            assert backfilled().status == BulkActionStatus.COMPLETED_FAILED
            assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
            attempts = earlier_backfills(instance, "clockify_changes")
            wait = reason_to_wait(attempts, tags[TARGET_TAG], now())
            assert wait is not None
            assert "did not settle this" in wait
            with sqlite3.connect(tmp_path / "requests.sqlite") as ledger:
                assert ledger.execute("SELECT count(*) FROM requests").fetchone() == (4,)
                ledger.execute("DELETE FROM requests")
            assert backfilled().status == BulkActionStatus.COMPLETED_SUCCESS
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        held = connection.execute("SELECT count(*) FROM clockify.time_entries").fetchone()
        days_held = connection.execute("SELECT count(*) FROM _pipelines.days_read").fetchone()
    assert (held, days_held) == ((3,), (2,))
