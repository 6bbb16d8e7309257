"""Which unfinished runs count as dead: those whose lock file is here, and held by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.runs.alive import (
    COMMAND_TAG,
    end_dead_runs,
    free_slots_of_ended_runs,
    lock_file,
)
from pipelines.project.locks import held

STARTED = dg.DagsterRunStatus.STARTED
POOL = "clockify_api"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """With one slot in the pool, as the project's dagster.yaml says."""
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        made.event_log_storage.set_concurrency_slots(POOL, 1)
        yield made


def begun(
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus = STARTED,
    lock: str | None = None,
    **tags: str,
) -> str:
    """A run that has the pool's slot; ``lock`` is what its lock file says, ``None`` for none."""
    run = instance.add_run(dg.DagsterRun(job_name="sync", status=status, tags=tags))
    instance.event_log_storage.claim_concurrency_slot(POOL, run.run_id, "read")
    if lock is not None:
        path = lock_file(instance, run.run_id)
        path.parent.mkdir(exist_ok=True)
        path.write_text(lock)
    return run.run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run_id)
    assert found is not None
    return found.status


def free_slots(instance: dg.DagsterInstance) -> int:
    info = instance.event_log_storage.get_concurrency_info(POOL)
    return info.slot_count - info.active_slot_count


@pytest.mark.parametrize("status", [STARTED, dg.DagsterRunStatus.NOT_STARTED])
def test_a_run_whose_lock_nobody_holds_has_failed(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    run_id = begun(instance, status, lock="")
    assert [run.run_id for run in end_dead_runs(instance)] == [run_id]
    assert status_of(instance, run_id) == dg.DagsterRunStatus.FAILURE
    assert free_slots(instance) == 1
    assert not lock_file(instance, run_id).exists()
    assert end_dead_runs(instance) == []


def test_a_command_that_was_stopped_is_no_failure(instance: dg.DagsterInstance) -> None:
    """Nor is it a success. A run of the daemon that a signal ended is a failure: nobody meant to stop it."""
    ours = begun(instance, lock="stopped", **{COMMAND_TAG: "pipelines sync"})
    the_daemons = begun(instance, lock="stopped")
    end_dead_runs(instance)
    assert status_of(instance, ours) == dg.DagsterRunStatus.CANCELED
    assert status_of(instance, the_daemons) == dg.DagsterRunStatus.FAILURE


def test_a_busy_run_is_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = begun(instance, lock="")
    with held(lock_file(instance, run_id)):
        assert end_dead_runs(instance) == []
    assert status_of(instance, run_id) == STARTED
    assert free_slots(instance) == 0


def test_a_run_without_a_lock_here_is_left_alone(instance: dg.DagsterInstance) -> None:
    """It may be another machine's."""
    run_id = begun(instance)
    assert end_dead_runs(instance) == []
    free_slots_of_ended_runs(instance)
    assert status_of(instance, run_id) == STARTED
    assert free_slots(instance) == 0


def test_a_lock_of_a_run_that_ended_well_is_only_removed(instance: dg.DagsterInstance) -> None:
    run_id = begun(instance, dg.DagsterRunStatus.SUCCESS, lock="")
    assert end_dead_runs(instance) == []
    assert status_of(instance, run_id) == dg.DagsterRunStatus.SUCCESS
    assert not lock_file(instance, run_id).exists()


@pytest.mark.parametrize("is_deleted", [False, True])
def test_slots_of_runs_that_ended_or_were_deleted_are_freed(
    instance: dg.DagsterInstance, is_deleted: bool
) -> None:
    """Without a daemon nobody else does it."""
    run_id = begun(instance, dg.DagsterRunStatus.FAILURE)
    if is_deleted:
        instance.run_storage.delete_run(run_id)
    free_slots_of_ended_runs(instance)
    assert free_slots(instance) == 1


def test_an_ended_run_that_still_reads_keeps_its_slot(instance: dg.DagsterInstance) -> None:
    """Such as one that was terminated by force while it waits for an answer."""
    run_id = begun(instance, dg.DagsterRunStatus.CANCELED, lock="")
    with held(lock_file(instance, run_id)):
        free_slots_of_ended_runs(instance)
    assert free_slots(instance) == 0


def test_runs_that_older_versions_left_are_ended(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """They named a lock file in a tag."""
    for name in ("sync-killed.lock", "sync-busy.lock"):
        (tmp_path / name).touch()
    with held(tmp_path / "sync-busy.lock"):
        killed = begun(instance, **{"pipelines/lock": "sync-killed.lock"})
        busy = begun(instance, **{"pipelines/lock": "sync-busy.lock"})
        end_dead_runs(instance)
    assert status_of(instance, killed) == dg.DagsterRunStatus.FAILURE
    assert status_of(instance, busy) == STARTED
    assert not (tmp_path / "sync-killed.lock").exists()
