"""Runs the sync job in this process, for the days that need reading, and says what it did."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.cli.wide import wide_console
from pipelines.defs.days_to_read import days_to_read
from pipelines.project.locks import held, is_held
from pipelines.project.settings import Settings
from pipelines.project.texts.secrets import blotted
from pipelines.project.texts.terminal import plain
from pipelines.sources.registry import PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse

if TYPE_CHECKING:
    import dagster as dg

#: Runs of the command line name a lock file that their process holds, so that a later one can tell a killed run from a
#: busy one.
LOCK_TAG = "pipelines/lock"

#: So many notes on an archive are printed.
_NOTES = 30

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
    from pipelines.cli.instance import open_instance
    from pipelines.definitions import defs
    from pipelines.defs.jobs import COMPUTE, SYNC, range_tags, sync_config

    console = Console(stderr=True)
    first, last = days_of_sync(settings, everything=everything)
    console.print(f"Reading the days {first} to {last} and what else is new ...")
    lock = f"sync-{uuid.uuid4().hex[:8]}.lock"
    with open_instance() as instance, _held_while_alive(settings.dagster_home / lock):
        end_killed_runs(instance, settings.dagster_home)
        results = [
            defs.resolve_job_def(SYNC).execute_in_process(
                instance=instance,
                tags={**range_tags(first.isoformat(), last.isoformat()), LOCK_TAG: lock},
                run_config=sync_config(settings, full_refresh=everything),
                raise_on_error=False,
            )
        ]
        deferred = list(dict.fromkeys(_deferrals(results[0])))
        if deferred and results[0].success:
            # Within a run Dagster skips what builds on an asset that was put off.
            computed = defs.resolve_job_def(COMPUTE).execute_in_process(
                instance=instance,
                tags={LOCK_TAG: lock},
                run_config={"loggers": {"console": {}}},
                raise_on_error=False,
            )
            results.append(computed)
        wide_console().print(_summary(results))
        for result in results:
            for warning in _failed_checks(result):
                console.print(_told("Check:", "yellow", warning))
            for failure in _failures(result):
                console.print(_told("Failed:", "red", failure))
        for sentence in deferred:
            console.print(_told("To be continued:", "yellow", sentence))
        print_notes(settings)
    page = settings.report_dir / "report.html"
    wide_console().print(
        f"The data is in {Warehouse(settings.warehouse).backend.label}", markup=False
    )
    wide_console().print(f"The report is {page}", markup=False)
    wide_console().print("See both with `make ui`.")
    return all(result.success for result in results)


def days_of_sync(settings: Settings, *, everything: bool) -> tuple[date, date]:
    """First and last day that a sync reads."""
    today = datetime.now(timezone.utc).date()
    if everything:
        return min(settings.start_date, today), today
    return days_to_read(
        settings, Warehouse(settings.warehouse), today=today, lookback_days=settings.lookback_days
    )


@contextmanager
def _held_while_alive(lock: Path) -> Iterator[None]:
    try:
        with held(lock):
            yield
    finally:
        lock.unlink(missing_ok=True)


def end_killed_runs(instance: dg.DagsterInstance, home: Path) -> None:
    """Report runs of this command line whose process is gone as failed, and free their pool slots.

    ``home``: where the lock files lie that the runs name. One that is not there is another machine's.
    """
    import dagster as dg

    unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    for run in unfinished:
        lock = run.tags.get(LOCK_TAG)
        if lock and (home / lock).exists() and not is_held(home / lock):
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            (home / lock).unlink(missing_ok=True)


def _summary(results: Sequence[dg.ExecuteInProcessResult]) -> Table:
    table = Table(title="What this run did", box=None, pad_edge=False)
    table.add_column("table", no_wrap=True)
    for heading in _FACTS.values():
        table.add_column(heading, justify="right")
    latest = {
        event.asset_key: event.materialization.metadata
        for result in results
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    for key, metadata in latest.items():
        cells = [f"{metadata[name].value:,}" if name in metadata else "" for name in _FACTS]
        table.add_row(".".join(key.path), *cells)
    return table


def _told(heading: str, style: str, sentence: str) -> Text:
    """A sentence that may quote others, who get no say in how it looks."""
    return Text.assemble((heading, style), " ", plain(blotted(sentence)))


def print_notes(settings: Settings) -> None:
    """Print what was left out of an archive, assumed or replaced; the report has all of it."""
    console = Console(stderr=True)
    for note in _notes(settings):
        console.print(_told("Archive:", "yellow", note))


def _notes(settings: Settings) -> Iterator[str]:
    import dagster as dg

    from pipelines.defs.resources import Sources

    sources = Sources(settings, Warehouse(settings.warehouse))
    try:
        notes = sources.notes(PIVOTAL_TRACKER)
    except dg.Failure:
        # The run said so.
        return
    yield from notes[:_NOTES]
    if len(notes) > _NOTES:
        yield f"{len(notes) - _NOTES:,} more are in the report, under Can the data be trusted."


def _deferrals(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """What a request budget put off, in the words of each read."""
    from pipelines.pyairbyte.deferral import DEFERRED

    for event in result.get_asset_observation_events():
        found = event.asset_observation_data.asset_observation.metadata.get(DEFERRED)
        if found:
            yield str(found.value)


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
