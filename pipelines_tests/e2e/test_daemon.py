"""A real daemon with its code server: what changed long ago at the source is read again, that alone, and metrics follow."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from pipelines.simulator import mutations
from pipelines.simulator.instants import instant_text
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.dagster_daemon import command, environment_of, running_daemon

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
def test_a_change_of_long_ago_is_read_again_and_the_metrics_follow(tmp_path: Path) -> None:
    with SimulatorServer(world_of_old_entries()) as server:
        environment = environment_of(tmp_path, server, PIPELINES_START_DATE=days_ago(50, 0)[:10])
        command(environment, "pipelines.cli", "sync")
        edited, deleted = server.world.clockify.time_entries[:2]
        changed = {str(entry["timeInterval"]["start"])[:10]: 1 for entry in (edited, deleted)}
        with running_daemon(tmp_path, environment) as daemon:
            since = time.time()
            three_hours_on = f"{edited['timeInterval']['start'][:10]}T11:00:00Z"
            mutations.update_entry(server.world, edited["id"], now(), end=three_hours_on)
            mutations.delete_entry(server.world, deleted["id"], now())
            daemon.switch("sensor", "start", "clockify_changes")
            daemon.wait_until(
                lambda: daemon.days_read(TIME_ENTRIES, since) == changed, "the days that changed"
            )
            daemon.wait_until(
                lambda: daemon.times_computed(TIME_DAILY, since) > 0, "the metrics to follow"
            )
            daemon.wait_for_looks(LOOKS_TO_SETTLE)
            daemon.wait_until(daemon.is_idle, "all runs to end")
            assert daemon.days_read(TIME_ENTRIES, since) == changed
            assert daemon.times_computed(TIME_DAILY, since) == 1
            assert daemon.times_computed(STORY_FACTS, since) == 0
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        hours = connection.execute(
            "SELECT entry_id, hours FROM time_tracking.time_entry_facts ORDER BY entry_id"
        ).fetchall()
        gone = connection.execute("SELECT id FROM clockify.time_entries_deleted").fetchall()
    assert hours == [(worlds.hex_id(1), 3.0), (worlds.hex_id(3), 1.0)]
    assert gone == [(deleted["id"],)]


@pytest.mark.slow
def test_schedule_and_tracker_sensor_launch_runs_that_bring_their_news(tmp_path: Path) -> None:
    with SimulatorServer(world_of_old_entries()) as server:
        environment = environment_of(
            tmp_path,
            server,
            PIPELINES_START_DATE=days_ago(50, 0)[:10],
            PIPELINES_SYNC_SCHEDULE="* * * * *",
        )
        with running_daemon(tmp_path, environment) as daemon:
            daemon.switch("schedule", "start", "frequent_sync")
            daemon.wait_for_a_scheduled_run("frequent_sync")
            daemon.switch("schedule", "stop", "frequent_sync")
            daemon.wait_until(daemon.is_idle, "all runs to end")
            daemon.wait_for_looks(LOOKS_TO_SETTLE)
            daemon.wait_until(daemon.is_idle, "all runs to end")
            # The sync computed the tables itself: nothing is left to follow.
            assert daemon.succeeded(job_name="sync") == 1
            assert daemon.times_computed(STORY_FACTS) == 1
            assert daemon.times_computed(TIME_DAILY) == 1

            mutations.create_story(server.world, worlds.PROJECT_ID, now(), name="late news")
            daemon.switch("sensor", "start", "tracker_changes")
            by_sensor = {"pipelines/launched_by": "tracker_changes"}
            daemon.wait_until(lambda: daemon.succeeded(tags=by_sensor) > 0, "the sensor's run")
            daemon.wait_until(
                lambda: daemon.times_computed(STORY_FACTS) > 1, "the metrics to follow"
            )
            daemon.wait_for_looks(LOOKS_TO_SETTLE)
            daemon.wait_until(daemon.is_idle, "all runs to end")
            # What builds on Tracker followed once, and nothing else did.
            assert daemon.succeeded(tags=by_sensor) == 1
            assert daemon.times_computed(STORY_FACTS) == 2
            assert daemon.times_computed(TIME_DAILY) == 1
    with Warehouse(environment["PIPELINES_WAREHOUSE"]).connect(read_only=True) as connection:
        stories = connection.execute("SELECT name FROM pivotal_tracker.stories").fetchall()
    assert stories == [("late news",)]
