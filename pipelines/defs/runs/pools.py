"""Waiting for a pool: the log names who has it, dead runs are ended, and the wait has an end.

Dagster asks for a slot without a pause, tells nobody, and takes notice of no signal until it has one. Here: its claims,
asked for twice a second and watched. Not here: which steps have which pool (``defs``), and how many slots there are
(``dagster.yaml``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from pipelines.defs.dagster_private import (
    DagsterExecutionInterruptedError,
    InstanceConcurrencyContext,
    pop_captured_interrupt,
)
from pipelines.defs.runs.alive import COMMAND_TAG, end_dead_runs, free_slots_of_ended_runs

_PAUSE_SECONDS = 0.5
_LOOK_SECONDS = 2.0
_FIRST_WORD_SECONDS = 5.0
_NEXT_WORD_SECONDS = 60.0


class WaitedTooLong(Exception):
    """A pool stayed in use for longer than a run may wait; the message says by which run."""


@dataclass
class _Wait:
    began: float
    looked: float = 0.0
    told: float | None = None


class WatchedClaims(InstanceConcurrencyContext):
    """The claims of one run. ``tell`` gets a sentence per wait and minute; ``longest`` is in seconds."""

    def __init__(
        self,
        instance: dg.DagsterInstance,
        run: dg.DagsterRun,
        *,
        longest: float,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(instance, run)
        self._watched = instance
        self._longest = longest
        self._tell = tell
        self._waits: dict[str, _Wait] = {}

    def claim(self, concurrency_key: str, step_key: str, step_priority: int = 0) -> bool:
        """See Dagster; asked for again and again until it is true.

        Raises ``WaitedTooLong``, and ``DagsterExecutionInterruptedError`` when the run is to stop.
        """
        if super().claim(concurrency_key, step_key, step_priority):
            self._waits.pop(step_key, None)
            return True
        if pop_captured_interrupt():
            raise DagsterExecutionInterruptedError
        wait = self._waits.setdefault(step_key, _Wait(time.monotonic()))
        if self._look_after(concurrency_key, wait):
            # Dagster would ask again in up to 15 seconds.
            self._pending_timeouts[step_key] = 0.0
        return False

    def interval_to_next_pending_claim_check(self) -> float:
        """Dagster's own is never more than nothing, which keeps a processor busy (seen in 1.13.27)."""
        return _PAUSE_SECONDS if self._pending_claims else 0.0

    def _look_after(self, pool: str, wait: _Wait) -> bool:
        """Whether a dead run was ended."""
        now = time.monotonic()
        if now - wait.looked < _LOOK_SECONDS:
            return False
        wait.looked = now
        ended = end_dead_runs(self._watched)
        for run in ended:
            self._tell(f"Run {run.run_id[:8]} was killed; its place in a pool is free again.")
        free_slots_of_ended_runs(self._watched)
        if now - wait.began > self._longest:
            raise WaitedTooLong(
                f"Waited {_span(now - wait.began)} for the pool {pool}: {self._holders(pool)}. "
                "If that run is dead, terminate it in the UI (Runs); else run again when it has ended, or raise "
                "PIPELINES_MAX_WAIT_SECONDS."
            )
        pause = _FIRST_WORD_SECONDS if wait.told is None else _NEXT_WORD_SECONDS
        if now - (wait.told or wait.began) >= pause:
            wait.told = now
            self._tell(
                f"Waiting for the pool {pool} since {_span(now - wait.began)}: {self._holders(pool)}. "
                f"The wait ends after {_span(self._longest)}, or with Ctrl-C."
            )
        return bool(ended)

    def _holders(self, pool: str) -> str:
        info = self._watched.event_log_storage.get_concurrency_info(pool)
        runs = sorted(info.active_run_ids | info.assigned_run_ids)
        return " and ".join(self._holder(run_id) for run_id in runs) or "other runs are before it"

    def _holder(self, run_id: str) -> str:
        record: Any = self._watched.get_run_record_by_id(run_id)
        if record is None:
            return f"run {run_id[:8]} has it"
        tags = record.dagster_run.tags
        what = tags.get(COMMAND_TAG) or record.dagster_run.job_name
        if record.start_time is None:
            return f"run {run_id[:8]} ({what}) has it"
        since = datetime.fromtimestamp(record.start_time, timezone.utc)
        return f"run {run_id[:8]} ({what}, since {since:%Y-%m-%d %H:%M} UTC) has it"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
