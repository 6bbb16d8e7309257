"""Reconciliation: sums that must be the same from both ends.

Here: comparing them key by key. Not here: which sums there are (``time_sums``, ``delivery_sums``, ``clockify_sums``),
checks of a single table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.clockify_sums import CLOCKIFY_SUMS
from pipelines.metrics.effort.delivery_sums import DELIVERY_SUMS, EXPECTED_ITERATIONS
from pipelines.metrics.effort.sum_checks import SumCheck
from pipelines.metrics.effort.time_sums import TIME_SUMS
from pipelines.metrics.effort.tracker_sums import TRACKER_SUMS
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.iterations import expected_iterations
from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking import money
from pipelines.metrics.time_tracking.history_coverage import first_day_read
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

SUM_CHECKS: tuple[SumCheck, ...] = (*TIME_SUMS, *DELIVERY_SUMS, *TRACKER_SUMS, *CLOCKIFY_SUMS)


def _in_words(checks: Sequence[SumCheck]) -> str:
    rows = (f"| `{check.name}` | {check.left} | {check.right} | {check.key} |" for check in checks)
    return "\n".join(("| check | left | right | key |", "|---|---|---|---|", *rows))


_DEFINITION = f"""
One row per check. A check compares two sums key by key, so that errors cannot cancel out: `left_value` and
`right_value` are the totals, `difference` is left - right to nine decimals, `mismatches` counts the keys whose sides differ
by more than the tolerance, `examples` names the first of them, and `ok` says that there are none. Where one of the sources is
off, or one of the tables could not be computed, what would compare it has no row.

{_in_words(SUM_CHECKS)}

Tolerance: half a second for hours. Entries have whole seconds, so a lost or doubled second of any one entry
shows, while the rounding of binary fractions, below a millisecond in each sum, does not. Half a unit for points and
iterations, which are counts. For Tracker's own sums what its rounding can make: 0.005 points, 0.05 effective points, half a
point of velocity, half a percent of volatility. Amounts of timesheets may differ by a hundredth an entry, because Clockify rounds each.

Timesheets count once approved, where their range is told; one with an entry that was changed after it was locked, which
is a finding of its own, does not. A project's total is not compared where history before the first day that was read is
missing (`history_truncated` in `time_tracking.history_coverage`).

Example: a project of 40 h in which one entry of half an hour was lost has 39.5 h on the left and 40 h on the right of
`hours_of_entries_and_clockify`: one mismatch, named by the project's id.
"""

_SQL = """
WITH
sides AS (
    {sides}
),
tolerances AS (
    SELECT
        unnest(getvariable('check_names')::VARCHAR[]) AS check_name,
        unnest(getvariable('check_tolerances')::DOUBLE[]) AS tolerance
),
keys AS (
    SELECT
        check_name,
        key,
        coalesce(sum(left_value), 0) AS left_value,
        coalesce(sum(right_value), 0) AS right_value
    FROM sides
    GROUP BY ALL
)
SELECT
    check_name,
    coalesce(sum(left_value), 0) AS left_value,
    coalesce(sum(right_value), 0) AS right_value,
    -- Without what the order of adding leaves in the last digits, and never minus zero.
    round(coalesce(sum(left_value), 0) - coalesce(sum(right_value), 0), 9) + 0 AS difference,
    count(*) FILTER (abs(left_value - right_value) > tolerance) AS mismatches,
    list_aggregate(
        list_sort(list(coalesce(key, 'none')) FILTER (abs(left_value - right_value) > tolerance))[:5], 'string_agg', ', '
    ) AS examples,
    mismatches = 0 AS ok
FROM tolerances
LEFT JOIN keys USING (check_name)
GROUP BY ALL
ORDER BY check_name
"""


def reconciliation(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Whether sums agree that must agree: one row per check_name whose tables are there."""
    checks = [
        check
        for check in SUM_CHECKS
        if all(table not in run.left_out and exists(con, table) for table in check.tables)
    ]
    if any(EXPECTED_ITERATIONS in check.sides for check in checks):
        # A relation's own create_view and query would leave a view in the warehouse.
        expected = expected_iterations(con, run).sql_query()
        con.execute(f"CREATE OR REPLACE TEMP VIEW {EXPECTED_ITERATIONS} AS {expected}")
    sides = "UNION ALL\n".join(
        f"SELECT '{check.name}' AS check_name, key::VARCHAR AS key, left_value::DOUBLE AS left_value, "
        f"right_value::DOUBLE AS right_value\nFROM ({check.sides})\n"
        for check in checks
    )
    return query(
        con,
        _SQL.replace("{sides}", sides or _NO_SIDES),
        check_names=[check.name for check in checks],
        check_tolerances=[check.tolerance for check in checks],
        as_of=run.as_of,
        first_day_read=first_day_read(con),
        **money.values(run.settings.time_tracking),
    )


_NO_SIDES = "SELECT '' AS check_name, '' AS key, 0.0 AS left_value, 0.0 AS right_value WHERE false"

RECONCILIATION = MetricTable(
    schema="effort",
    name="reconciliation",
    grain=("check_name",),
    definition=_DEFINITION,
    columns=(
        Column("check_name", "VARCHAR", "The check."),
        Column(
            "left_value", "DOUBLE", "Total of the left side: hours, points, iterations or amounts."
        ),
        Column("right_value", "DOUBLE", "Total of the right side."),
        Column("difference", "DOUBLE", "left_value - right_value, to nine decimals."),
        Column("mismatches", "BIGINT", "Keys whose sides differ by more than the tolerance."),
        Column("examples", "VARCHAR", "The first five of these keys; NULL where there are none."),
        Column("ok", "BOOLEAN", "No key differs by more than the tolerance."),
    ),
    inputs=tuple(
        dict.fromkeys(address for check in SUM_CHECKS for address in (*check.tables, *check.raw))
    ),
    optional=tuple(dict.fromkeys(table for check in SUM_CHECKS for table in check.tables)),
    compute=reconciliation,
    is_check=True,
    headlines={"failed_checks": "count(*) FILTER (NOT ok)"},
    settings=money.SETTINGS,
)
