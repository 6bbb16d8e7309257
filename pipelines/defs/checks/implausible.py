"""Check that Tracker's dates can be dates."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.implausible import STORIES, implausible_dates

if TYPE_CHECKING:
    import duckdb


def plausible_dates_check() -> TableCheck:
    """A warning where instants or days of Tracker's tables lie outside of what metrics take for known."""

    def judge(connection: duckdb.DuckDBPyConnection, _: dg.AssetCheckExecutionContext) -> Verdict:
        sentences = implausible_dates(connection, datetime.now(timezone.utc))
        return Verdict(not sentences, " ".join(sentences) or "Every date can be one.")

    return TableCheck(
        address=STORIES,
        name="plausible_dates",
        description="Dates of projects, stories, their history and iterations are neither of another age nor a century away.",
        severity=dg.AssetCheckSeverity.WARN,
        judge=judge,
    )
