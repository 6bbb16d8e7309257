"""Which unfinished runs of the command line count as killed: those whose lock file is here, and held by nobody."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pipelines.cli.run_sync import LOCK_TAG, end_killed_runs
from pipelines.project.locks import held


def status_after(home: Path, **tags: str) -> dg.DagsterRunStatus:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun(job_name="sync", tags=tags, status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        end_killed_runs(instance, home)
        found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_a_run_whose_lock_nobody_holds_has_failed(tmp_path: Path) -> None:
    lock = tmp_path / "sync-1.lock"
    lock.touch()
    assert status_after(tmp_path, **{LOCK_TAG: lock.name}) == dg.DagsterRunStatus.FAILURE
    assert not lock.exists()


def test_a_busy_run_is_left_alone(tmp_path: Path) -> None:
    with held(tmp_path / "sync-1.lock"):
        status = status_after(tmp_path, **{LOCK_TAG: "sync-1.lock"})
    assert status == dg.DagsterRunStatus.STARTED


def test_a_run_of_another_machine_or_of_the_daemon_is_left_alone(tmp_path: Path) -> None:
    assert status_after(tmp_path, **{LOCK_TAG: "sync-1.lock"}) == dg.DagsterRunStatus.STARTED
    assert status_after(tmp_path) == dg.DagsterRunStatus.STARTED
