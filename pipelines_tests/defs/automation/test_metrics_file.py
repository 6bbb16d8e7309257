"""The sensor that writes ``PIPELINES_METRICS_FILE``: once per run that ended, and not there without the setting."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from pipelines.defs.automation.definitions import automation
from pipelines.defs.automation.metrics_file import NAME, metrics_file
from pipelines.defs.jobs import sync_job
from pipelines.defs.resources import Sources
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.defs.automation.conftest import Desk


@dg.asset(key=["clockify", "tags"])
def tags() -> None: ...


def test_it_is_written_once_for_every_run_that_ended(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "node_exporter" / "pipelines.prom"
    sensor = metrics_file(desk.settings, path)
    desk.tick(sensor)
    assert not path.exists()

    dg.materialize([tags], instance=desk.instance)
    desk.tick(sensor)
    names = {family.name for family in text_string_to_metric_families(path.read_text())}
    assert "pipelines_stream_last_success_timestamp_seconds" in names

    path.unlink()
    assert "No run has ended" in (desk.tick(sensor).skip_message or "")
    assert not path.exists()
    dg.materialize([tags], instance=desk.instance)
    desk.tick(sensor)
    assert path.exists()


def test_without_the_setting_there_is_no_such_sensor(desk: Desk, tmp_path: Path) -> None:
    def sensors(path: Path | None) -> set[str]:
        settings = desk.settings.model_copy(update={"metrics_file": path})
        definitions = automation(
            Sources(settings, Warehouse(settings.warehouse)), sync_job(settings)
        )
        return {sensor.name for sensor in definitions.sensors or ()}

    assert NAME not in sensors(None)
    assert sensors(tmp_path / "pipelines.prom") - sensors(None) == {NAME}
