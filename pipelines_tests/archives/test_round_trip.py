"""A host, its archive, and the archive read in the host's place: the same tables, value for value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.archives.host import Host
from pipelines.archives.writer import write_archive
from pipelines.feeds.tracker_versions import tracker_api
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import Column, MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.pyairbyte.props import StreamColumn
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources import CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.project import Project

NOW = datetime(2026, 1, 30, 12, tzinfo=timezone.utc)
FIRST, LAST = "2025-12-01", "2026-01-30"
STREAMS = [
    f"{source}/{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]

pytestmark = pytest.mark.slow


def host_of(server: SimulatorServer) -> Host:
    return Host(
        tracker_api({"api_token": TRACKER_TOKEN, "api_url": server.url}), retry_seconds=0.01
    )


def value(column: Column | StreamColumn) -> str:
    """A column to compare: how sums of floats end depends on the order of addition."""
    return f'round("{column.name}", 9)' if column.type == "DOUBLE" else f'"{column.name}"'


def tables(project: Project) -> Iterator[tuple[str, list[Any]]]:
    """Every raw table of Tracker and every metric table: all but the columns of our own clock."""
    with Warehouse(project.settings.warehouse).connect() as connection:
        for props in CONNECTORS[PIVOTAL_TRACKER].streams:
            columns = ", ".join(map(value, props.columns))
            query = f'SELECT {columns}, _extra FROM pivotal_tracker."{props.name}" ORDER BY ALL'
            yield props.name, connection.execute(query).fetchall()
        run = MetricRun(as_of=NOW, settings=MetricSettings())
        for family in FAMILIES.values():
            for metric in family:
                write_metric(connection, metric, run)
                columns = ", ".join(map(value, metric.columns))
                query = f"SELECT {columns} FROM {metric.address} ORDER BY ALL"
                yield metric.address, connection.execute(query).fetchall()


def synchronized(folder: Path, server: SimulatorServer, **environment: str) -> dict[str, list[Any]]:
    """All tables after a sync of everything, as of the world's own moment."""
    folder.mkdir()
    with dg.DagsterInstance.ephemeral(tempdir=str(folder)) as instance:
        project = Project(folder, server, instance, PIPELINES_START_DATE=FIRST, **environment)
        result = project.materialize(*STREAMS, days=(FIRST, LAST))
        assert result.success
        return dict(tables(project))


@pytest.mark.parametrize("look_alike", [False, True], ids=["tracker", "look-alike"])
def test_an_archive_gives_the_same_tables_as_its_host(tmp_path: Path, look_alike: bool) -> None:
    world = generate(now=NOW, size=TINY)
    with SimulatorServer(world, Behaviour(look_alike=look_alike)) as server:
        live = synchronized(tmp_path / "live", server)
        write_archive(host_of(server), tmp_path / "kept", now=NOW, report=lambda _: None)
        server.clear_faults()
        server.revoke_credentials("tracker")
        kept = synchronized(
            tmp_path / "again", server, PIVOTAL_TRACKER_ARCHIVE=str(tmp_path / "kept")
        )
    # A look-alike gives comments only story by story: the archive has them, a sync does not read them.
    beyond_a_sync = {"comments"} if look_alike else set()
    different = [name for name in live if live[name] != kept[name] and name not in beyond_a_sync]
    assert different == []
    assert len(kept["stories"]) == len(world.tracker.stories)
    assert kept["project_management.story_facts"]
    assert kept["effort.story_effort"]
