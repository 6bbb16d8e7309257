"""The commands of the Makefile, as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.project.folder import PROJECT
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.project import PUBLISHED

TODAY = datetime.now(timezone.utc).date()


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """A clean environment with a home and a warehouse under ``folder``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "DAGSTER_HOME": str(folder / "home"),
        "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        **settings,
    }


def command(name: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", name],
        cwd=PROJECT,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str], seconds: int = 300) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=seconds)
    return process.returncode, output, errors


def rows(folder: Path, table: str) -> int:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert found is not None
    return int(found[0])


def live(server: SimulatorServer) -> dict[str, str]:
    return {
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": server.url,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_API_URL": server.url,
        "CLOCKIFY_WORKSPACE_ID": server.world.clockify.workspace["id"],
        # A few days only: each of them costs Dagster's history four writes in a run.
        "PIPELINES_START_DATE": (TODAY - timedelta(days=3)).isoformat(),
    }


@pytest.mark.slow
def test_the_demo_fills_every_table_and_says_where(tmp_path: Path) -> None:
    status, output, errors = finished(command("demo", tmp_path))
    assert status == 0, errors
    assert str(tmp_path / "warehouse.duckdb") in output
    for source, streams in PUBLISHED.items():
        for stream in streams:
            assert f"{source}.{stream}" in output
            assert rows(tmp_path, f"{source}.{stream}") > 0, stream
    for tables in FAMILIES.values():
        for table in tables:
            # The demo company did not move its stories to another system.
            is_filled = table.address != "effort.story_crosswalk"
            assert (rows(tmp_path, table.address) > 0) == is_filled, table.address
    assert rows(tmp_path, "effort.reconciliation WHERE NOT ok") == 0
    assert "Traceback" not in output + errors


@pytest.mark.slow
def test_a_killed_sync_is_completed_by_the_next(tmp_path: Path) -> None:
    """Killed while it reads: the next run is not blocked by its slot, lock or staging files, and finds everything."""
    entries = [worlds.time_entry(n, f"{TODAY}T00:00:00Z") for n in range(300)]
    with SimulatorServer(
        worlds.world(clockify=worlds.clockify_data(time_entries=entries))
    ) as server:
        slow = server.add_fault("/time-entries", "slow", delay_ms=60_000, times=1)
        first = command("sync", tmp_path, **live(server))
        deadline = time.monotonic() + 120
        while slow.times and time.monotonic() < deadline:
            time.sleep(0.2)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        assert rows(tmp_path, "clockify.time_entries") == 0

        status, output, errors = finished(command("sync", tmp_path, **live(server)))
        assert status == 0, output + errors
        assert rows(tmp_path, "clockify.time_entries") == 300
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
        settings = {**live(server), "PIVOTAL_TRACKER_API_TOKEN": ""}
        settings["CLOCKIFY_REQUESTS_PER_HOUR"] = "5"
        status, output, errors = finished(command("sync", tmp_path, **settings))
        assert status == 0, output + errors
        assert server.requests.total == 5
    told = " ".join(errors.split())
    assert "To be continued: Clockify: 5 of 5 requests of this hour are used; goes on after" in told
    assert "CLOCKIFY_REQUESTS_PER_HOUR" in told
    assert f"time_entries, with 4 of 5 users read for {settings['PIPELINES_START_DATE']}" in told
    assert rows(tmp_path, "clockify.time_entries") == 4
    assert rows(tmp_path, "time_tracking.time_entry_facts") == 4


@pytest.mark.slow
def test_a_wrong_token_ends_with_one_sentence_and_no_secret(tmp_path: Path) -> None:
    with SimulatorServer(worlds.world()) as server:
        settings = {**live(server), "CLOCKIFY_API_KEY": "c2VjcmV0LXNlY3JldC1zZWNyZXQ="}
        status, output, errors = finished(command("sync", tmp_path, **settings))
    assert status == 1
    assert "CLOCKIFY_API_KEY" in errors
    assert "Traceback" not in output + errors
    assert "c2VjcmV0LXNlY3JldC1zZWNyZXQ=" not in output + errors


def test_a_wrong_setting_ends_with_one_sentence(tmp_path: Path) -> None:
    status, _, errors = finished(command("sync", tmp_path, PIPELINES_START_DATE="soon"))
    assert status == 1
    assert errors.strip() == (
        "Error: PIPELINES_START_DATE must be a date such as 2025-01-31, not 'soon'."
    )


def test_the_help_names_the_commands(tmp_path: Path) -> None:
    status, output, _ = finished(command("--help", tmp_path))
    assert status == 0
    for name in ("demo", "sync", "resync", "ui"):
        assert name in output
