"""The Tracker sensor: a run when a project's version moved, none while one is in flight, pauses after failures."""

from __future__ import annotations

from datetime import date, datetime

import dagster as dg
import pytest

from pipelines.defs.automation.tracker_sensor import tracker_sensor
from pipelines.defs.resources import Sources
from pipelines.simulator import mutations
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.defs.automation.conftest import Desk
from pipelines_tests.support import worlds

STREAMS = [props.name for props in CONNECTORS[PIVOTAL_TRACKER].streams]


class Watch:
    """The sensor at a desk whose warehouse has what the server tells."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sensor = tracker_sensor(desk.sources, desk.clock)
        self.read()

    def read(self) -> None:
        """Play a sync of all streams: the versions are applied, today's activity is read."""
        versions = {
            str(project["id"]): f"{project['version']}|11"
            for project in self.desk.server.world.tracker.projects
        }
        with Warehouse(str(self.desk.warehouse_path)).connect() as connection:
            ensure_state_tables(connection)
            for table in ("streams", "parent_versions", "days_read"):
                connection.execute(f"DELETE FROM _pipelines.{table}")
            connection.execute(
                "INSERT INTO _pipelines.streams VALUES ('pivotal_tracker', 'projects', NULL, NULL)"
            )
            connection.execute(
                "INSERT INTO _pipelines.days_read VALUES ('pivotal_tracker', 'activity', ?, ?)",
                [date(2026, 3, 18), self.desk.now],
            )
            connection.executemany(
                "INSERT INTO _pipelines.parent_versions VALUES ('pivotal_tracker', ?, ?, ?, NULL)",
                [
                    (stream, project, version)
                    for stream in STREAMS
                    for project, version in versions.items()
                ],
            )

    def skips(self) -> str:
        result = self.desk.tick(self.sensor)
        assert not result.run_requests
        return result.skip_message or ""

    def launches(self) -> dg.RunRequest:
        result = self.desk.tick(self.sensor)
        assert result.run_requests, result.skip_message
        (request,) = result.run_requests
        return request

    def run_of(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        """A run as the daemon makes it from ``request``."""
        run = dg.DagsterRun(
            job_name="__ASSET_JOB",
            status=status,
            tags=dict(request.tags),
            asset_selection=frozenset(request.asset_selection or ()),
        )
        return self.desk.instance.add_run(run)

    def change(self) -> None:
        mutations.create_story(
            self.desk.server.world, worlds.PROJECT_ID, self.desk.now, name="new", story_type="bug"
        )


@pytest.fixture
def watch(desk: Desk) -> Watch:
    return Watch(desk)


def test_nothing_changed(watch: Watch) -> None:
    assert "None of 1 projects changed" in watch.skips()
    assert watch.desk.server.requests.total == 1


def test_a_moved_version_launches_a_run_of_all_streams_since_the_last_day_that_was_read(
    watch: Watch,
) -> None:
    watch.change()
    request = watch.launches()
    keys = request.asset_selection or ()
    assert sorted(key.path[1] for key in keys) == sorted(STREAMS)
    assert request.tags["dagster/asset_partition_range_start"] == "2026-03-18"
    assert request.tags["dagster/asset_partition_range_end"] == "2026-03-20"
    watch.read()
    assert "None of" in watch.skips()


def test_a_new_project_is_a_change(watch: Watch) -> None:
    watch.desk.server.world.tracker.projects.append(worlds.project(102))
    mutations.advance_clock(watch.desk.server.world, watch.desk.now)
    watch.launches()


def test_a_run_in_flight_is_waited_for(watch: Watch) -> None:
    watch.change()
    run = watch.run_of(watch.launches(), dg.DagsterRunStatus.STARTED)
    assert run.run_id[:8] in watch.skips()


def test_a_failed_run_is_tried_again_after_a_pause(watch: Watch) -> None:
    watch.change()
    # Dagster stamps the end of a run with the real time, so the clock here is the real one from now on.
    watch.run_of(watch.launches(), dg.DagsterRunStatus.FAILURE)
    watch.desk.now = datetime.now(watch.desk.now.tzinfo)
    assert "next try" in watch.skips()
    watch.desk.wait(minutes=1)
    watch.launches()


def test_a_look_alike_without_versions_is_left_to_the_schedules(watch: Watch) -> None:
    watch.desk.server.change_behaviour(look_alike=True)
    assert "no version" in watch.skips()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", "status": 500}, "PIVOTAL_TRACKER_API_URL"),
        ({"kind": "reset"}, "PIVOTAL_TRACKER_API_URL"),
        ({"kind": "html", "status": 200}, "PIVOTAL_TRACKER_API_URL"),
        ({"kind": "status", "status": 403}, "PIVOTAL_TRACKER_API_URL"),
    ],
)
def test_a_source_without_an_answer_is_a_reason_to_skip(
    watch: Watch, fault: dict[str, object], expected: str
) -> None:
    watch.desk.server.add_fault("/projects", **fault)  # type: ignore[arg-type]
    assert expected in watch.skips()


def test_before_the_first_sync_nothing_is_asked(desk: Desk) -> None:
    sensor = tracker_sensor(desk.sources, desk.clock)
    assert "sync" in (desk.tick(sensor).skip_message or "")
    assert desk.server.requests.total == 0


def test_an_archive_is_not_asked(desk: Desk) -> None:
    settings = desk.settings.model_copy(
        update={"tracker_archive": desk.warehouse_path.parent / "archive"}
    )
    result = desk.tick(tracker_sensor(Sources(settings, Warehouse(settings.warehouse)), desk.clock))
    assert result.skip_message == ("An archive does not change by itself: run a sync when it did.")
