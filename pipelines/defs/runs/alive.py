"""Which runs still have a process, whoever launched them: each holds a lock file of its name while its process lives.

The file lies with the instance. Containers and machines that share that folder see the lock, and one that does not see
the file knows nothing about the run and leaves it alone. A process id would be another process's in another container.
Here: holding the lock, and ending the runs without a living process. Not here: when to look
(``executor``, ``pools``).
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import dagster as dg

from pipelines.defs.runs.signals import watch_signals
from pipelines.project.locks import appear_held, held_if_free, is_held

#: Set on the runs of the command line; its value is the command. To stop a command is no failure of its run.
COMMAND_TAG = "command"

_FOLDER = "runs"
_STOPPED = "stopped"
_OLDER_LOCK_TAG = "pipelines/lock"
_KILLED = (
    "The process of this run is gone: it was killed, ran out of memory, or the machine stopped."
)
_held: dict[Path, IO[str]] = {}


def hold_lock(instance: dg.DagsterInstance, run_id: str) -> None:
    """Hold the run's lock file until this process ends, or its next run begins.

    Where the folder takes no locks the run does without: it is then left alone, whatever becomes of it.
    """
    path = lock_file(instance, run_id)
    if path in _held:
        return
    _let_go()
    watch_signals(_note_stop)
    with suppress(OSError):
        _held[path] = appear_held(path)


def end_dead_runs(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """Mark the runs without a process as failed, or canceled if somebody stopped them; free their slots.

    Returns those that nobody had marked yet.
    """
    folder = lock_file(instance, "").parent
    ended = []
    for path in sorted(folder.glob("*.lock")):
        with held_if_free(path) as file:
            if file is None:
                continue
            run = instance.get_run_by_id(path.stem)
            if run and not run.is_finished:
                _end(instance, run, was_stopped=file.read() == _STOPPED)
                ended.append(run)
            instance.event_log_storage.free_concurrency_slots_for_run(path.stem)
            path.unlink(missing_ok=True)
    return [*ended, *_end_dead_runs_of_older_versions(instance)]


def free_slots_of_ended_runs(instance: dg.DagsterInstance) -> None:
    """Free the pool slots that runs left which ended, or were deleted: without a daemon nobody else does."""
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        # One that was ended from outside may be reading still.
        if (run is None or run.is_finished) and not _is_held(lock_file(instance, run_id)):
            storage.free_concurrency_slots_for_run(run_id)


def lock_file(instance: dg.DagsterInstance, run_id: str) -> Path:
    """Where the lock of a run is."""
    return Path(instance.root_directory) / _FOLDER / f"{run_id}.lock"


def _is_held(path: Path) -> bool:
    try:
        return is_held(path)
    except OSError:
        # Another user's, or in a folder that takes no locks.
        return True


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun, *, was_stopped: bool) -> None:
    if was_stopped and COMMAND_TAG in run.tags:
        instance.report_run_canceled(run, "This run was stopped, with Ctrl-C or a signal.")
    else:
        instance.report_run_failed(run, _KILLED)


def _end_dead_runs_of_older_versions(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """Until 2026-11 a run of the command line named its lock in a tag."""
    ended = []
    for path in Path(instance.root_directory).glob("sync-*.lock"):
        with held_if_free(path) as file:
            if file is None:
                continue
            for run in instance.get_runs(dg.RunsFilter(tags={_OLDER_LOCK_TAG: path.name})):
                if not run.is_finished:
                    _end(instance, run, was_stopped=False)
                    ended.append(run)
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            path.unlink(missing_ok=True)
    return ended


def _note_stop(_: int) -> None:
    """Write into the locks of this process that somebody stopped it: what it leaves behind is no failure."""
    for file in list(_held.values()):
        with suppress(OSError, ValueError):
            file.write(_STOPPED)
            file.flush()


@atexit.register
def _let_go() -> None:
    """Let go of the locks of this process; their runs have ended."""
    for path, file in list(_held.items()):
        path.unlink(missing_ok=True)
        file.close()
        del _held[path]
