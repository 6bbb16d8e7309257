"""The schedules: which days, which config, and when they stand back."""

from __future__ import annotations

from datetime import date, datetime, timezone

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.defs.settings import load_settings
from pipelines.project.environment import SettingsError
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.defs.automation.conftest import Desk
from pipelines_tests.support.clockify_warehouse import every_day

AT = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
TODAY = date(2026, 3, 20)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk with an instance on disk: a schedule's tick opens one by its address."""
    desk.instance = dg.DagsterInstance.local_temp(str(desk.folder))
    return desk


def evaluate(desk: Desk, name: str) -> dg.ScheduleExecutionData:
    definitions = build_defs(desk.settings)
    schedule = definitions.get_repository_def().get_schedule_def(name)
    context = dg.build_schedule_context(
        instance=desk.instance,
        scheduled_execution_time=AT,
        repository_def=definitions.get_repository_def(),
    )
    return schedule.evaluate_tick(context)


def days(execution: dg.ScheduleExecutionData) -> tuple[str, str]:
    (request,) = execution.run_requests or ()
    tags = request.tags
    return tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]


def mark_all_read(desk: Desk, first: date) -> None:
    with Warehouse(str(desk.warehouse_path)).connect() as connection:
        ensure_state_tables(connection)
        connection.executemany(
            "INSERT INTO _pipelines.days_read VALUES (?, ?, ?, ?)",
            [
                (source, stream, day, moment)
                for source, stream in (
                    ("clockify", "time_entries"),
                    ("pivotal_tracker", "activity"),
                )
                for day, moment in every_day(first, TODAY, AT).items()
            ],
        )


@pytest.mark.parametrize(
    ("name", "first", "full_refresh"),
    [("frequent_sync", "2026-03-06", False), ("nightly_sweep", "2026-01-01", True)],
)
def test_what_was_read_before_is_read_again_as_far_as_the_look_back(
    desk: Desk, name: str, first: str, full_refresh: bool
) -> None:
    """14 days before 2026-03-20 is 03-06; 90 days before it is 2025-12-20, before the start date."""
    mark_all_read(desk, date(2026, 1, 1))
    execution = evaluate(desk, name)
    assert days(execution) == (first, "2026-03-20")
    (request,) = execution.run_requests or ()
    assert request.run_config["ops"]["clockify_days"] == {"config": {"full_refresh": full_refresh}}


def test_the_first_sync_and_days_that_were_missed_reach_back_to_the_first_unread_day(
    desk: Desk,
) -> None:
    assert days(evaluate(desk, "frequent_sync"))[0] == "2026-01-01"
    mark_all_read(desk, date(2026, 1, 1))
    with Warehouse(str(desk.warehouse_path)).connect() as connection:
        connection.execute("DELETE FROM _pipelines.days_read WHERE day = DATE '2026-02-03'")
    assert days(evaluate(desk, "frequent_sync"))[0] == "2026-02-03"


@pytest.mark.slow
def test_a_locked_warehouse_leaves_the_look_back(desk: Desk) -> None:
    with Warehouse(str(desk.warehouse_path)).connect():
        assert days(evaluate(desk, "frequent_sync")) == ("2026-03-06", "2026-03-20")


def test_a_sync_in_flight_is_not_joined_by_another_but_by_the_sweep(desk: Desk) -> None:
    run = desk.instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.STARTED))
    assert run.run_id[:8] in (evaluate(desk, "frequent_sync").skip_message or "")
    assert evaluate(desk, "nightly_sweep").run_requests


def test_a_source_that_is_off_is_not_configured(desk: Desk) -> None:
    desk.environment["CLOCKIFY_API_KEY"] = ""
    (request,) = evaluate(desk, "frequent_sync").run_requests or ()
    assert set(request.run_config["ops"]) == {"pivotal_tracker_streams", "pivotal_tracker_days"}


@pytest.mark.parametrize("setting", ["PIPELINES_SYNC_SCHEDULE", "PIPELINES_SWEEP_SCHEDULE"])
def test_a_schedule_that_is_no_cron_names_its_setting(setting: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        build_defs(load_settings({setting: "hourly"}))
