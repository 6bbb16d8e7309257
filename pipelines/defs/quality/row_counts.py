"""Row counts: whether a table grew or shrank by much more than it usually does between two reads.

For a daily stream also: whether a day has far fewer rows than the same weekday before.

Here: arithmetic on counts. Not here: where the counts of earlier reads are kept. A read that would
remove more than half of a table is refused before it happens (``warehouse.publish``). This check
notices smaller changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import relation
from pipelines.metrics.tables_there import exists
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.warehouse.removals import day_instant

if TYPE_CHECKING:
    import duckdb

#: With fewer earlier reads than this nothing is known about what is usual.
ENOUGH_HISTORY = 5

# A change is unusual beyond all of: some rows, some share of the table, and a multiple of how changes usually scatter.
_ROWS = 10
_SHARE = 0.05
_SPREADS = 6.0

# A day is compared with the same weekday of the weeks before.
_WEEKS = 6
_ENOUGH_WEEKS = 3
_FEW = 4
#: A day with some rows is also so many times farther from the usual than its like scatter: on a stream of ups and downs a
#: quarter is nothing rare.
_DAY_SPREADS = 3


@dataclass(frozen=True)
class RowCountChange:
    """The last change of a table's row count beside the usual one, in rows.

    ``usual`` and ``allowed`` (the largest distance from it) are ``None`` without enough history.
    """

    rows: int
    change: int | None
    usual: float | None
    allowed: float | None

    @property
    def ok(self) -> bool:
        if self.change is None or self.usual is None or self.allowed is None:
            return True
        return abs(self.change - self.usual) <= self.allowed


def row_count_change(earlier: Sequence[int], rows: int) -> RowCountChange:
    """Compare ``rows`` with the counts after ``earlier`` reads, oldest first.

    The usual change is the median of the earlier changes; levels are not compared, because most
    tables grow. The scatter is the median distance from it, so that one odd read of the past
    neither hides nor causes a warning. Example: after 100, 104, 107, 112, 115 the usual change is
    +3.5, give or take 10 rows (the floor): 128 passes, 129 does not.
    """
    if len(earlier) < ENOUGH_HISTORY:
        change = rows - earlier[-1] if earlier else None
        return RowCountChange(rows, change, None, None)
    changes = [after - before for before, after in pairwise(earlier)]
    usual = median(changes)
    scatter = median(abs(change - usual) for change in changes)
    allowed = max(_ROWS, _SHARE * earlier[-1], _SPREADS * scatter)
    return RowCountChange(rows, rows - earlier[-1], usual, allowed)


@dataclass(frozen=True)
class ThinDay:
    """A day with ``rows`` rows where the same weekday of the weeks before ``usually`` had more."""

    day: date
    rows: int
    usually: float


def thin_days(connection: duckdb.DuckDBPyConnection, props: AirbyteStreamProps) -> list[ThinDay]:
    """The days of a daily stream that were read within the last day and have few rows or none, oldest first.

    The median is that of the same weekday in the six weeks before; it must be ten or more, from at
    least three weeks. Few rows are at most a quarter of the median, and farther from it than three
    times the scatter (median distance) of those weeks. A day without rows needs no comparison with
    the scatter. The day of the read itself is not over and is left out, and so is a holiday that
    Clockify has for everybody. Example: Mondays had 40, 38, 44 and 41 rows; a Monday with 10 is
    few, one with 11 is not, and neither is a Sunday without any.
    """
    found = connection.execute(
        f"""
        WITH reads AS (
            SELECT day, read_at FROM _pipelines.days_read
            WHERE namespace = $namespace AND stream = $stream
        ),
        counts AS (
            SELECT CAST({day_instant("t", props)} AS DATE) AS day, count(*) AS rows
            FROM {relation(f"{props.namespace}.{props.name}")} AS t
            GROUP BY ALL
        ),
        days AS (
            SELECT day, read_at, coalesce(rows, 0) AS rows
            FROM reads LEFT JOIN counts USING (day)
            WHERE day < CAST(read_at AS DATE) AND day >= (SELECT min(day) FROM counts)
        ),
        holidays AS ({_holidays(connection)}),
        compared AS (
            SELECT
                *,
                median(rows) OVER before AS usually,
                mad(rows) OVER before AS scatter,
                count(*) OVER before AS weeks
            FROM days
            WINDOW before AS (
                PARTITION BY dayofweek(day) ORDER BY day
                ROWS BETWEEN {_WEEKS} PRECEDING AND 1 PRECEDING
            )
        )
        SELECT day, rows, usually FROM compared
        WHERE weeks >= {_ENOUGH_WEEKS} AND usually >= {_ROWS} AND rows * {_FEW} <= usually
            AND (rows = 0 OR usually - rows > {_DAY_SPREADS} * scatter)
            AND read_at > (SELECT max(read_at) FROM reads) - INTERVAL 1 DAY
            AND NOT EXISTS (
                FROM holidays
                WHERE day BETWEEN first_day AND last_day
                    OR is_annual AND strftime(day, '%m-%d') BETWEEN strftime(first_day, '%m-%d') AND strftime(last_day, '%m-%d')
            )
        ORDER BY day
        """,
        {"namespace": props.namespace, "stream": props.name},
    ).fetchall()
    return [ThinDay(*row) for row in found]


def _holidays(connection: duckdb.DuckDBPyConnection) -> str:
    """The holidays of everybody as SQL; without their table there is none."""
    if not exists(connection, "clockify.holidays"):
        return "SELECT DATE '1970-01-01' AS first_day, DATE '1970-01-01' AS last_day, false AS is_annual WHERE false"
    return """
        SELECT
            try_cast(date_period->>'startDate' AS DATE) AS first_day,
            try_cast(date_period->>'endDate' AS DATE) AS last_day,
            coalesce(occurs_annually, false) AS is_annual
        FROM clockify.holidays
        WHERE coalesce(everyone_including_new, false)
    """
