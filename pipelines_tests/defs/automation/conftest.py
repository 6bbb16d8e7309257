"""A sensor with everything real around it but the passing of time: server, warehouse file, Dagster instance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.utils import make_new_backfill_id
from dagster._daemon.sensor import _submit_backfill_request

from pipelines.definitions import build_defs
from pipelines.defs.resources import Sources
from pipelines.defs.settings import Settings, load_settings
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds


class Desk:
    """One installation whose clock the test moves, and a sensor's ticks on it."""

    def __init__(self, folder: Path, server: SimulatorServer, instance: dg.DagsterInstance) -> None:
        self.folder = folder
        self.server = server
        self.instance = instance
        self.now = worlds.NOW
        self.cursor: str | None = None
        self.environment = {
            "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
            "PIVOTAL_TRACKER_API_URL": server.url,
            "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
            "CLOCKIFY_WORKSPACE_ID": worlds.WORKSPACE_ID,
            "CLOCKIFY_API_URL": server.url,
            "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "PIPELINES_START_DATE": "2026-01-01",
            "DAGSTER_HOME": str(folder),
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def sources(self) -> Sources:
        return Sources(self.settings, Warehouse(self.settings.warehouse))

    @cached_property
    def _definitions(self) -> dg.Definitions:
        return build_defs(self.settings)

    @property
    def warehouse_path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def clock(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def tick(self, sensor: dg.SensorDefinition) -> dg.SensorExecutionData:
        """Evaluate ``sensor`` once; its cursor is kept as the daemon keeps it."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self._definitions
        )
        result = sensor.evaluate_tick(context)
        self.cursor = result.cursor or self.cursor
        return result

    def submit(self, request: dg.RunRequest) -> str:
        """Do with a request for a backfill what the sensor daemon does; returns the backfill's id."""
        backfill_id: str = make_new_backfill_id()
        _submit_backfill_request(backfill_id, request, self.instance)
        return backfill_id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose server has an empty world at ``worlds.NOW``."""
    with (
        SimulatorServer(worlds.world()) as server,
        dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance,
    ):
        yield Desk(tmp_path, server, instance)
