"""A host, its archive, and the archive read in the host's place: the same tables, value for value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.model import Column, MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.pyairbyte.props import StreamColumn
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.pivotal_tracker.archive.source import archive_config
from pipelines.sources.pivotal_tracker.archive.writer import write_archive
from pipelines.sources.registry import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines_tests.sources.pivotal_tracker.archive.conftest import NOW, config_of, host_of
from pipelines_tests.support.project import Project, metadata_of
from pipelines_tests.support.reading import read

DAYS = ("2025-12-01", "2026-01-30")


def streams(source: str) -> list[str]:
    return [f"{source}/{props.name}" for props in CONNECTORS[source].streams]


@contextmanager
def project(folder: Path, server: SimulatorServer, **environment: str) -> Iterator[Project]:
    folder.mkdir()
    with dg.DagsterInstance.ephemeral(tempdir=str(folder)) as instance:
        yield Project(folder, server, instance, PIPELINES_START_DATE=DAYS[0], **environment)


def value(column: Column | StreamColumn) -> str:
    """A column to compare: how a sum of floats ends depends on the order of addition."""
    return f'round("{column.name}", 9)' if column.type == "DOUBLE" else f'"{column.name}"'


def all_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Every raw table of Tracker and every metric table: all but the columns of our own clock."""
    run = MetricRun(as_of=NOW, settings=MetricSettings())
    metrics = [metric for family in COMPUTED.values() for metric in family]
    for metric in metrics:
        write_metric(connection, metric, run)
    columns = {
        f"{PIVOTAL_TRACKER}.{props.name}": [*map(value, props.columns), "_extra"]
        for props in CONNECTORS[PIVOTAL_TRACKER].streams
    } | {metric.address: [*map(value, metric.columns)] for metric in metrics}
    return {
        address: connection.execute(
            f"SELECT {', '.join(names)} FROM {address} ORDER BY ALL"
        ).fetchall()
        for address, names in columns.items()
    }


@pytest.mark.slow
def test_an_archive_gives_the_tables_of_its_host(
    tmp_path: Path, company_server: SimulatorServer
) -> None:
    with project(tmp_path / "live", company_server) as live:
        assert live.materialize(*streams(PIVOTAL_TRACKER), *streams(CLOCKIFY), days=DAYS).success
        with Warehouse(live.settings.warehouse).connect() as connection:
            of_host = all_tables(connection)
    write_archive(host_of(company_server), tmp_path / "kept", now=NOW, report=lambda _: None)
    company_server.revoke_credentials("tracker")
    archive = str(tmp_path / "kept")
    with project(tmp_path / "again", company_server, PIVOTAL_TRACKER_ARCHIVE=archive) as again:
        result = again.materialize(*streams(PIVOTAL_TRACKER), days=DAYS)
        assert result.success
        assert metadata_of(result, "pivotal_tracker/stories")["mode"] == "archive"
        origin = "SELECT mode FROM _pipelines.origin WHERE namespace = 'pivotal_tracker'"
        assert again.query(origin) == [("archive",)]
        with Warehouse(again.settings.warehouse).connect() as connection:
            copy_clockify(connection, live.settings.warehouse)
            of_archive = all_tables(connection)
    assert [name for name in of_host if of_host[name] != of_archive[name]] == []
    empty = {name for name, rows in of_archive.items() if not rows}
    assert empty == {"effort.story_crosswalk"} | {name for name in of_host if not of_host[name]}
    assert of_archive["effort.story_effort"]
    assert of_archive["pivotal_tracker.activity"]


def copy_clockify(connection: duckdb.DuckDBPyConnection, warehouse: str) -> None:
    """The same Clockify tables as in the other warehouse."""
    ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
    connection.execute(f"ATTACH '{warehouse}' AS live (READ_ONLY)")
    for props in CONNECTORS[CLOCKIFY].streams:
        for table in (props.name, f"{props.name}_deleted"):
            connection.execute(f"INSERT INTO clockify.{table} BY NAME FROM live.clockify.{table}")
    connection.execute("DETACH live")


def test_an_archive_of_a_look_alike_gives_what_a_sync_of_it_gives(
    tmp_path: Path, company_server: SimulatorServer
) -> None:
    company_server.change_behaviour(look_alike=True)
    names = [props.name for props in CONNECTORS[PIVOTAL_TRACKER].streams]
    live = read(PIVOTAL_TRACKER, config_of(company_server), names)
    write_archive(host_of(company_server), tmp_path / "kept", now=NOW, report=lambda _: None)
    config = archive_config(tmp_path / "kept", time_zone=None, crosswalk=(), home=tmp_path)
    kept = read(PIVOTAL_TRACKER, config, names)
    assert (live.errors, kept.errors) == ({}, {})
    # It gives comments only story by story.
    assert live.records["comments"]
    for name in names:
        assert sorted(map(str, kept.records[name])) == sorted(map(str, live.records[name])), name
    assert sorted(map(refusal, kept.refusals)) == sorted(map(refusal, live.refusals))


def refusal(warning: str) -> str:
    """The path that a warning is about."""
    return warning.partition(" answered ")[0]


@pytest.mark.slow
def test_a_look_alike_is_synchronized_as_far_as_it_goes(
    tmp_path: Path, company_server: SimulatorServer
) -> None:
    company_server.change_behaviour(look_alike=True)
    with project(tmp_path / "live", company_server) as live:
        result = live.materialize(*streams(PIVOTAL_TRACKER), days=DAYS)
        assert result.success
        with Warehouse(live.settings.warehouse).connect() as connection:
            ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
            tables = all_tables(connection)
            reasons = connection.execute(
                "SELECT DISTINCT source FROM project_management.iterations"
            ).fetchall()
            story_names = connection.execute(
                "SELECT count(*), count(name) FROM pivotal_tracker.stories"
            ).fetchone()
    count = len(company_server.world.tracker.stories)
    assert story_names == (count, count)
    for name in ("iterations", "epics", "releases", "story_transitions"):
        assert tables[f"pivotal_tracker.{name}"] == []
    assert reasons == [("derived",)]
    assert len(tables["project_management.story_facts"]) == count
    for name in ("iteration_metrics", "throughput_weekly", "flow_daily", "story_states"):
        assert tables[f"project_management.{name}"], name
