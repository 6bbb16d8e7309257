"""A real daemon with its code server: what changed long ago at the source is read again, that alone, and metrics follow."""

from __future__ import annotations

import sqlite3
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.utils import make_new_backfill_id
from dagster._daemon.sensor import _submit_backfill_request

from pipelines.defs.automation.backfill import backfill_request, earlier_backfills
from pipelines.defs.automation.in_flight import TARGET_TAG, launch_tags, reason_to_wait
from pipelines.pyairbyte.partitions import daily_partitions
from pipelines.simulator import mutations
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.instants import instant_text
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.dagster_daemon import Daemon, environment_of, running_daemon

TIME_ENTRIES = dg.AssetKey(["clockify", "time_entries"])
TIME_DAILY = dg.AssetKey(["time_tracking", "time_daily"])
STORY_FACTS = dg.AssetKey(["project_management", "story_facts"])
#: A look of ``metrics_follow`` that requests something needs one before it that agrees; what is requested within three
#: looks after everything ended would be work done twice.
LOOKS_TO_SETTLE = 3


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


@pytest.mark.slow
def test_schedule_and_sensors_launch_runs_that_bring_their_news(tmp_path: Path) -> None:
    """One after the other with one daemon, because its processes take longer to start than to find what is new."""
    with SimulatorServer(world_of_old_entries()) as server:
        environment = environment_of(
            tmp_path,
            server,
            PIPELINES_START_DATE=days_ago(50, 0)[:10],
            PIPELINES_SYNC_SCHEDULE="* * * * *",
        )
        deleted = server.world.clockify.time_entries[1]
        with running_daemon(tmp_path, environment) as daemon:
            the_schedule_reads_and_computes_everything_once(daemon)
            days_that_changed_long_ago_are_read_again_and_metrics_follow(daemon, server.world)
            a_new_story_is_read_and_metrics_follow(daemon, server.world)
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        hours = connection.execute(
            "SELECT entry_id, hours FROM time_tracking.time_entry_facts ORDER BY entry_id"
        ).fetchall()
        gone = connection.execute("SELECT id FROM clockify.time_entries_deleted").fetchall()
        stories = connection.execute("SELECT name FROM pivotal_tracker.stories").fetchall()
    assert hours == [(worlds.hex_id(1), 3.0), (worlds.hex_id(3), 1.0)]
    assert gone == [(deleted["id"],)]
    assert stories == [("late news",)]


def the_schedule_reads_and_computes_everything_once(daemon: Daemon) -> None:
    daemon.switch("schedule", "start", "frequent_sync")
    daemon.wait_for_a_scheduled_run("frequent_sync")
    daemon.switch("schedule", "stop", "frequent_sync")
    settle(daemon)
    # The sync computed the tables itself: nothing is left to follow.
    assert daemon.succeeded(job_name="sync") == 1
    assert daemon.times_computed(STORY_FACTS) == 1
    assert daemon.times_computed(TIME_DAILY) == 1


def days_that_changed_long_ago_are_read_again_and_metrics_follow(
    daemon: Daemon, world: World
) -> None:
    edited, deleted = world.clockify.time_entries[:2]
    changed = {str(entry["timeInterval"]["start"])[:10]: 1 for entry in (edited, deleted)}
    since = time.time()
    three_hours_on = f"{edited['timeInterval']['start'][:10]}T11:00:00Z"
    mutations.update_entry(world, edited["id"], now(), end=three_hours_on)
    mutations.delete_entry(world, deleted["id"], now())
    daemon.switch("sensor", "start", "clockify_changes")
    daemon.wait_until(
        lambda: daemon.days_read(TIME_ENTRIES, since) == changed, "the days that changed"
    )
    daemon.wait_until(lambda: daemon.times_computed(TIME_DAILY, since) > 0, "the metrics to follow")
    settle(daemon)
    assert daemon.days_read(TIME_ENTRIES, since) == changed
    assert daemon.times_computed(TIME_DAILY, since) == 1
    assert daemon.times_computed(STORY_FACTS, since) == 0


def a_new_story_is_read_and_metrics_follow(daemon: Daemon, world: World) -> None:
    """Clockify's sensor goes on looking, and finds nothing."""
    since = time.time()
    mutations.create_story(world, worlds.PROJECT_ID, now(), name="late news")
    daemon.switch("sensor", "start", "tracker_changes")
    by_sensor = {"pipelines/launched_by": "tracker_changes"}
    daemon.wait_until(lambda: daemon.succeeded(tags=by_sensor) > 0, "the sensor's run")
    daemon.wait_until(
        lambda: daemon.times_computed(STORY_FACTS, since) > 0, "the metrics to follow"
    )
    settle(daemon)
    # What builds on Tracker followed once, and nothing else did.
    assert daemon.succeeded(tags=by_sensor) == 1
    assert daemon.times_computed(STORY_FACTS, since) == 1
    assert daemon.times_computed(TIME_DAILY, since) == 0
    assert daemon.days_read(TIME_ENTRIES, since) == {}


def settle(daemon: Daemon) -> None:
    """Until all runs ended, and whatever they gave reason for was launched and ended."""
    daemon.wait_until(daemon.is_idle, "all runs to end")
    daemon.wait_for_looks(LOOKS_TO_SETTLE)
    daemon.wait_until(daemon.is_idle, "all runs to end")


@pytest.mark.slow
def test_a_backfill_that_its_budget_puts_off_ends_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """Of three people two are read with three requests: the run succeeds, the backfill does not, and nothing hangs."""
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
        first_day = date.fromisoformat(days_ago(50, 0)[:10])
        environment = environment_of(
            tmp_path,
            server,
            PIPELINES_START_DATE=first_day.isoformat(),
            CLOCKIFY_REQUESTS_PER_HOUR="3",
            # No sensor is needed, but for the first look of one.
            PIPELINES_SENSOR_SECONDS="60",
        )
        tags = launch_tags("clockify_changes", days)
        partitions = daily_partitions(first_day)
        with running_daemon(tmp_path, environment) as daemon:
            instance = daemon.instance

            def backfilled() -> PartitionBackfill:
                """Launch one as the sensor does; it as it ended."""
                request = backfill_request(TIME_ENTRIES, partitions, days, tags)
                backfill_id: str = make_new_backfill_id()
                _submit_backfill_request(backfill_id, request, instance)
                daemon.wait_until(
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
                assert ledger.execute("SELECT count(*) FROM requests").fetchone() == (3,)
                ledger.execute("DELETE FROM requests")
            assert backfilled().status == BulkActionStatus.COMPLETED_SUCCESS
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        held = connection.execute("SELECT count(*) FROM clockify.time_entries").fetchone()
        days_held = connection.execute("SELECT count(*) FROM _pipelines.days_read").fetchone()
    assert (held, days_held) == ((3,), (2,))
