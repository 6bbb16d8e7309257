"""Checks that numbers that exist twice agree: sums across tables, iterations from the API and from the settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.moments import end_of_archive
from pipelines.defs.quality.agreement import iterations_told_twice, reconciled_sums
from pipelines.defs.runs.now import as_of_run
from pipelines.defs.settings import Settings
from pipelines.metrics.model import MetricRun

if TYPE_CHECKING:
    import duckdb

_EXAMPLES = 5


def reconciliation_check() -> TableCheck:
    """Every sum of ``effort.reconciliation`` agrees."""
    return TableCheck(
        address="effort.reconciliation",
        name="sums_agree",
        description="Every row has `ok`: sums that must be the same from both ends are.",
        severity=dg.AssetCheckSeverity.ERROR,
        judge=_sums_agree,
    )


def _sums_agree(connection: duckdb.DuckDBPyConnection, _: dg.AssetCheckExecutionContext) -> Verdict:
    sums = reconciled_sums(connection)
    wrong = [row for row in sums if not row.ok]
    return Verdict(
        not wrong,
        " ".join(
            f"{row.check_name}: {_number(row.left_value)} against {_number(row.right_value)}, "
            f"different keys: {row.mismatches:,}."
            for row in wrong
        )
        or f"All {len(sums)} sums agree.",
        {"checks": len(sums), "failed": len(wrong)}
        | {f"{row.check_name} (left)": row.left_value for row in sums}
        | {f"{row.check_name} (right)": row.right_value for row in sums},
    )


def _number(value: float) -> str:
    """Up to four decimals: a difference of half a second shows in hours."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def iterations_check(settings: Settings) -> TableCheck:
    """Tracker's iterations have the windows that its project settings give.

    The table has the API's window where both exist, so a difference means that a derived neighbour may be wrong, too.
    """

    def judge(
        connection: duckdb.DuckDBPyConnection, context: dg.AssetCheckExecutionContext
    ) -> Verdict:
        from pipelines.metrics.settings import load

        as_of = as_of_run(context, settings)
        run = MetricRun(
            as_of=as_of,
            settings=load(settings.metric_settings),
            tracker_as_of=end_of_archive(connection, settings, as_of),
        )
        told_twice = iterations_told_twice(connection, run)
        differing = [window for window in told_twice if not window.ok]
        told = "; ".join(
            f"project {window.project_id}, iteration {window.number}: "
            f"{_span(window.api)} from the API, {_span(window.expected)} from the settings"
            for window in differing[:_EXAMPLES]
        )
        return Verdict(
            not differing,
            f"{len(differing)} of {len(told_twice)} iterations differ: {told}."
            if differing
            else f"All {len(told_twice)} iterations that are known from both agree.",
            {"known_from_both": len(told_twice), "differing": len(differing)},
        )

    return TableCheck(
        address="project_management.iterations",
        name="api_and_settings_agree",
        description="Iterations from Tracker's API have the windows that the project's settings and overrides give.",
        severity=dg.AssetCheckSeverity.ERROR,
        judge=judge,
    )


def _span(window: tuple[datetime, datetime]) -> str:
    return f"{window[0]:%Y-%m-%d %H:%M} to {window[1]:%Y-%m-%d %H:%M}"
