"""The assets a person takes away: the report, the metric tables as files, one document per story, a snapshot to ask.

They are written beside the warehouse, into a folder of its name. Here: where and when. Not here: what is in them
(``outputs``).
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import dagster as dg

from pipelines.defs.alerts import alert_specs, check_alerts, ground
from pipelines.defs.automation.metrics_follow import REPORT_GROUP, metrics_condition
from pipelines.defs.metrics import stream_keys
from pipelines.defs.moments import end_of_archive
from pipelines.defs.quality.behind import tables_behind_their_inputs
from pipelines.defs.quality.implausible import implausible_dates
from pipelines.defs.quality.reads import told_by_reads
from pipelines.defs.quality.rights import cut_lists
from pipelines.defs.quality.unreadable import all_told
from pipelines.defs.resources import Sources
from pipelines.defs.runs.now import as_of_run
from pipelines.metrics.catalog import FAMILIES, tables_behind
from pipelines.outputs.report.page import tables_read
from pipelines.project.discretion import discreet
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.settings import ReportSettings

_STREAMS = [
    f"{connector.namespace}.{props.name}"
    for connector in CONNECTORS.values()
    for props in connector.streams
]
_METRICS = {table.address: table for tables in FAMILIES.values() for table in tables}


def last_of(addresses: Iterable[str]) -> list[dg.AssetKey]:
    """Of metric tables those from which no other of them is computed.

    They come last and lead to the others, so what depends on them follows all. Edges to every table would bury the
    graph.
    """
    chosen = _METRICS.keys() & set(addresses)
    led_to = tables_behind(origin for address in chosen for origin in _METRICS[address].inputs)
    return [dg.AssetKey(address.split(".")) for address in sorted(chosen - led_to)]


def _streams_of(spec: dg.AssetSpec) -> set[dg.AssetKey]:
    return stream_keys(".".join(dep.asset_key.path) for dep in spec.deps)


_PAGE = dg.AssetKey([REPORT_GROUP, "page"])
_EXPORTS = dg.AssetKey([REPORT_GROUP, "exports"])
_DOCUMENTS = dg.AssetKey([REPORT_GROUP, "story_documents"])
_SNAPSHOT = dg.AssetKey([REPORT_GROUP, "snapshot"])
_SPECS = (
    dg.AssetSpec(
        _PAGE,
        deps=last_of(tables_read()),
        kinds={"html", "chart"},
        description="The report: an HTML page of the company with headline figures, charts and the open questions of the data, "
        "and a page for each project, client and team. All charts in small are behind *Show Markdown* of its last event.",
    ),
    dg.AssetSpec(
        _EXPORTS,
        deps=last_of(_METRICS),
        kinds={"parquet", "csv"},
        description="Every metric table as a Parquet and a CSV file.",
    ),
    dg.AssetSpec(
        _SNAPSHOT,
        deps=last_of(_METRICS),
        kinds={"duckdb"},
        description="All tables as this run left them, in a DuckDB file that is never written to again: what "
        "`pipelines mcp` reads.",
    ),
    dg.AssetSpec(
        _DOCUMENTS,
        deps=[
            ["pivotal_tracker", "stories"],
            ["pivotal_tracker", "comments"],
            ["project_management", "story_states"],
            ["project_management", "story_facts"],
            ["effort", "story_effort"],
        ],
        kinds={"json"},
        description="One text document per story with its metadata, as JSON Lines: for an index or a prompt. And the same of "
        "iterations, epics, projects and clients, with a manifest of hashes.",
    ),
)


@dg.multi_asset(
    name="report",
    specs=[
        spec.replace_attributes(
            group_name=REPORT_GROUP,
            automation_condition=metrics_condition(_streams_of(spec)),
        )
        for spec in _SPECS
    ],
    check_specs=alert_specs(_PAGE),
    can_subset=True,
    pool="warehouse",
)
@discreet
def report(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    sources: dg.ResourceParam[Sources],
) -> Any:
    """Write what is selected of the report, the exports and the documents."""
    from pipelines.outputs.charts.exports import export_tables
    from pipelines.outputs.charts.kept import drawings_kept
    from pipelines.outputs.documents.bundle import FOLDER, write_bundle
    from pipelines.outputs.documents.story_documents import write_story_documents
    from pipelines.outputs.privacy.names import people_shown
    from pipelines.outputs.report.dashboard import dashboard
    from pipelines.outputs.report.headline import headline_lines
    from pipelines.outputs.snapshot.write import FILE_NAME, write_snapshot

    as_of = as_of_run(context, sources.settings)
    folder = sources.settings.report_dir
    mode = _mode(sources)
    documents = folder / "story_documents.jsonl"

    def export(connection: "duckdb.DuckDBPyConnection") -> dg.MaterializeResult[Any]:
        with people_shown(connection, _settings(sources).people):
            paths = export_tables(connection, folder / "tables")
        return _written(_EXPORTS, folder / "tables", files=len(paths))

    def document(connection: "duckdb.DuckDBPyConnection") -> dg.MaterializeResult[Any]:
        with people_shown(connection, _settings(sources).people):
            count = write_story_documents(connection, as_of, documents)
            bundled = write_bundle(connection, as_of, folder / FOLDER)
        return _written(_DOCUMENTS, documents, documents=count, documents_of_all_kinds=bundled)

    def snapshot(connection: "duckdb.DuckDBPyConnection") -> dg.MaterializeResult[Any]:
        end = end_of_archive(connection, sources.settings, as_of)
        with people_shown(connection, _settings(sources).people):
            count = write_snapshot(connection, as_of, folder, mode=mode, tracker_as_of=end)
        return _written(_SNAPSHOT, folder / FILE_NAME, tables=count)

    def page(connection: "duckdb.DuckDBPyConnection") -> dg.MaterializeResult[Any]:
        path = written_report(connection, sources, as_of)
        lines = "\n".join(f"* {line}" for line in headline_lines(connection, as_of))
        end = end_of_archive(connection, sources.settings, as_of)
        with (
            people_shown(connection, _settings(sources).people),
            drawings_kept(sources.settings.drawings_dir),
        ):
            charts = dashboard(connection, as_of, end or as_of)
        # Said of the asset, not of the step's output, where Dagster would keep all of it once more.
        context.add_asset_metadata({"charts": dg.MetadataValue.md(charts)}, _PAGE)
        return dg.MaterializeResult(
            asset_key=_PAGE,
            metadata={
                "path": dg.MetadataValue.path(path),
                "open": dg.MetadataValue.url(path.as_uri()),
                "headline": dg.MetadataValue.md(lines),
                "kilobytes": path.stat().st_size // 1024,
            },
        )

    writers = {_EXPORTS: export, _DOCUMENTS: document, _SNAPSHOT: snapshot, _PAGE: page}
    failures = []
    with warehouse.connect(read_only=True) as connection:
        for key, write in writers.items():
            if key not in context.selected_asset_keys:
                continue
            try:
                yield write(connection)
            except Exception as error:
                failures.append(f"{'.'.join(key.path)}: {first_line(error)}")
                context.log.debug(f"{key.to_user_string()} failed", exc_info=True)
        if context.selected_asset_check_keys:
            with ground(connection, sources.settings, as_of) as looked_at:
                results = list(check_alerts(looked_at, sources.settings, _PAGE))
            selected = {key.name for key in context.selected_asset_check_keys}
            yield from (result for result in results if result.check_name in selected)
    if failures:
        raise dg.Failure(" ".join(failures)) from None


def written_report(
    connection: "duckdb.DuckDBPyConnection", sources: Sources, as_of: datetime, **chosen: Any
) -> Path:
    """Write the report with its pages as the settings say; ``chosen`` are a period and a project of ``write_report``."""
    from pipelines.outputs.charts.kept import drawings_kept
    from pipelines.outputs.privacy.names import people_shown
    from pipelines.outputs.report.page import write_report

    settings = sources.settings
    notes = [
        *_notes(sources),
        *all_told(connection, _STREAMS),
        *told_by_reads(connection),
        *cut_lists(connection),
        *implausible_dates(connection, as_of),
        *tables_behind_their_inputs(connection),
    ]
    end = end_of_archive(connection, settings, as_of)
    report_settings = _settings(sources)
    with (
        people_shown(connection, report_settings.people),
        drawings_kept(settings.drawings_dir),
    ):
        return write_report(
            connection,
            as_of,
            settings.report_dir,
            mode=_mode(sources),
            notes=notes,
            tracker_as_of=end,
            settings=report_settings,
            **chosen,
        )


def _settings(sources: Sources) -> "ReportSettings":
    from pipelines.metrics.settings import load

    return load(sources.settings.metric_settings).report


def _mode(sources: Sources) -> Literal["demo", "live"]:
    return "demo" if sources.settings.is_demo else "live"


def _notes(sources: Sources) -> list[str]:
    """What was left out of an archive, assumed or replaced."""
    try:
        return sources.notes(PIVOTAL_TRACKER)
    except dg.Failure as failure:
        return [str(failure.description)]


def _written(key: dg.AssetKey, path: Path, **facts: int) -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(
        asset_key=key, metadata={"path": dg.MetadataValue.path(path), **facts}
    )
