"""Assembles the code location ``pipelines.definitions:defs``; whatever is defined is defined elsewhere.

Loading it imports no PyAirbyte, opens no file but ``.env``, the manifests and the two files that
settings name (metric settings, story crosswalk), and reaches no network.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from pipelines.defs.automation.definitions import automation
from pipelines.defs.checks import checks
from pipelines.defs.checks.freshness import with_freshness
from pipelines.defs.console import short_console_logger
from pipelines.defs.jobs import compute_job, sync_job
from pipelines.defs.metrics import metric_assets
from pipelines.defs.mirror import mirror_assets
from pipelines.defs.report import report
from pipelines.defs.resources import Sources
from pipelines.defs.streams import stream_assets
from pipelines.project.settings import Settings, load_settings
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.texts.secrets import blot_logs
from pipelines.warehouse.connection import Warehouse


def build_defs(settings: Settings, **resource_overrides: Any) -> dg.Definitions:
    """The definitions under ``settings``; tests replace resources by keyword."""
    resources = {
        "airbyte": PyAirbyteResource(staging_dir=str(settings.staging_dir)),
        "sources": Sources(settings),
        "warehouse": Warehouse(settings.warehouse),
        **resource_overrides,
    }
    sync = sync_job(settings)
    core = dg.Definitions(
        assets=with_freshness(
            settings,
            [
                *stream_assets(settings),
                *metric_assets(settings),
                report,
                *mirror_assets(settings.mirror),
            ],
        ),
        asset_checks=checks(settings),
        jobs=[sync, compute_job(settings)],
        resources=resources,
        loggers={"console": short_console_logger},
        # One process a run: PyAirbyte is imported once, and a step costs no process of its own.
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(core, automation(settings, sync))


blot_logs()
defs = build_defs(load_settings())
