"""Agreement: numbers that come to us twice, or that two tables both hold, are the same.

Here: the sums of ``effort.reconciliation`` that do not agree, and iterations with different windows
in Tracker's API and in the project's settings. Not here: what is summed
(``metrics.effort.reconciliation``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.metrics.project_management.iterations import expected_iterations

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun


@dataclass(frozen=True)
class Sums:
    """One row of ``effort.reconciliation``."""

    check_name: str
    left_value: float
    right_value: float
    #: Keys with different values on the two sides; the totals may still be equal.
    mismatches: int
    ok: bool


@dataclass(frozen=True)
class TwoWindows:
    """An iteration's window as the API and as the settings have it: half-open, UTC."""

    project_id: int
    number: int
    api: tuple[datetime, datetime]
    expected: tuple[datetime, datetime]

    @property
    def ok(self) -> bool:
        return self.api == self.expected


def reconciled_sums(connection: duckdb.DuckDBPyConnection) -> list[Sums]:
    """All checks of ``effort.reconciliation``; a check with an unknown ``ok`` does not agree."""
    rows = connection.execute(
        "SELECT check_name, left_value, right_value, mismatches, coalesce(ok, false) "
        "FROM effort.reconciliation ORDER BY check_name"
    ).fetchall()
    return [Sums(*row) for row in rows]


def iterations_told_twice(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> list[TwoWindows]:
    """Every iteration that the source names, beside the window that settings and the iteration before give."""
    expected = expected_iterations(connection, run).sql_query()
    rows = connection.execute(
        f"""
        SELECT project_id, number, api.start, api.finish, expected.start_at, expected.finish_at
        FROM pivotal_tracker.iterations AS api
        JOIN ({expected}) AS expected USING (project_id, number)
        ORDER BY project_id, number
        """
    ).fetchall()
    return [
        TwoWindows(project_id, number, api=(start, finish), expected=(start_at, finish_at))
        for project_id, number, start, finish, start_at, finish_at in rows
    ]
