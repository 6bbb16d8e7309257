"""This project: the stream assets of both sources in one run, as ``make sync`` executes them.

Here: the run and its phases. Metrics and report, which are part of the sync job too, are left out: no other contender
has them. "start" ends when the definitions and PyAirbyte are loaded.
"""

from __future__ import annotations

import os

from benchmarks.sync.contenders.phases import Phases
from benchmarks.sync.contenders.task import Task
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.world import EPOCH

DATABASE = "warehouse.duckdb"
#: Left out: for each of their pages the demo server computes a report of all entries, which would be most of what is measured.
_REPORTS = ("entry_invoicing", "expense_invoicing", "summary_report")


def environment(task: Task) -> dict[str, str]:
    """The settings of a project in the task's folder that reads the task's server."""
    budget = str(task.requests_per_second or "")
    return {
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": task.server,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_WORKSPACE_ID": task.workspace,
        "CLOCKIFY_API_URL": task.server,
        "PIPELINES_WAREHOUSE": str(task.folder / DATABASE),
        "PIPELINES_START_DATE": EPOCH.isoformat(),
        "PIVOTAL_TRACKER_REQUESTS_PER_SECOND": budget,
        "CLOCKIFY_REQUESTS_PER_SECOND": budget,
        "DAGSTER_HOME": str(task.folder / "home"),
    }


def main() -> None:
    task = Task.of_this_process()
    phases = Phases(task.folder)
    os.environ |= environment(task)
    import dagster as dg

    from pipelines.cli.instance import open_instance, prepare_home
    from pipelines.cli.run_sync import days_of_sync
    from pipelines.definitions import build_defs
    from pipelines.defs.jobs import range_tags, sync_config
    from pipelines.defs.settings import load_settings
    from pipelines.pyairbyte.loading import load_pyairbyte
    from pipelines.sources.registry import CLOCKIFY, CONNECTORS

    settings = load_settings()
    prepare_home(settings)
    reports = dg.AssetSelection.assets(*(dg.AssetKey([CLOCKIFY, name]) for name in _REPORTS))
    selection = dg.AssetSelection.groups(*CONNECTORS) - reports
    streams = dg.define_asset_job("streams", selection=selection)
    definitions = dg.Definitions.merge(build_defs(settings), dg.Definitions(jobs=[streams]))
    job = definitions.resolve_job_def("streams")
    load_pyairbyte()
    phases.end("start")
    first, last = days_of_sync(settings, everything=False)
    with open_instance() as instance:
        job.execute_in_process(
            instance=instance,
            tags=range_tags(first.isoformat(), last.isoformat()),
            run_config=sync_config(settings, full_refresh=False),
        )
    phases.end("run")


if __name__ == "__main__":
    main()
