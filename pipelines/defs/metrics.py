"""The metric assets: one subsettable multi-asset per family, so that a run of all tables costs one process."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

import hashlib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.defs.automation.metrics_follow import metrics_condition
from pipelines.defs.charts import chart_metadata
from pipelines.defs.code_links import code_references, files_of_table
from pipelines.defs.failing_checks import failing_checks
from pipelines.defs.moments import end_of_archive
from pipelines.defs.resources import Sources
from pipelines.defs.runs.now import as_of_run
from pipelines.defs.settings import Settings
from pipelines.metrics.catalog import FAMILIES, tables_behind
from pipelines.metrics.catalog_schema.tables import SCHEMA as CATALOG
from pipelines.metrics.code import code_of
from pipelines.metrics.column_lineage import column_lineage
from pipelines.metrics.effort.accepted_links import AcceptedLinksError, read_accepted_links
from pipelines.metrics.left_out import left_out
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.project.discretion import discreet
from pipelines.project.texts.counts import counted
from pipelines.project.texts.markdown import cell
from pipelines.pyairbyte.metadata import markdown_table
from pipelines.sources.pivotal_tracker.crosswalk import CrosswalkError, read_crosswalk, read_titles
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import first_line
from pipelines.warehouse.raw_tables import stream_address
from pipelines.warehouse.upgrade import bring_up_to_date

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.up_to_date import UpToDate

#: A run with this tag computes every table, whatever is known of it.
COMPUTE_ANEW_TAG = "pipelines/compute_anew"
#: Seconds after which a run lets others have the warehouse. Opening it takes longer than looking at a table that did not change.
_LONGEST_TURN = 5.0


def metric_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """All metric assets, a multi-asset per family."""
    return [_assets(family, tables, settings) for family, tables in FAMILIES.items()]


def metric_spec(
    table: MetricTable, storage_kind: str, fingerprint: str = "", code_url: str | None = None
) -> dg.AssetSpec:
    """The spec of a metric table: its definition is its description, its inputs are its dependencies.

    ``fingerprint`` identifies the settings the table depends on; when it or the code changes, the table is computed again.
    """
    return dg.AssetSpec(
        key=_key(table.address),
        description=table.definition.strip(),
        deps=sorted({_input_key(address) for address in table.inputs}),
        group_name=table.schema,
        # "kind:chart" in the catalogue finds those that have a picture.
        kinds={storage_kind, "sql", *(["chart"] if table.address in _DRAWN else [])},
        code_version=f"{code_of(table)} {fingerprint}".strip(),
        automation_condition=metrics_condition(stream_keys(table.inputs)),
        metadata={
            "dagster/table_name": table.address,
            "dagster/storage_kind": storage_kind,
            "grain": ", ".join(table.grain),
            **code_references(files_of_table(table), code_url),
            **_column_lineage(table.address),
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(column.name, column.type, column.description)
                    for column in table.columns
                ]
            ),
        },
    )


#: Metric tables with charts, which are in their *Events*.
_DRAWN = frozenset(chart.asset for chart in CHARTS)


def _assets(family: str, tables: Sequence[MetricTable], settings: Settings) -> dg.AssetsDefinition:
    fingerprints = _fingerprints(tables, settings)
    storage_kind = Warehouse(settings.warehouse).backend.storage_kind

    @dg.multi_asset(
        name=family,
        specs=[
            metric_spec(table, storage_kind, fingerprints.get(table.address, ""), settings.code_url)
            for table in tables
        ],
        can_subset=True,
        pool="warehouse",
        # What tells of the checks comes after them.
        op_tags={"dagster/priority": "-1"} if family == CATALOG else None,
    )
    @discreet
    def compute_tables(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        sources: dg.ResourceParam[Sources],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        selected = [table for table in tables if _key(table.address) in context.selected_asset_keys]
        run = _metric_run(sources.settings, as_of_run(context, sources.settings))
        failures: dict[str, str] = {}
        facts: dict[str, _Facts] = {}
        with warehouse.connect() as connection:
            for connector in CONNECTORS.values():
                bring_up_to_date(connection, connector)
            end = end_of_archive(connection, sources.settings, run.as_of)
        run = replace(run, tracker_as_of=end)
        if family == CATALOG:
            run = replace(run, failing=failing_checks(context))
        if end and family == "project_management":
            context.log.info(
                f"Tracker's archive ends on {end:%Y-%m-%d %H:%M} UTC: its tables are computed as of then. "
                "Set PIPELINES_AS_OF for another moment."
            )
        anew = COMPUTE_ANEW_TAG in context.run.tags
        for table, up_to_date in _turns(warehouse, selected):
            failed_inputs = [
                address
                for address in table.inputs
                if address in failures and address not in table.optional
            ]
            if failed_inputs:
                failures[table.address] = f"not computed, because {failed_inputs[0]} failed."
                continue
            try:
                with up_to_date.session() as connection:
                    without = left_out(connection, table, failures)
                facts[table.address] = _facts(
                    up_to_date, table, replace(run, left_out=without), anew=anew
                )
            except Exception as error:
                failures[table.address] = first_line(error)
                context.log.debug(f"{table.address} failed", exc_info=True)
                continue
            for address, reason in without.items():
                context.log.warning(f"{table.address} does without {address}: {reason}.")
            context.log.info(f"{table.address}: {facts[table.address].said}")
        # Charts come last, because some also show tables that are computed after theirs.
        with warehouse.connect(read_only=True) as connection:
            by_address = {table.address: table for table in selected}
            for address, found in facts.items():
                # Said of the asset, not of the step's output, where Dagster would keep all of it once more.
                context.add_asset_metadata(
                    {
                        **found.metadata,
                        "preview": _preview(connection, by_address[address], run),
                        **chart_metadata(
                            connection,
                            address,
                            run.as_of_in(family),
                            sources.settings.drawings_dir,
                        ),
                    },
                    asset_key=_key(address),
                )
                yield dg.MaterializeResult(
                    asset_key=_key(address),
                    data_version=dg.DataVersion(found.version),
                )
        if failures:
            raise dg.Failure(
                " ".join(f"{address}: {reason}" for address, reason in failures.items())
            ) from None

    return compute_tables


@dataclass(frozen=True)
class _Facts:
    """What a run tells of a table that is up to date: a sentence, metadata, and the version of its rows."""

    said: str
    version: str
    metadata: dict[str, Any]


def _turns(
    warehouse: Warehouse, tables: Sequence[MetricTable]
) -> Iterator[tuple[MetricTable, "UpToDate"]]:
    """``tables``, each with what brings it up to date in an open warehouse, which others can have after some seconds."""
    from pipelines.metrics.up_to_date import UpToDate

    to_do = deque(tables)
    while to_do:
        with warehouse.connect() as connection:
            began = time.monotonic()
            up_to_date = UpToDate(connection)
            while to_do and time.monotonic() - began < _LONGEST_TURN:
                yield to_do.popleft(), up_to_date


def _facts(up_to_date: "UpToDate", table: MetricTable, run: MetricRun, *, anew: bool) -> _Facts:
    from pipelines.metrics.headlines import headlines

    started = time.monotonic()
    brought = up_to_date.bring(table, run, anew=anew)
    with up_to_date.session() as connection:
        numbers = headlines(connection, table)
        notes = table.notes(connection, run) if table.notes else {}
    since = f"{brought.unchanged_since:%Y-%m-%d %H:%M} UTC"
    said = counted(brought.rows, "row")
    return _Facts(
        said=said if brought.is_computed else f"{said}, unchanged since {since}",
        version=brought.contents,
        metadata={
            "dagster/row_count": brought.rows,
            "as_of": run.as_of_in(table.schema).isoformat(),
            "computed": brought.is_computed,
            "unchanged_since": since,
            **numbers,
            **notes,
            **({"left_out": dict(run.left_out)} if run.left_out else {}),
            "seconds": round(time.monotonic() - started, 3),
        },
    )


def _preview(
    connection: "duckdb.DuckDBPyConnection", table: MetricTable, run: MetricRun
) -> dg.MarkdownMetadataValue:
    from pipelines.outputs.preview import preview

    try:
        shown = markdown_table(preview(connection, table, run.as_of_in(table.schema)))
    except Exception as error:  # noqa: BLE001 (a table is no worse for rows that cannot be shown)
        shown = cell(f"These rows cannot be shown: {first_line(error)}")
    return dg.MetadataValue.md(shown)


def _column_lineage(address: str) -> dict[str, dg.TableColumnLineage]:
    """Metadata of a definition: where the columns come from is a fact of the code, and no event needs to repeat it."""
    lineage = {
        column: [
            dg.TableColumnDep(_input_key(source.rpartition(".")[0]), source.rpartition(".")[2])
            for source in sources
        ]
        for column, sources in column_lineage(address).items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(lineage)} if lineage else {}


def _metric_run(settings: Settings, as_of: datetime) -> MetricRun:
    from pipelines.metrics.settings import MetricSettingsError, load

    try:
        metric_settings = load(settings.metric_settings)
    except MetricSettingsError as error:
        raise dg.Failure(f"PIPELINES_SETTINGS: {error}", allow_retries=False) from None
    try:
        crosswalk = read_crosswalk(settings.story_crosswalk)
        titles = read_titles(settings.story_crosswalk)
    except CrosswalkError as error:
        raise dg.Failure(f"PIPELINES_STORY_CROSSWALK: {error}", allow_retries=False) from None
    try:
        accepted = read_accepted_links(metric_settings, settings.metric_settings)
    except AcceptedLinksError as error:
        raise dg.Failure(f"[links] accepted: {error}", allow_retries=False) from None
    return MetricRun(
        as_of=as_of,
        settings=metric_settings,
        crosswalk=crosswalk,
        accepted=accepted,
        titles=titles,
        # The demo company of another day is read today.
        reads_until=None if settings.demo_now else settings.as_of,
    )


def _fingerprints(tables: Sequence[MetricTable], settings: Settings) -> dict[str, str]:
    """By address, what identifies the settings a table depends on; empty when the settings file is wrong.

    The story crosswalk and the file of accepted links count as such. A wrong file must not keep the code location from loading: the run that needs it says what is wrong.
    """
    from pipelines.metrics.settings import MetricSettingsError, load

    try:
        metric_settings = load(settings.metric_settings)
        crosswalk = (
            *read_crosswalk(settings.story_crosswalk),
            *read_titles(settings.story_crosswalk),
        )
        accepted = read_accepted_links(metric_settings, settings.metric_settings)
    except (MetricSettingsError, CrosswalkError, AcceptedLinksError):
        return {}
    lines = _hashed(crosswalk) + _hashed(accepted)
    return {
        table.address: metric_settings.fingerprint(*table.settings)
        + (lines if table.uses_crosswalk else "")
        for table in tables
        if table.settings or table.uses_crosswalk
    }


def _hashed(lines: Sequence[object]) -> str:
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:16] if lines else ""


def stream_keys(addresses: Iterable[str]) -> set[dg.AssetKey]:
    """The stream assets that tables are made of, be it through other tables."""
    keys = {_input_key(address) for address in tables_behind(addresses)}
    return {key for key in keys if key.path[0] in CONNECTORS}


def _key(address: str) -> dg.AssetKey:
    return dg.AssetKey(address.split("."))


def _input_key(address: str) -> dg.AssetKey:
    """The asset that writes the table at ``address``; a stream's asset also writes the tables beside its own."""
    return _key(stream_address(address))
