"""Steps of checks: any number of tables, one opening of the warehouse.

Here: how a list of checks becomes a step that runs the checks of the selected assets. Not here: any
check.
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of check functions at run time.

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.defs.quality.tables import existing_tables
from pipelines.project.discretion import discreet
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError, first_line

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Verdict:
    """What a check found: a sentence, and its numbers as Dagster metadata."""

    passed: bool
    sentence: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


Judge = Callable[["duckdb.DuckDBPyConnection", dg.AssetCheckExecutionContext], Verdict]


@dataclass(frozen=True)
class TableCheck:
    """A check of the table at ``address``; ``judge`` gets a read-only connection, and the context for its history."""

    address: str
    name: str
    description: str
    severity: dg.AssetCheckSeverity
    judge: Judge
    blocking: bool = False

    @property
    def spec(self) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(
            self.name,
            asset=self.address.split("."),
            description=self.description,
            blocking=self.blocking,
        )


def check_step(name: str, checks: Sequence[TableCheck]) -> dg.AssetChecksDefinition:
    """One step that runs the ``checks`` of the selected assets."""

    @dg.multi_asset_check(
        name=name,
        specs=[check.spec for check in checks],
        can_subset=True,
        pool="warehouse",
    )
    @discreet
    def run_checks(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        results = []
        try:
            with warehouse.connect(read_only=True) as connection:
                tables = existing_tables(connection)
                for check in checks:
                    if check.spec.key not in context.selected_asset_check_keys:
                        continue
                    if check.address not in tables:
                        context.log.info(f"{check.address}: no table yet, nothing to check")
                        continue
                    results.append(_result(check, _verdict(check, connection, context)))
        except WarehouseError as error:
            raise dg.Failure(str(error)) from None
        # Only now: storing results takes longer than finding them, and an open reader keeps writers waiting.
        yield from results

    return run_checks


def _verdict(
    check: TableCheck,
    connection: "duckdb.DuckDBPyConnection",
    context: dg.AssetCheckExecutionContext,
) -> Verdict:
    """What the check found. One that cannot be made has not passed, and says why; the others go on."""
    try:
        return check.judge(connection, context)
    except Exception as error:
        context.log.debug(f"{check.address} {check.name}", exc_info=True)
        return Verdict(False, f"The check could not be made: {first_line(error)}")


def _result(check: TableCheck, verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=check.spec.asset_key,
        check_name=check.name,
        passed=verdict.passed,
        severity=check.severity,
        description=verdict.sentence,
        metadata=verdict.metadata,
    )
