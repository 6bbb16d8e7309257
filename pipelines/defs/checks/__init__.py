"""The asset checks: what a run judges about the tables it wrote.

Here: which table gets which check, how severe it is, and how a verdict looks in the UI; one file per kind, each a
list of ``TableCheck`` that ``steps`` turns into one step per schema. Not here: the judgement itself (``defs.quality``).

A table that nobody wrote yet gets no result: the UI shows its check as skipped, which is neither good nor bad news.
Failed keys of raw tables stop what would be computed from them; everything else is told and stops nothing.
"""

from __future__ import annotations

import dagster as dg

from pipelines.defs.checks.agreement import iterations_check, reconciliation_check
from pipelines.defs.checks.drift import drift_checks
from pipelines.defs.checks.keys import metric_key_checks, stream_key_checks
from pipelines.defs.checks.row_counts import row_count_checks
from pipelines.defs.checks.steps import check_step
from pipelines.metrics.catalog import FAMILIES
from pipelines.project.settings import Settings
from pipelines.sources.registry import CONNECTORS


def checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """All asset checks: one step per schema and kind, so that each opens the warehouse once."""
    steps = []
    for source, connector in CONNECTORS.items():
        steps += [
            check_step(f"{source}_keys", stream_key_checks(connector)),
            check_step(f"{source}_row_counts", row_count_checks(connector, settings)),
            check_step(f"{source}_drift", drift_checks(connector)),
        ]
    steps += [
        check_step(f"{family}_keys", metric_key_checks(tables))
        for family, tables in FAMILIES.items()
    ]
    return [
        *steps,
        check_step("iterations_agreement", [iterations_check(settings)]),
        check_step("reconciliation", [reconciliation_check()]),
    ]
