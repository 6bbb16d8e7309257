"""All automation: what there is, and what runs without anybody switching it on."""

from __future__ import annotations

import pytest

from pipelines.definitions import build_defs
from pipelines.defs.settings import load_settings

LIVE = {
    "PIVOTAL_TRACKER_API_TOKEN": "t",
    "CLOCKIFY_API_KEY": "k",
    "CLOCKIFY_WORKSPACE_ID": "w",
}


@pytest.mark.parametrize(("environment", "asks_sources"), [({}, "RUNNING"), (LIVE, "STOPPED")])
def test_default_statuses(environment: dict[str, str], asks_sources: str) -> None:
    repository = build_defs(load_settings(environment)).get_repository_def()
    statuses = {
        definition.name: definition.default_status.value
        for definition in (*repository.sensor_defs, *repository.schedule_defs)
    }
    assert statuses == {
        "frequent_sync": asks_sources,
        "nightly_sweep": asks_sources,
        "clockify_changes": asks_sources,
        "clockify_people": asks_sources,
        "tracker_changes": asks_sources,
        "metrics_follow": "RUNNING",
        "failure_alert": "RUNNING",
    }


def test_schedules_and_intervals_are_settings() -> None:
    settings = load_settings(
        {
            "PIPELINES_SYNC_SCHEDULE": "*/15 * * * *",
            "PIPELINES_SWEEP_SCHEDULE": "0 4 * * *",
            "PIPELINES_SENSOR_SECONDS": "300",
        }
    )
    repository = build_defs(settings).get_repository_def()
    crons = {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs}
    assert crons == {"frequent_sync": "*/15 * * * *", "nightly_sweep": "0 4 * * *"}
    for name in ("clockify_changes", "tracker_changes"):
        assert repository.get_sensor_def(name).minimum_interval_seconds == 300


@pytest.mark.parametrize(("asked", "looks"), [("300", 30), ("60", 30), ("20", 20)])
def test_metrics_follow_looks_with_the_other_sensors_but_twice_a_minute_at_least(
    asked: str, looks: int
) -> None:
    settings = load_settings({"PIPELINES_SENSOR_SECONDS": asked})
    sensor = build_defs(settings).get_repository_def().get_sensor_def("metrics_follow")
    assert sensor.minimum_interval_seconds == looks


def test_nothing_is_left_to_dagsters_own_sensor_when_a_source_is_off() -> None:
    """What no sensor of ours targets would get a second, stopped one from Dagster."""
    definitions = build_defs(load_settings({"PIVOTAL_TRACKER_API_TOKEN": "t"}))
    names = {sensor.name for sensor in definitions.get_repository_def().sensor_defs}
    assert names == {
        "clockify_changes",
        "clockify_people",
        "tracker_changes",
        "metrics_follow",
        "failure_alert",
    }
