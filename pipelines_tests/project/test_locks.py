"""Locks that end with their holder."""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines.cli.run_sync import LOCK_TAG, end_killed_runs
from pipelines.project.locks import held, is_held
from pipelines_tests.support.processes import process, signal


def hold(path: Path, started: object) -> None:
    with held(path):
        started.set()  # type: ignore[attr-defined]
        time.sleep(60)


@pytest.mark.slow
def test_a_lock_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    lock, started = tmp_path / "some.lock", signal()
    with process(hold, lock, started) as holder:
        assert started.wait(60)
        assert is_held(lock)
        holder.kill()
        holder.join()
    assert not is_held(lock)


def test_a_lock_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none.lock")


def test_runs_whose_lock_nobody_holds_are_ended(tmp_path: Path) -> None:
    """Whatever their process id was: in a container it may be the same for all.

    A run whose lock file is not here belongs to another machine.
    """
    (tmp_path / "killed.lock").touch()
    with dg.DagsterInstance.ephemeral() as instance, held(tmp_path / "busy.lock"):
        started = dg.DagsterRunStatus.STARTED
        runs = {
            lock: instance.add_run(
                dg.DagsterRun(job_name="sync", status=started, tags={LOCK_TAG: lock})
            )
            for lock in ("busy.lock", "killed.lock", "elsewhere.lock")
        }
        of_a_daemon = instance.add_run(dg.DagsterRun(job_name="sync", status=started))
        end_killed_runs(instance, tmp_path)
        unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=[started]))
    alive = (runs["busy.lock"], runs["elsewhere.lock"], of_a_daemon)
    assert {run.run_id for run in unfinished} == {run.run_id for run in alive}
    assert not (tmp_path / "killed.lock").exists()
