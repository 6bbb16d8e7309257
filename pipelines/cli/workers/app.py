"""The Celery app of a worker: ``celery --app pipelines.cli.workers.app worker``.

It is the launcher's own app, so that broker and options are said once, in the instance's ``dagster.yaml``.
"""

from __future__ import annotations

import dagster as dg
from celery import Celery
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tasks import create_execute_job_task

from pipelines.project.environment import SettingsError


def _app() -> Celery:
    with dg.DagsterInstance.get() as instance:
        launcher = instance.run_launcher
    if not isinstance(launcher, CeleryRunLauncher):
        raise SettingsError(
            "The dagster.yaml in DAGSTER_HOME does not send runs to Celery: copy deploy/celery/dagster.yaml there."
        )
    create_execute_job_task(launcher.celery)
    return launcher.celery


app = _app()
