"""Checks that every record of a stream could be placed in its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.unreadable import told, unreadable_records
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.raw_tables import UNREADABLE_TABLE

if TYPE_CHECKING:
    import duckdb


def unreadable_checks(streams: Sequence[AirbyteStreamProps]) -> list[TableCheck]:
    """A warning for each stream with records that were set aside."""
    return [_check(props) for props in streams]


def _check(props: AirbyteStreamProps) -> TableCheck:
    address = f"{props.namespace}.{props.name}"

    def judge(connection: duckdb.DuckDBPyConnection, _: dg.AssetCheckExecutionContext) -> Verdict:
        found = unreadable_records(connection, address)
        sentence = told(address, found) if found else "Every record was placed."
        return Verdict(not found, sentence, {"records": sum(count for _, count in found)})

    return TableCheck(
        address=address,
        name="unreadable",
        description=f"Every record could be placed in the table. The others are kept in `{address}{UNREADABLE_TABLE}` as they came.",
        severity=dg.AssetCheckSeverity.WARN,
        judge=judge,
    )
