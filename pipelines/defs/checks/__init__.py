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
from pipelines.defs.checks.steps import TableCheck, check_step
from pipelines.defs.checks.unreadable import unreadable_checks
from pipelines.defs.settings import Settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.pyairbyte.props import AirbyteStreamProps


def checks(
    settings: Settings, streams_by_source: Mapping[str, Sequence[AirbyteStreamProps]]
) -> list[dg.AssetChecksDefinition]:
    """All asset checks: one step per schema, so that each opens the warehouse once.

    ``streams_by_source``: the streams that are assets, by namespace, of the project's own sources and others.
    """
    found = [
        rights_check(),
        plausible_dates_check(),
        iterations_check(settings),
        reconciliation_check(),
    ]
    for streams in streams_by_source.values():
        found += stream_key_checks(streams)
        found += row_count_checks(streams, settings)
        found += drift_checks(streams)
        found += unreadable_checks(streams)
    for tables in FAMILIES.values():
        found += metric_key_checks(tables)
    by_schema: dict[str, list[TableCheck]] = {}
    for check in found:
        by_schema.setdefault(check.address.partition(".")[0], []).append(check)
    return [check_step(f"{schema}_checks", checks) for schema, checks in by_schema.items()]
