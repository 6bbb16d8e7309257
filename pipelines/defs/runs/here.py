"""A run in this process, for the command line.

It takes the job's own executor, which Dagster's ``execute_in_process`` would replace. It has its
lock before Dagster knows of the run, so a run whose process was killed is always found.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from pipelines.defs.dagster_private import InMemoryJob, execute_run, make_new_run_id
from pipelines.defs.runs.alive import hold_lock


def run_here(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    *,
    tags: Mapping[str, str],
    run_config: Mapping[str, object],
) -> dg.JobExecutionResult:
    """Run ``job`` to its end. Its failure is in the result."""
    run_id = make_new_run_id()
    hold_lock(instance, run_id)
    run = instance.create_run_for_job(
        job, run_id=run_id, run_config=run_config, tags={**job.run_tags, **tags}
    )
    return execute_run(InMemoryJob(job), run, instance)
