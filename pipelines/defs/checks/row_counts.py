"""Checks that no stream's table grew or shrank by much more than usual, compared with what earlier runs recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.history import past_runs
from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.row_counts import (
    ENOUGH_HISTORY,
    RowCountChange,
    ThinDay,
    row_count_change,
    thin_days,
)
from pipelines.defs.quality.tables import count_rows
from pipelines.defs.settings import Settings
from pipelines.project.texts.counts import counted
from pipelines.pyairbyte.props import AirbyteStreamProps

if TYPE_CHECKING:
    import duckdb

_RUNS = 12
_DESCRIPTION = (
    "The table did not grow or shrink by much more than it usually does between two runs. "
    f"Says nothing before the {ENOUGH_HISTORY + 1}th run."
)
_OF_DAYS = " No day that was read has far fewer rows than the same weekday in the weeks before, holidays of everybody left out."
_DAYS_NAMED = 5


def row_count_checks(streams: Iterable[AirbyteStreamProps], settings: Settings) -> list[TableCheck]:
    """A warning for each stream with an unusual change of its row count."""
    days = settings.lookback_days + 1
    return [_check(props, days if props.is_daily else 1) for props in streams]


def _check(props: AirbyteStreamProps, events_per_run: int) -> TableCheck:
    address = f"{props.namespace}.{props.name}"
    key = dg.AssetKey([props.namespace, props.name])

    def judge(
        connection: duckdb.DuckDBPyConnection, context: dg.AssetCheckExecutionContext
    ) -> Verdict:
        runs = past_runs(context.instance, key, runs=_RUNS, events_per_run=events_per_run)
        earlier = [
            run.metadata["dagster/row_count"]
            for run in reversed(runs)
            # What this run itself wrote is what is judged.
            if run.run_id != context.run.run_id and "dagster/row_count" in run.metadata
        ]
        found = _verdict(row_count_change(earlier, count_rows(connection, address)), len(earlier))
        return _with_thin_days(found, thin_days(connection, props)) if props.is_daily else found

    return TableCheck(
        address=address,
        name="row_count",
        description=_DESCRIPTION + (_OF_DAYS if props.is_daily else ""),
        severity=dg.AssetCheckSeverity.WARN,
        judge=judge,
    )


def _verdict(found: RowCountChange, runs: int) -> Verdict:
    metadata = {
        "rows": found.rows,
        "earlier_runs": runs,
        **({"change": found.change} if found.change is not None else {}),
    }
    if found.usual is None or found.allowed is None:
        return Verdict(
            True,
            f"{counted(found.rows, 'row')}. How the table usually grows is known after {ENOUGH_HISTORY - runs} more runs.",
            metadata,
        )
    return Verdict(
        found.ok,
        f"{counted(found.rows, 'row')}, {found.change:+,} since the run before; usual is {found.usual:+,.0f} "
        f"give or take {found.allowed:,.0f}.",
        {**metadata, "usual_change": float(found.usual), "allowed": float(found.allowed)},
    )


def _with_thin_days(found: Verdict, days: Sequence[ThinDay]) -> Verdict:
    if not days:
        return found
    named = "; ".join(
        f"{thin.day} has {thin.rows:,}, the same weekday before had {thin.usually:,.0f}"
        for thin in days[:_DAYS_NAMED]
    )
    return Verdict(
        False,
        f"{found.sentence} {counted(len(days), 'day')} with far fewer rows than usual: {named}.",
        {**found.metadata, "thin_days": len(days)},
    )
