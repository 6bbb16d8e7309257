"""Assembles the code location ``pipelines.definitions:defs``; whatever is defined is defined elsewhere.

What lies in the folder ``defs`` is loaded as Dagster's tools expect it: each ``defs.yaml``, and each definition at the top of
a module. What depends on settings is made by functions and added here.

Loading it imports no PyAirbyte, opens no file but ``.env``, the manifests, the lineage of columns and the two files that
settings name (metric settings, story crosswalk), and reaches no network.
"""

from __future__ import annotations

import warnings
from typing import Any

import dagster as dg

import pipelines.defs
from pipelines.defs.automation.definitions import automation
from pipelines.defs.checks import checks
from pipelines.defs.checks.freshness import with_freshness
from pipelines.defs.console import short_console_logger
from pipelines.defs.jobs import compute_job, sync_job
from pipelines.defs.loading import loading_under
from pipelines.defs.metrics import metric_assets
from pipelines.defs.mirror import mirror_assets
from pipelines.defs.owners import with_owners
from pipelines.defs.resources import Sources
from pipelines.defs.runs.executor import Limits, one_process
from pipelines.defs.settings import Settings, load_settings
from pipelines.project.folder import PROJECT
from pipelines.project.texts.secrets import blot_logs
from pipelines.pyairbyte.component import PyAirbyteComponent
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.warehouse.connection import Warehouse


def build_defs(settings: Settings, **resource_overrides: Any) -> dg.Definitions:
    """The definitions under ``settings``; tests replace resources by keyword."""
    warehouse: Warehouse = resource_overrides.pop("warehouse", Warehouse(settings.warehouse))
    sources = Sources(settings, warehouse)
    resources = {
        "airbyte": PyAirbyteResource(staging_dir=str(settings.staging_dir)),
        "sources": sources,
        "destinations": sources,
        "warehouse": warehouse,
        **resource_overrides,
    }
    sync = sync_job(settings)
    # As `load_from_defs_folder` does it, but without the catalogue of all installed component types, which takes longer
    # than the rest and which nothing here shows.
    tree = dg.ComponentTree.from_module(defs_module=pipelines.defs, project_root=PROJECT)
    with loading_under(settings), warnings.catch_warnings():
        # Dagster's own loader calls what Dagster marks as new.
        for category in (dg.PreviewWarning, dg.BetaWarning):
            warnings.simplefilter("ignore", category)
        folder = tree.build_defs(tree.defs_module_path)
        streams = _streams(tree)
    core = dg.Definitions(
        assets=[*metric_assets(settings), *mirror_assets(settings.mirror)],
        asset_checks=checks(settings, streams),
        jobs=[sync, compute_job(settings)],
        resources=resources,
        loggers={"console": short_console_logger},
        executor=one_process(
            Limits(
                wait_seconds=settings.max_wait_seconds,
                run_seconds=settings.max_run_seconds,
                keep_days=settings.keep_runs_days,
            )
        ),
    )
    whole = dg.Definitions.merge(core, folder, automation(sources, sync))
    return with_owners(settings, with_freshness(settings, whole))


def _streams(tree: dg.ComponentTree) -> dict[str, list[AirbyteStreamProps]]:
    """The streams that the folder's components read, by namespace, but for those that a translation gave another key."""
    return {
        connector.namespace: [
            props
            for props in component.selected(connector)
            if translator.get_asset_spec(props).key.path == [props.namespace, props.name]
        ]
        for component in tree.get_all_components(of_type=PyAirbyteComponent)
        for connector, translator in [(component.declared(), component.translator())]
    }


blot_logs()
defs = build_defs(load_settings())
