"""The commands of the Makefile, as processes of their own."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.commands import (
    TODAY,
    clockify_of,
    command,
    ended_at_last,
    finished,
    kill,
    live,
)
from pipelines_tests.support.demo_run import demo_run
from pipelines_tests.support.process_group import LONGEST_WAIT
from pipelines_tests.support.project import PUBLISHED


def rows(warehouse: Path, table: str) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.slow
def test_the_demo_fills_every_table_and_says_where(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = demo_run(tmp_path_factory)
    assert run.status == 0, run.errors
    assert str(run.warehouse) in run.output
    assert (run.folder / "demo" / "report.html").as_uri() in run.output
    assert "Accepted stories, last 4 full weeks: " in run.output
    assert "Utilization, last 4 full weeks: " in run.output
    for source, streams in PUBLISHED.items():
        for stream in streams:
            assert f"{source}.{stream}" in run.output
            assert rows(run.warehouse, f"{source}.{stream}") > 0, stream
    for tables in FAMILIES.values():
        for table in tables:
            # The demo company did not move its stories to another system, and has no second one.
            is_filled = table.address != "effort.story_crosswalk" and table.schema != "delivery"
            assert (rows(run.warehouse, table.address) > 0) == is_filled, table.address
    assert rows(run.warehouse, "effort.reconciliation WHERE NOT ok") == 0
    assert "Traceback" not in run.output + run.errors


@pytest.mark.slow
def test_a_killed_sync_is_completed_by_the_next(tmp_path: Path) -> None:
    """Killed while it reads: the next run is not blocked by its slot, lock or staging files, and finds everything."""
    entries = [worlds.time_entry(n, f"{TODAY}T00:00:00Z") for n in range(300)]
    with SimulatorServer(
        worlds.world(clockify=worlds.clockify_data(time_entries=entries))
    ) as server:
        slow = server.add_fault("/time-entries", "slow", delay_ms=60_000, times=1)
        first = command("sync", tmp_path, **clockify_of(server))
        deadline = time.monotonic() + LONGEST_WAIT
        while slow.times and time.monotonic() < deadline:
            time.sleep(0.2)
        kill(first)
        assert rows(tmp_path / "warehouse.duckdb", "clockify.time_entries") == 0

        status, output, errors = finished(command("sync", tmp_path, **clockify_of(server)))
        assert status == 0, output + errors
        assert rows(tmp_path / "warehouse.duckdb", "clockify.time_entries") == 300
        staging = tmp_path / "home" / "staging"
        assert list(staging.glob("*-*")) == []


@pytest.mark.slow
def test_a_sync_that_its_budget_ends_early_says_so_and_is_no_failure(tmp_path: Path) -> None:
    """Five requests are the people, which the check asks for too, and four of these; the metrics are computed from
    what there is."""
    people = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(5)]
    entries = [
        worlds.time_entry(n, f"{TODAY}T00:00:00Z", userId=person["id"])
        for n, person in enumerate(people)
    ]
    company = worlds.world(clockify=worlds.clockify_data(users=people, time_entries=entries))
    with SimulatorServer(company) as server:
        settings = clockify_of(server)
        settings["CLOCKIFY_REQUESTS_PER_HOUR"] = "5"
        status, output, errors = finished(command("sync", tmp_path, **settings))
        assert status == 0, output + errors
        assert server.requests.total == 5
    told = " ".join(errors.split())
    assert "To be continued: Clockify: 5 of 5 requests of this hour are used; goes on after" in told
    assert "CLOCKIFY_REQUESTS_PER_HOUR" in told
    assert f"time_entries, with 4 of 5 users read for {settings['PIPELINES_START_DATE']}" in told
    assert rows(tmp_path / "warehouse.duckdb", "clockify.time_entries") == 4
    assert rows(tmp_path / "warehouse.duckdb", "time_tracking.time_entry_facts") == 4


@pytest.mark.slow
def test_a_wrong_token_ends_with_one_sentence_and_no_secret(tmp_path: Path) -> None:
    with SimulatorServer(worlds.world()) as server:
        settings = {
            **clockify_of(server),
            "CLOCKIFY_API_KEY": "c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
        }
        status, output, errors = finished(command("sync", tmp_path, **settings))
    assert status == 1
    assert "CLOCKIFY_API_KEY" in errors
    assert "Traceback" not in output + errors
    assert "c2VjcmV0LXNlY3JldC1zZWNyZXQ=" not in output + errors
    # Both steps have the same reason, and there is no report to be looked at.
    assert errors.count("clockify was not read") == 1
    assert "What this run did" not in output
    assert "report.html" not in output


def test_a_wrong_setting_ends_with_one_sentence(tmp_path: Path) -> None:
    status, _, errors = finished(command("sync", tmp_path, PIPELINES_START_DATE="soon"))
    assert status == 1
    assert errors.strip() == (
        "Error: PIPELINES_START_DATE must be a date such as 2025-01-31, not 'soon'."
    )


def test_a_sync_without_credentials_begins_with_saying_that_it_reads_the_demo(
    tmp_path: Path,
) -> None:
    with ended_at_last(command("sync", tmp_path)) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
    assert first.startswith("No credentials are set: reading the demo company.")
    assert "CLOCKIFY_API_KEY and CLOCKIFY_WORKSPACE_ID" in first
    assert "PIVOTAL_TRACKER_API_TOKEN" in first


def test_a_key_without_a_workspace_is_told_which_there_are(tmp_path: Path) -> None:
    with SimulatorServer(worlds.world()) as server:
        settings = {**live(server), "CLOCKIFY_WORKSPACE_ID": ""}
        status, _, errors = finished(command("sync", tmp_path, **settings))
        workspace = server.world.clockify.workspace
    assert status == 1
    first, second = errors.splitlines()
    assert first.startswith("Error: CLOCKIFY_API_KEY is set but CLOCKIFY_WORKSPACE_ID is not")
    assert second == f"The key sees {workspace['name']}: CLOCKIFY_WORKSPACE_ID={workspace['id']}"


def test_a_key_without_a_workspace_is_told_where_to_look_when_clockify_does_not_answer(
    tmp_path: Path,
) -> None:
    settings = {"CLOCKIFY_API_KEY": "key", "CLOCKIFY_API_URL": "http://127.0.0.1:1"}
    status, _, errors = finished(command("sync", tmp_path, **settings))
    assert status == 1
    (sentence,) = errors.splitlines()
    assert "settings page" in sentence


def test_a_taken_port_ends_the_ui_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, output, errors = finished(command(f"ui --port {port}", tmp_path))
    assert status == 1
    assert output == ""
    (sentence,) = errors.splitlines()
    assert sentence.startswith(f"Error: The UI cannot have port {port} (Address already in use)")
    assert "--port" in sentence


def test_the_help_names_the_commands(tmp_path: Path) -> None:
    status, output, _ = finished(command("--help", tmp_path))
    assert status == 0
    for name in ("demo", "sync", "resync", "ui"):
        assert name in output


@pytest.mark.slow
def test_a_table_that_cannot_be_computed_takes_nothing_else_along(tmp_path: Path) -> None:
    """Somebody's view has the name of a metric table: one sentence says so, and only what comes from it waits."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA time_tracking")
        connection.execute("CREATE VIEW time_tracking.project_budget AS SELECT 1 AS n")
    world = worlds.world(
        clockify=worlds.clockify_data(
            time_entries=[worlds.time_entry(1, f"{TODAY}T00:00:00Z")],
        )
    )
    with SimulatorServer(world) as server:
        status, output, errors = finished(command("sync", tmp_path, **live(server)), seconds=900)
    assert status == 1, output + errors
    computed, exported = [line for line in errors.splitlines() if line.startswith("Failed:")]
    assert "time_tracking.project_budget" in computed
    assert "of type View" in " ".join(errors.split())
    # A view of theirs has no grain of ours, so it cannot be exported either; all tables are.
    assert "report.exports: time_tracking.project_budget.parquet" in exported
    files = {path.stem for path in (tmp_path / "warehouse" / "tables").iterdir()}
    assert "aborted" not in errors
    for tables in FAMILIES.values():
        for table in tables:
            is_theirs = table.name == "project_budget"
            assert (table.address in output) != is_theirs, table.address
            assert (table.address in files) != is_theirs, table.address
    for asset in ("report.page", "report.story_documents"):
        assert asset in output
    assert (tmp_path / "warehouse" / "report.html").exists()
