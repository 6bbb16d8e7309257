"""Checks that the workspace's settings did not cut what the key may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.rights import TIME_ENTRIES, cut_lists

if TYPE_CHECKING:
    import duckdb


def rights_check() -> TableCheck:
    """A warning where entries or rates look as they do for a key without an admin's rights."""

    def judge(connection: duckdb.DuckDBPyConnection, _: dg.AssetCheckExecutionContext) -> Verdict:
        sentences = cut_lists(connection)
        return Verdict(not sentences, " ".join(sentences) or "Nothing looks cut.")

    return TableCheck(
        address=TIME_ENTRIES,
        name="rights",
        description="No setting of the workspace hides entries or rates from the key's owner, as far as the rows show.",
        severity=dg.AssetCheckSeverity.WARN,
        judge=judge,
    )
