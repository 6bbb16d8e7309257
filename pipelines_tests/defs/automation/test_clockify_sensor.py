"""The Clockify sensor as a state machine: nothing new, new, in flight, failed, succeeded; garbage, refusals, limits.

Reads are played by writing what a read writes (rows and ``days_read``); ``e2e/test_daemon`` does it with real ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus

from pipelines.defs.automation.clockify_sensor import TIME_ENTRIES, clockify_sensor
from pipelines.defs.automation.pace import Pace
from pipelines.defs.settings import load_settings
from pipelines.simulator import mutations
from pipelines.simulator.model import Record
from pipelines.sources.budget import RequestBudget
from pipelines.sources.registry import CLOCKIFY
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.defs.automation.conftest import Desk
from pipelines_tests.support import worlds
from pipelines_tests.support.clockify_warehouse import every_day, hold, make_warehouse, mark_read

FIRST, TODAY = date(2026, 1, 1), date(2026, 3, 20)
OLD = date(2026, 2, 8)


class Watch:
    """The sensor at a desk whose warehouse has read every day up to now."""

    def __init__(self, desk: Desk, entries: Sequence[Record]) -> None:
        self.desk = desk
        self.world = desk.server.world
        self.world.clockify.time_entries.extend(entries)
        self.warehouse = make_warehouse(
            desk.warehouse_path, entries, every_day(FIRST, TODAY, desk.now)
        )
        self.sensor = clockify_sensor(desk.sources, desk.clock)
        desk.wait(minutes=1)

    def tick(self) -> dg.SensorExecutionData:
        return self.desk.tick(self.sensor)

    def skips(self) -> str:
        """A tick that launches nothing, and why."""
        result = self.tick()
        assert not result.run_requests
        assert result.skip_message
        return result.skip_message

    def launches(self) -> tuple[list[str], str]:
        """A tick that launches one backfill: its days and its id."""
        result = self.tick()
        assert result.run_requests, result.skip_message
        (request,) = result.run_requests
        assert request.asset_graph_subset.asset_keys == {TIME_ENTRIES}
        subset = request.asset_graph_subset.get_partitions_subset(TIME_ENTRIES)
        return sorted(subset.get_partition_keys()), self.desk.submit(request)

    def end(self, backfill_id: str, status: BulkActionStatus) -> None:
        backfill = self.desk.instance.get_backfill(backfill_id)
        assert backfill is not None
        ended = backfill.with_status(status).with_end_timestamp(self.desk.now.timestamp())
        self.desk.instance.update_backfill(ended)

    def read(self, *days: date) -> None:
        """Read ``days`` now."""
        inside = [
            entry
            for entry in self.world.clockify.time_entries
            if entry["timeInterval"]["start"][:10] in {day.isoformat() for day in days}
        ]
        hold(self.warehouse, inside)
        mark_read(self.warehouse, dict.fromkeys(days, self.desk.now))

    def edit(self, number: int, **values: Any) -> None:
        mutations.update_entry(self.world, worlds.hex_id(number), self.desk.now, **values)


@pytest.fixture
def watch(desk: Desk) -> Watch:
    """Entry 1 lies on ``OLD``, entry 2 a day later, entry 3 another day later."""
    return Watch(
        desk,
        [worlds.time_entry(n, f"2026-02-{7 + n:02}T08:00:00Z") for n in (1, 2, 3)],
    )


def test_nothing_new(watch: Watch) -> None:
    assert "0 changes" in watch.skips()


def test_an_edit_of_long_ago_launches_one_backfill_of_its_day_until_it_is_read(
    watch: Watch,
) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    days, backfill = watch.launches()
    assert days == ["2026-02-08"]
    watch.desk.wait(minutes=1)
    assert "in flight" in watch.skips()
    watch.desk.wait(minutes=1)
    watch.read(OLD)
    watch.end(backfill, BulkActionStatus.COMPLETED_SUCCESS)
    watch.desk.wait(minutes=1)
    assert "all read already" in watch.skips()


def test_old_and_new_day_of_a_moved_entry_and_the_day_of_a_deleted_one_are_one_backfill(
    watch: Watch,
) -> None:
    watch.edit(1, start="2026-02-20T08:00:00Z", end="2026-02-20T09:00:00Z")
    mutations.delete_entry(watch.world, worlds.hex_id(3), watch.desk.now)
    watch.desk.wait(minutes=1)
    assert watch.launches()[0] == ["2026-02-08", "2026-02-10", "2026-02-20"]


def test_a_deletion_right_after_a_creation_was_read_is_found(watch: Watch) -> None:
    entry = mutations.create_entry(
        watch.world,
        worlds.USER_ID,
        watch.desk.now,
        start="2026-02-01T08:00:00Z",
        end="2026-02-01T09:00:00Z",
    )
    watch.desk.wait(minutes=1)
    days, backfill = watch.launches()
    assert days == ["2026-02-01"]
    watch.read(date(2026, 2, 1))
    watch.end(backfill, BulkActionStatus.COMPLETED_SUCCESS)
    watch.desk.wait(minutes=1)
    mutations.delete_entry(watch.world, entry["id"], watch.desk.now)
    watch.desk.wait(minutes=1)
    assert watch.launches()[0] == ["2026-02-01"]


def test_a_failed_backfill_is_tried_again_after_pauses_that_grow_to_an_hour(watch: Watch) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    _, backfill = watch.launches()
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        watch.end(backfill, BulkActionStatus.COMPLETED_FAILED)
        watch.desk.wait(minutes=minutes, seconds=-1)
        assert "next try" in watch.skips()
        watch.desk.wait(seconds=1)
        days, backfill = watch.launches()
        assert days == ["2026-02-08"]


def test_a_backfill_that_succeeds_without_reading_the_day_does_not_loop(watch: Watch) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    _, backfill = watch.launches()
    watch.end(backfill, BulkActionStatus.COMPLETED_SUCCESS)
    watch.desk.wait(seconds=30)
    assert "next try" in watch.skips()


def test_a_new_change_after_a_success_is_not_held_up(watch: Watch) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    _, backfill = watch.launches()
    watch.read(OLD)
    watch.end(backfill, BulkActionStatus.COMPLETED_SUCCESS)
    watch.desk.wait(seconds=10)
    watch.edit(2, description="later")
    watch.desk.wait(seconds=10)
    assert watch.launches()[0] == ["2026-02-09"]


def test_the_cursor_moves_only_past_settled_changes(watch: Watch) -> None:
    def since() -> str:
        return str(json.loads(watch.desk.cursor or "{}")["since"])

    watch.skips()
    settled = since()
    watch.edit(1, description="late")
    edited_at = watch.desk.now.isoformat()
    watch.desk.wait(minutes=1)
    _, backfill = watch.launches()
    assert since() <= edited_at
    watch.desk.wait(hours=5)
    watch.end(backfill, BulkActionStatus.COMPLETED_FAILED)
    watch.desk.wait(hours=2)
    watch.launches()
    assert settled < since() <= edited_at
    watch.read(OLD)
    for record in watch.desk.instance.get_backfills():
        watch.end(record.backfill_id, BulkActionStatus.COMPLETED_SUCCESS)
    watch.desk.wait(minutes=1)
    watch.skips()
    assert since() > edited_at


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "null",
        "[]",
        "{",
        '{"since": 5}',
        '{"since": "soon", "span_seconds": 1}',
        '{"since": "2026-03-20T11:00:00+00:00", "span_seconds": "NaN"}',
        '{"since": "2026-03-20T11:00:00", "span_seconds": 1e300}',
        '{"since": "2026-03-20T11:00:00+00:00", "span_seconds": 60, "resting_until": 7}',
        '{"since": "2026-03-20T11:00:00+00:00", "span_seconds": 60, "resting_until": "2099-01-01T00:00:00+00:00"}',
        '{"since": "2026-03-20T11:00:00+00:00", "span_seconds": 60, "resting_until": "2026-03-21T00:00:00"}',
        '{"since": "9999-01-01T00:00:00+00:00", "span_seconds": -5}',
        '{"since": "0001-01-01T00:00:00+00:00", "span_seconds": 60}',
    ],
)
def test_garbage_in_the_cursor_is_survived(watch: Watch, garbage: str) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    watch.desk.cursor = garbage
    # A garbled width of the window costs a few looks more: it doubles from look to look.
    for _ in range(30):
        if watch.tick().run_requests:
            return
    pytest.fail("the change was not found")


def test_a_lost_cursor_finds_what_is_unsettled_and_nothing_else(watch: Watch) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(days=3)
    watch.edit(2, description="later")
    watch.desk.wait(minutes=1)
    watch.read(OLD)
    watch.desk.cursor = None
    assert watch.launches()[0] == ["2026-02-09"]


def test_a_run_that_reads_clockify_already_is_waited_for(watch: Watch) -> None:
    watch.edit(1, description="late")
    watch.desk.wait(minutes=1)
    run = watch.desk.instance.add_run(
        dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.STARTED)
    )
    assert run.run_id[:8] in watch.skips()


def test_a_plan_without_the_feed_is_told_in_the_skip_reason(watch: Watch) -> None:
    watch.desk.server.change_behaviour(plan="free")
    assert "plan does not have them" in watch.skips()
    asked = watch.desk.server.requests.total
    for _ in range(5):
        watch.desk.wait(minutes=1)
        assert "plan does not have them" in watch.skips()
    assert watch.desk.server.requests.total == asked == 1
    watch.edit(1, description="late")
    watch.desk.server.change_behaviour(plan="paid")
    watch.desk.wait(hours=6)
    assert watch.launches()[0] == ["2026-02-08"]


def test_a_source_that_asks_for_fewer_requests_is_left_alone_for_a_while(watch: Watch) -> None:
    watch.desk.server.add_fault("/entities/", status=429)
    assert "fewer requests" in watch.skips()
    watch.desk.wait(minutes=14)
    assert "Next look" in watch.skips()
    assert watch.desk.server.requests.total == 1
    watch.desk.wait(minutes=1)
    assert "0 changes" in watch.skips()


def test_a_failing_feed_moves_nothing(watch: Watch) -> None:
    watch.skips()
    before = watch.desk.cursor
    watch.desk.wait(minutes=5)
    watch.desk.server.add_fault("/entities/updated")
    assert "CLOCKIFY_API_URL" in watch.skips()
    assert watch.desk.cursor == before


def test_changes_before_the_start_are_left_out_with_a_reason(watch: Watch) -> None:
    mutations.create_entry(
        watch.world, worlds.USER_ID, watch.desk.now, start="2025-12-31T08:00:00Z"
    )
    watch.desk.wait(minutes=1)
    assert "PIPELINES_START_DATE" in watch.skips()


@pytest.mark.slow
def test_a_locked_warehouse_is_a_reason_to_skip(watch: Watch) -> None:
    with Warehouse(str(watch.desk.warehouse_path)).connect():
        assert "warehouse" in watch.skips()


def test_before_the_first_sync_nothing_is_asked(desk: Desk) -> None:
    sensor = clockify_sensor(desk.sources, desk.clock)
    assert "sync" in (desk.tick(sensor).skip_message or "")
    with Warehouse(str(desk.warehouse_path)).connect() as connection:
        connection.execute("SELECT 1")
    assert "run a sync first" in (desk.tick(sensor).skip_message or "")
    assert desk.server.requests.total == 0


def test_a_source_that_is_off_says_how_to_switch_it_on(desk: Desk) -> None:
    desk.environment["CLOCKIFY_API_KEY"] = ""
    sensor = clockify_sensor(desk.sources, desk.clock)
    assert "CLOCKIFY_API_KEY" in (desk.tick(sensor).skip_message or "")


@pytest.mark.slow
def test_ten_thousand_changes_are_one_backfill_of_their_days(watch: Watch) -> None:
    documents = [
        worlds.time_entry(n, f"2026-02-{1 + n % 28:02}T08:00:00Z") for n in range(10, 10_010)
    ]
    at = watch.desk.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    watch.world.clockify.changes.extend(
        worlds.change("created", at, document) for document in documents
    )
    watch.desk.wait(minutes=1)
    days, _ = watch.launches()
    assert len(days) == 28


@pytest.mark.slow
def test_more_changes_than_a_look_may_ask_for_are_found_over_several_looks(desk: Desk) -> None:
    desk.environment["CLOCKIFY_REQUESTS_PER_HOUR"] = "30"
    watch = Watch(desk, [])
    for hour in range(20):
        for number in range(100):
            document = worlds.time_entry(hour * 100 + number, f"2026-02-{1 + hour:02}T08:00:00Z")
            at = (desk.now - timedelta(minutes=1) + timedelta(hours=hour)).isoformat()
            watch.world.clockify.changes.append(
                worlds.change("created", at.replace("+00:00", "Z"), document)
            )
    desk.wait(hours=20)
    found: set[str] = set()
    for _ in range(60):
        requests = desk.server.requests.total
        result = watch.tick()
        assert desk.server.requests.total - requests <= 6
        for request in result.run_requests or ():
            subset = request.asset_graph_subset.get_partitions_subset(TIME_ENTRIES)
            days = {date.fromisoformat(key) for key in subset.get_partition_keys()}
            watch.read(*days)
            found |= {day.isoformat() for day in days}
        desk.wait(hours=1)
        forget_requests(desk)
    assert len(found) == 20


@pytest.mark.parametrize(
    ("per_hour", "seconds", "requests"),
    [("", 60, 120), ("30", 3600, 6), ("600", 360, 12), ("100000", 60, 12), ("5", 10_800, 3)],
)
def test_at_most_a_fifth_of_a_limited_budget_is_used(
    per_hour: str, seconds: int, requests: int
) -> None:
    settings = load_settings({"CLOCKIFY_REQUESTS_PER_HOUR": per_hour})
    pace = Pace.of(settings, CLOCKIFY, least=3, most=12, unlimited=120)
    assert pace == Pace(seconds, requests)


def test_the_looks_and_the_reads_share_one_budget(desk: Desk) -> None:
    """A look is counted where reads are, none is made when the hour is used up, and no read launched that could not read."""
    desk.environment["CLOCKIFY_REQUESTS_PER_HOUR"] = "30"
    watch = Watch(desk, [worlds.time_entry(1, "2026-02-08T08:00:00Z")])
    budget = RequestBudget.of(desk.settings.connector_config(CLOCKIFY))
    assert budget is not None
    watch.skips()
    assert budget.left() == 30 - desk.server.requests.total

    watch.edit(1, description="late")
    desk.wait(minutes=1)
    looked = desk.server.requests.total
    while (budget.left() or 0) > looked + 2:
        with budget.request():
            pass
    assert "28 of 30 requests of this hour are used; goes on after" in watch.skips()
    assert desk.server.requests.total == 2 * looked

    with budget.request(), budget.request():
        pass
    assert "30 of 30 requests" in watch.skips()
    assert desk.server.requests.total == 2 * looked

    forget_requests(desk)
    assert watch.launches()[0] == ["2026-02-08"]


def forget_requests(desk: Desk) -> None:
    """As if an hour had passed for the ledger."""
    (desk.folder / "requests.sqlite").unlink()
