"""Checks that keys are unique and complete: primary keys of raw tables, grains of metric tables.

A raw table with a broken key would multiply whatever is joined to it, so nothing is computed from it. A metric table
with a broken grain is a wrong definition of that one table; the others are worth having.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.keys import TableKey, key_findings, metric_key, stream_key
from pipelines.metrics.model import MetricTable
from pipelines.project.texts.counts import counted
from pipelines.pyairbyte.props import AirbyteStreamProps

if TYPE_CHECKING:
    import duckdb


def stream_key_checks(streams: Iterable[AirbyteStreamProps]) -> list[TableCheck]:
    """The primary keys of raw tables; a broken one blocks the metrics."""
    return [_check(stream_key(props), "primary_key", blocking=True) for props in streams]


def metric_key_checks(tables: Iterable[MetricTable]) -> list[TableCheck]:
    """The grains of metric tables."""
    return [_check(metric_key(table), "grain", blocking=False) for table in tables]


def _check(key: TableKey, name: str, *, blocking: bool) -> TableCheck:
    def judge(connection: duckdb.DuckDBPyConnection, _: dg.AssetCheckExecutionContext) -> Verdict:
        found = key_findings(connection, key)
        return Verdict(
            found.ok,
            f"{counted(found.repeated, 'duplicate key')}, {counted(found.incomplete, 'incomplete key')}."
            if not found.ok
            else f"{counted(found.rows, 'key')}, none of them twice.",
            {
                "rows": found.rows,
                "repeated_keys": found.repeated,
                "incomplete_rows": found.incomplete,
                **({"examples": list(found.examples)} if found.examples else {}),
            },
        )

    return TableCheck(
        address=key.address,
        name=name,
        description=_description(key),
        severity=dg.AssetCheckSeverity.ERROR,
        judge=judge,
        blocking=blocking,
    )


def _description(key: TableKey) -> str:
    unique = f"One row per ({', '.join(key.columns)})"
    if not key.nullable:
        return f"{unique}, and no part of it is NULL."
    return f"{unique}; {', '.join(sorted(key.nullable))} may be NULL."
