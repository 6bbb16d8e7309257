"""The sensor for people's time: exactly the streams of the kinds that changed, once, and rest where there is no feed."""

from __future__ import annotations

from datetime import datetime

import dagster as dg
import pytest

from pipelines.defs.automation.people_sensor import STREAMS, people_sensor
from pipelines.simulator.mutations import add, remove, update
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.defs.automation.conftest import Desk
from pipelines_tests.support import worlds


class Watch:
    """The sensor at a desk whose warehouse has read the streams."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sensor = people_sensor(desk.sources, desk.clock)
        self.read(*(stream for streams in STREAMS.values() for stream in streams))
        self.desk.wait(minutes=30)

    def read(self, *streams: str, at: datetime | None = None) -> None:
        """Play a read of ``streams`` now."""
        with Warehouse(str(self.desk.warehouse_path)).connect() as connection:
            ensure_state_tables(connection)
            ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
            for stream in streams:
                connection.execute("DELETE FROM _pipelines.streams WHERE stream = ?", [stream])
                connection.execute(
                    "INSERT INTO _pipelines.streams VALUES ('clockify', ?, NULL, ?)",
                    [stream, at or self.desk.now],
                )

    def skips(self) -> str:
        result = self.desk.tick(self.sensor)
        assert not result.run_requests
        return result.skip_message or ""

    def launches(self) -> set[str]:
        """The streams that are launched."""
        result = self.desk.tick(self.sensor)
        assert result.run_requests, result.skip_message
        (request,) = result.run_requests
        self.run(request)
        return {key.path[-1] for key in request.asset_selection or ()}

    def run(self, request: dg.RunRequest) -> None:
        """A run as the daemon makes it from ``request``, which succeeds."""
        self.desk.instance.add_run(
            dg.DagsterRun(
                job_name="__ASSET_JOB",
                status=dg.DagsterRunStatus.SUCCESS,
                tags=dict(request.tags),
                asset_selection=frozenset(request.asset_selection or ()),
            )
        )


@pytest.fixture
def watch(desk: Desk) -> Watch:
    return Watch(desk)


DAY = "2026-04-06T00:00:00Z", "2026-04-06T23:59:59.999Z"
CHANGES = {
    "TIME_OFF_REQUEST": ("time_off_requests", worlds.time_off_request(1, *DAY)),
    "BALANCE": ("time_off_balances", worlds.time_off_balance(2, worlds.hex_id(9))),
    "SCHEDULED_ASSIGNMENT": (
        "scheduling_assignments",
        worlds.scheduling_assignment(3, "2026-04-06", "2026-04-10"),
    ),
    "HOLIDAYS": ("holidays", worlds.holiday(4, "2026-05-17")),
    "USER": ("users", worlds.user(worlds.hex_id(5))),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_leads_to_a_read_of_exactly_its_streams(watch: Watch, kind: str) -> None:
    collection, record = CHANGES[kind]
    world = watch.desk.server.world
    add(world, f"clockify.{collection}", record, at=watch.desk.now)
    watch.desk.wait(minutes=5)
    assert watch.launches() == set(STREAMS[kind])
    watch.read(*STREAMS[kind])
    watch.desk.wait(minutes=5)
    assert "all read already" in watch.skips()


def test_edits_and_deletions_are_changes_and_kinds_come_together(watch: Watch) -> None:
    world = watch.desk.server.world
    for kind in ("HOLIDAYS", "TIME_OFF_REQUEST"):
        collection, record = CHANGES[kind]
        add(world, f"clockify.{collection}", dict(record), at=worlds.NOW.replace(hour=1))
    watch.desk.wait(minutes=5)
    assert "all read already" in watch.skips()  # read after they were made
    update(world, "clockify.holidays", worlds.hex_id(4), at=watch.desk.now, values={"name": "New"})
    remove(world, "clockify.time_off_requests", worlds.hex_id(1), at=watch.desk.now)
    watch.desk.wait(minutes=5)
    assert watch.launches() == {"holidays", "time_off_requests"}


def test_a_change_that_a_read_did_not_settle_is_tried_again_after_a_pause(watch: Watch) -> None:
    collection, record = CHANGES["HOLIDAYS"]
    add(watch.desk.server.world, f"clockify.{collection}", record, at=watch.desk.now)
    watch.desk.wait(minutes=5)
    assert watch.launches() == {"holidays"}
    assert "did not settle this" in watch.skips()


def test_nothing_is_launched_before_a_first_read_and_where_a_stream_was_never_read(
    desk: Desk,
) -> None:
    sensor = people_sensor(desk.sources, desk.clock)
    with Warehouse(str(desk.warehouse_path)).connect() as connection:
        ensure_state_tables(connection)
    assert "run a sync first" in (desk.tick(sensor).skip_message or "")
    watch = Watch(desk)
    with Warehouse(str(desk.warehouse_path)).connect() as connection:
        connection.execute("DELETE FROM _pipelines.streams WHERE stream = 'holidays'")
    add(desk.server.world, "clockify.holidays", CHANGES["HOLIDAYS"][1], at=desk.now)
    desk.wait(minutes=5)
    assert "all read already" in watch.skips()


def test_a_plan_without_the_feed_is_left_alone_for_six_hours(watch: Watch) -> None:
    watch.desk.server.change_behaviour(plan="free")
    assert "this plan does not have them" in watch.skips()
    watch.desk.server.requests.clear()
    watch.desk.wait(hours=5)
    assert "Next look at" in watch.skips()
    assert watch.desk.server.requests.total == 0
