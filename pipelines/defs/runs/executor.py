"""The executor of all jobs: every step in the run's own process, which imports PyAirbyte once.

It extends Dagster's in-process executor: a lock while the process lives, ``WatchedClaims``, and an
end after so many seconds. No step takes an interrupt for its own failure. Not here: what ends a
process that no longer listens (``cli.stopping``; of the daemon's runs, Dagster's run monitoring).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg

from pipelines.defs.dagster_private import (
    DagsterExecutionInterruptedError,
    ExecuteRunWithPlanIterable,
    ExecutionPlan,
    InProcessExecutor,
    PlanExecutionContext,
    PlanExecutionContextManager,
    PlanOrchestrationContext,
    RetryMode,
    inner_plan_execution_iterator,
)
from pipelines.defs.runs.alive import COMMAND_TAG, end_dead_runs, hold_lock
from pipelines.defs.runs.old_runs import forget_old_runs
from pipelines.defs.runs.pools import WatchedClaims
from pipelines.defs.runs.signals import interrupt_main_thread, stop_requested, watch_signals

_SECONDS_TO_END = 60.0


class RunTookTooLong(Exception):
    """The run went on for longer than a run may; the message names the setting."""


@dataclass(frozen=True)
class Limits:
    """How long a run may wait for a pool, and how long it may go on altogether, in seconds; how long runs are remembered.

    ``keep_days`` 0: for ever.
    """

    wait_seconds: float
    run_seconds: float
    keep_days: int = 0


def one_process(limits: Limits) -> dg.ExecutorDefinition:
    """The executor's definition."""

    @dg.executor(name="one_process")
    def definition(_: dg.InitExecutorContext) -> OneProcessExecutor:
        return OneProcessExecutor(limits)

    return definition


class OneProcessExecutor(InProcessExecutor):
    """See the module."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(retries=RetryMode.ENABLED)
        self._limits = limits

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """The events of all steps. Raises ``WaitedTooLong``, ``RunTookTooLong``, and Dagster's error of an interrupt."""
        instance, run = plan_context.instance, plan_context.dagster_run
        watch_signals()
        stop_requested.clear()
        hold_lock(instance, run.run_id)
        end_dead_runs(instance)
        forget_old_runs(instance, self._limits.keep_days)
        with _interrupted_after(self._limits.run_seconds) as is_overdue:
            try:
                for event in self._steps(plan_context, execution_plan):
                    yield event
                    # Such as DuckDB's "Query interrupted", which a step takes for a fault of its query.
                    is_asked = stop_requested.is_set() or is_overdue.is_set()
                    if event.is_step_failure and is_asked:
                        raise DagsterExecutionInterruptedError
            except DagsterExecutionInterruptedError:
                if is_overdue.is_set():
                    raise RunTookTooLong(
                        f"This run went on for more than {self._limits.run_seconds:.0f} seconds and was ended: "
                        "raise PIPELINES_MAX_RUN_SECONDS if it needs more. What it published stays; run again to go on."
                    ) from None
                if COMMAND_TAG in run.tags:
                    instance.report_run_canceling(run)
                raise
            finally:
                # Whatever way it ends, no step of this process goes on.
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)

    def _steps(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """As ``InProcessExecutor.execute``, with claims of our own."""
        yield from ExecuteRunWithPlanIterable(
            execution_plan=execution_plan,
            iterator=self._watched_steps,
            execution_context_manager=PlanExecutionContextManager(
                job=plan_context.job,
                retry_mode=plan_context.retry_mode,
                execution_plan=execution_plan,
                run_config=plan_context.run_config,
                dagster_run=plan_context.dagster_run,
                instance=plan_context.instance,
                raise_on_error=plan_context.raise_on_error,
                output_capture=plan_context.output_capture,
                step_dependency_config=self.step_dependency_config,
            ),
        )

    def _watched_steps(
        self, job_context: PlanExecutionContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        claims = WatchedClaims(
            job_context.instance,
            job_context.dagster_run,
            longest=self._limits.wait_seconds,
            tell=job_context.log.warning,
        )
        with claims:
            yield from inner_plan_execution_iterator(job_context, execution_plan, claims)


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[threading.Event]:
    """Interrupt the main thread of this process when the block takes longer; the event then says why.

    A main thread that does not end the block soon after is stuck, and the process ends: its lock tells the next one.
    """
    is_overdue = threading.Event()

    def interrupt() -> None:
        is_overdue.set()
        interrupt_main_thread()

    timers = (
        threading.Timer(seconds, interrupt),
        threading.Timer(seconds + _SECONDS_TO_END, os._exit, args=(1,)),
    )
    # Dagster takes signals in no other thread.
    if threading.current_thread() is threading.main_thread():
        for timer in timers:
            timer.daemon = True
            timer.start()
    try:
        yield is_overdue
    finally:
        for timer in timers:
            timer.cancel()
