"""The asset checks: what a run judges about the tables it wrote.

Here: which table gets which check, how severe it is, and how a verdict looks in the UI. Each file
has the checks of one kind as a list of ``TableCheck``, which ``steps`` turns into one step per
schema. Not here: the judgement itself (``defs.quality``).

A table that nobody wrote yet gets no result: the UI shows its check as skipped, which is neither
good nor bad news. Failed keys of raw tables stop the metrics that would be computed from them.
Every other failure is reported and stops nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from pipelines.defs.checks.agreement import iterations_check, reconciliation_check
from pipelines.defs.checks.drift import drift_checks
from pipelines.defs.checks.implausible import plausible_dates_check
from pipelines.defs.checks.keys import metric_key_checks, stream_key_checks
from pipelines.defs.checks.rights import rights_check
from pipelines.defs.checks.row_counts import row_count_checks
from pipelines.defs.checks.steps import check_step
from pipelines.defs.checks.unreadable import unreadable_checks
from pipelines.defs.settings import Settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.pyairbyte.props import AirbyteStreamProps


def checks(
    settings: Settings, streams_by_source: Mapping[str, Sequence[AirbyteStreamProps]]
) -> list[dg.AssetChecksDefinition]:
    """All asset checks: one step per schema and kind, so that each opens the warehouse once.

    ``streams_by_source``: the streams that are assets, by namespace, of the project's own sources and others.
    """
    steps = []
    for source, streams in streams_by_source.items():
        steps += [
            check_step(f"{source}_keys", stream_key_checks(streams)),
            check_step(f"{source}_row_counts", row_count_checks(streams, settings)),
            check_step(f"{source}_drift", drift_checks(streams)),
            check_step(f"{source}_unreadable", unreadable_checks(streams)),
        ]
    steps += [
        check_step(f"{family}_keys", metric_key_checks(tables))
        for family, tables in FAMILIES.items()
    ]
    return [
        *steps,
        check_step("clockify_rights", [rights_check()]),
        check_step("tracker_dates", [plausible_dates_check()]),
        check_step("iterations_agreement", [iterations_check(settings)]),
        check_step("reconciliation", [reconciliation_check()]),
    ]
