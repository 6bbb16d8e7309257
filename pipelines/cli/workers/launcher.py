"""The run launcher of ``deploy/celery/dagster.yaml``: Dagster's own for Celery, which also notices a dead worker.

A task whose worker died with its machine stays "started" in Celery for ever, and Dagster's launcher believes that. So
the workers are asked: the run belongs to one that answers, or it is over. Dagster's monitoring then marks it as
failed, frees its pool slots, and starts it again.
"""

from __future__ import annotations

import dagster as dg
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from pipelines.defs.dagster_private import CheckRunHealthResult, WorkerStatus

_SECONDS_TO_ANSWER = 3.0
#: A worker that is slow to answer must not lose its run over one question.
_QUESTIONS = 3


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Hands whole runs to Celery workers; a run is healthy while a worker says that it has it."""

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """RUNNING while a worker has the run, else what became of its task; NOT_FOUND when its worker is gone."""
        task_id = run.tags[DAGSTER_CELERY_TASK_ID_TAG]
        if any(self._is_at_a_worker(task_id) for _ in range(_QUESTIONS)):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        health = super().check_run_worker_health(run)
        if health.status is WorkerStatus.RUNNING:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "The worker of this run is gone.")
        return health

    def _is_at_a_worker(self, task_id: str) -> bool:
        # The raw answers, a dict each: `inspect` merges them by name, and loses one where two workers share a name.
        answers = self.celery.control.broadcast(
            "query_task", arguments={"ids": [task_id]}, reply=True, timeout=_SECONDS_TO_ANSWER
        )
        return any(task_id in tasks for answer in answers for tasks in answer.values())
