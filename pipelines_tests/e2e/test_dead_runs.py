"""Runs that died, runs that wait for others, and runs that are stopped: as processes of their own, and really killed."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.cli.stopping import SENTENCE
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
    python,
)
from pipelines_tests.support.process_group import LONGEST_WAIT, await_that

_OFTEN = 1000
MATERIALIZE = [
    *("dagster", "asset", "materialize", "-m", "pipelines.definitions"),
    *("--select", "clockify/time_entries", "--partition", TODAY.isoformat()),
]


@contextmanager
def company() -> Iterator[SimulatorServer]:
    """A small company."""
    entries = [worlds.time_entry(n, f"{TODAY}T00:00:00Z") for n in range(30)]
    with SimulatorServer(
        worlds.world(clockify=worlds.clockify_data(time_entries=entries))
    ) as server:
        yield server


def answer_no_more(server: SimulatorServer) -> Any:
    """Let requests for time entries wait for an answer that does not come; the retries, too."""
    return server.add_fault("/time-entries", "slow", delay_ms=600_000, times=_OFTEN)


def await_reading(process: subprocess.Popen[str], fault: Any) -> None:
    """Until the process waits for that answer."""

    def is_reading() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {process.communicate()}")
        return bool(fault.times < _OFTEN)

    await_that(is_reading, "a request for time entries")


def statuses(folder: Path) -> list[str]:
    """How the runs of the home ended, the oldest first."""
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        return [run.status.value for run in reversed(instance.get_runs())]


@pytest.mark.slow
def test_a_killed_materialization_blocks_nobody(tmp_path: Path) -> None:
    """Nobody but Dagster launched it, and no daemon runs. The next sync reads what it did not."""
    with company() as server:
        assert finished(command("prepare", tmp_path, **clockify_of(server)))[0] == 0
        fault = answer_no_more(server)
        first = python(MATERIALIZE, tmp_path, **clockify_of(server))
        with ended_at_last(first):
            await_reading(first, fault)
            kill(first)
        server.clear_faults()
        status, output, errors = finished(command("sync", tmp_path, **clockify_of(server)))
        assert status == 0, output + errors
    assert statuses(tmp_path) == ["FAILURE", "SUCCESS"]


@pytest.mark.slow
def test_a_wait_is_told_and_ends_at_the_signal_and_by_itself(tmp_path: Path) -> None:
    """A sync that reads is left alone by all of them."""
    with company() as server:
        fault = answer_no_more(server)
        first = command("sync", tmp_path, **live(server))
        with ended_at_last(first):
            await_reading(first, fault)
            for number in (signal.SIGINT, signal.SIGTERM):
                second = command("sync", tmp_path, **live(server))
                with ended_at_last(second):
                    assert second.stderr is not None
                    told = next(line for line in second.stderr if "Waiting for" in line)
                    assert "clockify_api" in told
                    assert "(pipelines sync, since " in told
                    second.send_signal(number)
                    output, errors = second.communicate(timeout=LONGEST_WAIT)
                assert second.returncode == 128 + number, output + errors
                assert errors.splitlines()[-1] == SENTENCE
                assert "Traceback" not in output + errors

            impatient = {**live(server), "PIPELINES_MAX_WAIT_SECONDS": "6"}
            status, output, errors = finished(command("sync", tmp_path, **impatient))
            assert status == 1, output + errors
            said = " ".join(errors.split())
            assert len(re.findall(r"Waited \d+ s for the pool clockify_api: run", said)) == 1
            assert "PIPELINES_MAX_WAIT_SECONDS" in said
            assert "Traceback" not in output + errors
            assert first.poll() is None
    # The last one also made what needs nothing of Clockify.
    assert statuses(tmp_path) == ["STARTED", "CANCELED", "CANCELED", "FAILURE", "SUCCESS"]
    assert "time_tracking.time_entry_facts" not in output


@pytest.mark.slow
def test_a_read_that_goes_on_for_ever_is_ended(tmp_path: Path) -> None:
    with company() as server:
        answer_no_more(server)
        settings = {**clockify_of(server), "PIPELINES_MAX_RUN_SECONDS": "15"}
        status, output, errors = finished(command("sync", tmp_path, **settings))
    assert status == 1, output + errors
    assert "PIPELINES_MAX_RUN_SECONDS" in errors
    assert "Traceback" not in output + errors
    assert statuses(tmp_path) == ["FAILURE"]


@pytest.mark.slow
def test_a_sync_is_stopped_at_any_moment_with_one_sentence(tmp_path: Path) -> None:
    """From the first import to the last metric; whoever comes after completes it, and no run stays open."""
    with company() as server:
        fault = answer_no_more(server)
        reading = command("sync", tmp_path, **clockify_of(server))
        await_reading(reading, fault)
        stop(reading)
        server.clear_faults()
        for seconds in (0.3, 1, 3, 9):
            running = command("sync", tmp_path, **clockify_of(server))
            time.sleep(seconds)
            stop(running)
        assert finished(command("sync", tmp_path, **clockify_of(server)))[0] == 0
    assert set(statuses(tmp_path)[:-1]) <= {"CANCELED", "SUCCESS"}


def stop(process: subprocess.Popen[str]) -> None:
    """Ctrl-C; a process that was done before is no less good."""
    with ended_at_last(process):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=LONGEST_WAIT)
    assert "Traceback" not in output + errors
    assert "Failed:" not in errors
    if process.returncode == 0:
        assert "The report is" in output
    else:
        assert process.returncode == 130, (process.returncode, output, errors)
        assert errors.splitlines()[-1] == SENTENCE
        assert errors.count(SENTENCE) == 1
