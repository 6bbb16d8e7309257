"""What is printed when a sync has ended: what it did, what failed and why, some figures, and where everything is.

Here: the words. Not here: the runs themselves (``run_sync``), and how figures are computed (``charts.report``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.cli.wide import wide_console
from pipelines.defs.settings import Settings
from pipelines.project.texts.secrets import blotted
from pipelines.project.texts.terminal import plain
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse

if TYPE_CHECKING:
    import dagster as dg

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


def print_closing(
    settings: Settings, results: Sequence[dg.ExecutionResult], *, began: datetime
) -> None:
    """Tell what the runs did that ``began`` then: numbers to standard output, trouble to standard error."""
    trouble = Console(stderr=True)
    output = wide_console()
    table = _summary(results)
    if table.row_count and any(_is_read(result) for result in results):
        output.print(table)
    for kind, colour, sentences in (
        ("Check:", "yellow", _failed_checks),
        ("Note:", "yellow", _remarks),
        ("Failed:", "red", _failures),
        ("To be continued:", "yellow", deferrals),
    ):
        # One reason may have stopped several steps.
        for sentence in dict.fromkeys(each for result in results for each in sentences(result)):
            trouble.print(_told(kind, colour, sentence))
    print_notes(settings)
    for line in _places(settings, began, all_went_well=all(result.success for result in results)):
        output.print(line, highlight=False, soft_wrap=True, markup=False)


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


def _told(heading: str, style: str, sentence: str) -> Text:
    """A sentence that may quote others, who get no say in how it looks."""
    return Text.assemble((heading, style), " ", plain(blotted(sentence)))


def deferrals(result: dg.ExecutionResult) -> Iterator[str]:
    """What a request budget put off, in the words of each read."""
    from pipelines.pyairbyte.deferral import DEFERRED

    for event in result.get_asset_observation_events():
        found = event.asset_observation_data.asset_observation.metadata.get(DEFERRED)
        if found:
            yield str(found.value)


def _summary(results: Sequence[dg.ExecutionResult]) -> Table:
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


def _is_read(result: dg.ExecutionResult) -> bool:
    """Whether a stream was read: tables of nothing new are not worth a word beside the reason."""
    events = result.get_asset_materialization_events()
    return any(event.asset_key and event.asset_key.path[0] in CONNECTORS for event in events)


def _failed_checks(result: dg.ExecutionResult) -> Iterator[str]:
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            table = ".".join(evaluation.asset_key.path)
            yield f"{table} {evaluation.check_name}: {evaluation.description}"


def _remarks(result: dg.ExecutionResult) -> Iterator[str]:
    """What materializations tell, such as a chart that could not be drawn."""
    from pipelines.defs.charts import TOLD

    for event in result.get_asset_materialization_events():
        found = event.materialization.metadata.get(TOLD)
        if found:
            yield from str(found.value).split("\n")


def _failures(result: dg.ExecutionResult) -> Sequence[str]:
    from pipelines.outputs.status.runs import reasons_of_failure

    ended = result.filter_events(lambda event: event.event_type_value == "PIPELINE_FAILURE")
    return reasons_of_failure(result.get_step_failure_events(), ended)


def _places(settings: Settings, began: datetime, *, all_went_well: bool) -> Iterator[str]:
    """Some figures where all is new, and where the data and the report are; only of what there is."""
    from pipelines.outputs.report.page import FILE_NAME

    backend = Warehouse(settings.warehouse).backend
    if all_went_well:
        yield from _headline(settings)
    if backend.is_there:
        yield f"The data is in {backend.label}"
    page = settings.report_dir / FILE_NAME
    if page.exists():
        written_at = datetime.fromtimestamp(page.stat().st_mtime, timezone.utc)
        older = "" if written_at >= began else f" (of {written_at:%Y-%m-%d %H:%M} UTC)"
        yield f"The report is {page}{older}: open it in a browser, {page.as_uri()}"
    yield "Dagster shows what ran: `make ui`"


def _headline(settings: Settings) -> Iterator[str]:
    from pipelines.outputs.report.headline import headline_lines

    with Warehouse(settings.warehouse).connect(read_only=True) as connection:
        yield from headline_lines(connection, settings.as_of or datetime.now(timezone.utc))
