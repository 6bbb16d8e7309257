"""Runs the sync job in this process, for the days that need reading, and says what it did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipelines.days_to_read import days_to_read
from pipelines.settings import Settings
from pipelines.warehouse.connection import Warehouse

if TYPE_CHECKING:
    import dagster as dg

#: Runs of this process carry its id, so that a later one can tell a killed run from a busy one.
PID_TAG = "pipelines/pid"

_WIDTH = 110

#: The facts of a materialization that the closing table shows, with their headings.
_FACTS = {
    "dagster/row_count": "rows",
    "rows_read": "read",
    "rows_added": "added",
    "rows_changed": "changed",
    "rows_removed": "removed",
    "requests": "requests",
}


def run_sync(settings: Settings, *, everything: bool) -> bool:
    """Run the job; ``everything`` re-reads all days and ignores saved states. Returns whether all went well."""
    import dagster as dg

    from pipelines.definitions import defs
    from pipelines.defs.jobs import SYNC, range_tags, sync_config

    console = Console(stderr=True)
    first, last = _days(settings, everything)
    console.print(f"Reading the days {first} to {last} and what else is new ...")
    with dg.DagsterInstance.get() as instance:
        end_killed_runs(instance)
        result = defs.resolve_job_def(SYNC).execute_in_process(
            instance=instance,
            tags={**range_tags(first.isoformat(), last.isoformat()), PID_TAG: str(os.getpid())},
            run_config=sync_config(settings, full_refresh=everything),
            raise_on_error=False,
        )
        _wide().print(_summary(result))
        for warning in _failed_checks(result):
            console.print(f"[yellow]Check:[/yellow] {warning}", highlight=False)
        for failure in _failures(result):
            console.print(f"[red]Failed:[/red] {failure}", highlight=False)
    page = settings.report_dir / "report.html"
    _wide().print(f"The data is in {Warehouse(settings.warehouse).backend.label}")
    _wide().print(f"The report is {page}")
    _wide().print("See both with `make ui`.")
    return bool(result.success)


def _days(settings: Settings, everything: bool) -> tuple[date, date]:
    today = datetime.now(timezone.utc).date()
    if everything:
        return min(settings.start_date, today), today
    return days_to_read(settings, today=today, lookback_days=settings.lookback_days)


def end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Report runs of this command line whose process is gone as failed, and free their pool slots."""
    import dagster as dg

    from pipelines.pyairbyte.staging import is_alive

    unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    for run in unfinished:
        pid = run.tags.get(PID_TAG)
        if pid and not is_alive(int(pid)):
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _wide() -> Console:
    """Standard output, wide enough for the table even where it is no terminal."""
    console = Console()
    return Console(width=max(console.width, _WIDTH))


def _summary(result: dg.ExecuteInProcessResult) -> Table:
    table = Table(title="What this run did", box=None, pad_edge=False)
    table.add_column("table", no_wrap=True)
    for heading in _FACTS.values():
        table.add_column(heading, justify="right")
    latest = {
        event.asset_key: event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    for key, metadata in latest.items():
        cells = [f"{metadata[name].value:,}" if name in metadata else "" for name in _FACTS]
        table.add_row(".".join(key.path), *cells)
    return table


def _failed_checks(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            table = ".".join(evaluation.asset_key.path)
            yield f"{table} {evaluation.check_name}: {evaluation.description}"


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data:
                yield str(data.user_failure_data.description)
            elif data.error:
                yield f"{event.step_key}: {data.error.message.strip()}"
