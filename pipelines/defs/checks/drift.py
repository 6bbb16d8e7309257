"""Checks that the sources send the fields that the manifests declare, in the declared types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.checks.history import past_runs
from pipelines.defs.checks.steps import TableCheck, Verdict
from pipelines.defs.quality.drift import FieldDrift, PastRead, drifted_fields
from pipelines.project.texts.markdown import name
from pipelines.pyairbyte.props import AirbyteStreamProps

if TYPE_CHECKING:
    import duckdb

_RUNS = 12
_DESCRIPTION = (
    "The source sends what the manifest declares: no new fields, no other types, none missing that it used to send. "
    "New and retyped values are kept in `_extra`; declare them in the manifest to get a column."
)


def drift_checks(streams: Iterable[AirbyteStreamProps]) -> list[TableCheck]:
    """A warning for each stream with new, retyped or missing fields."""
    return [_check(props) for props in streams]


def _check(props: AirbyteStreamProps) -> TableCheck:
    key = dg.AssetKey([props.namespace, props.name])

    def judge(
        connection: duckdb.DuckDBPyConnection, context: dg.AssetCheckExecutionContext
    ) -> Verdict:
        reads = [
            PastRead(
                run.metadata["rows_read"], frozenset(run.metadata.get("fields_never_sent", ()))
            )
            for run in past_runs(context.instance, key, runs=_RUNS)
            if run.metadata.get("rows_read")
        ]
        return _verdict(drifted_fields(connection, props, reads))

    return TableCheck(
        address=f"{props.namespace}.{props.name}",
        name="schema_drift",
        description=_DESCRIPTION,
        severity=dg.AssetCheckSeverity.WARN,
        judge=judge,
    )


def _verdict(fields: Sequence[FieldDrift]) -> Verdict:
    if not fields:
        return Verdict(True, "The source sends what is declared.")
    by_finding = {
        finding: [name(drift.field) for drift in fields if drift.finding == finding]
        for finding in ("new", "retyped", "missing")
    }
    told = "; ".join(
        f"{finding}: {', '.join(names)}" for finding, names in by_finding.items() if names
    )
    table = dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "field": drift.field,
                    "finding": drift.finding,
                    "rows": drift.rows,
                    "example": drift.example,
                }
            )
            for drift in fields
        ]
    )
    counts = {f"{finding}_fields": len(names) for finding, names in by_finding.items()}
    return Verdict(False, f"Fields {told}.", {"fields": table, **counts})
