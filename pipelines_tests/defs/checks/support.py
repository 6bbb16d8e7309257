"""Runs checks and says what they found. Here: nothing about any particular check."""

from __future__ import annotations

import dagster as dg

from pipelines.definitions import build_defs
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.project import Project

Evaluations = dict[tuple[str, str], dg.AssetCheckEvaluation]


def run_checks(project: Project, *assets: str) -> dg.ExecuteInProcessResult:
    """Run the checks of ``assets`` and nothing else, as the UI's "execute checks" does."""
    keys = [dg.AssetKey(asset.split("/")) for asset in assets]
    checks = dg.AssetSelection.checks_for_assets(*keys)
    job = dg.define_asset_job("only_checks", selection=checks)
    definitions = dg.Definitions.merge(build_defs(project.settings), dg.Definitions(jobs=[job]))
    return definitions.resolve_job_def("only_checks").execute_in_process(
        instance=project.instance,
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        raise_on_error=False,
    )


def evaluations(result: dg.ExecuteInProcessResult) -> Evaluations:
    """What the checks of a run found, by asset ("schema/table") and check."""
    return {
        (found.asset_key.to_user_string(), found.check_name): found
        for found in result.get_asset_check_evaluations()
    }


def edit(project: Project, sql: str) -> None:
    """Change the warehouse behind the project's back."""
    with Warehouse(project.settings.warehouse, lock_timeout=120).connect() as connection:
        connection.execute(sql)
