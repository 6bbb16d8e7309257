"""Capitalization as it was booked: months that were closed stay as they were, later changes are adjustments.

Here: closing months and telling what changed afterwards. Not here: what is capital expenditure
(``capitalization_monthly``).

This table is the only one that is made of what it held before: that is what a closed month is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking import workspace
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
Capitalization month by month as it was booked. Off unless `[capitalization] close_after_days` says how many days after
its end a month is closed; then, with the first computation after that moment,

* the rows of `effort.capitalization_monthly` of that month are kept here as `booked`, and never change again;
* what `capitalization_monthly` says of it later (somebody relabelled a story, corrected an entry, changed a rate) is an
  `adjustment`: the difference between what it says now and all that was booked about the month before. Adjustments
  stand in `booked_month`, the open month, until that is closed with them.

So the sum of `hours` and `cost` over all `booked_month`s is, for each closed `month`, what `capitalization_monthly` says
now. `booked_at` is the moment of the computation that closed the `booked_month`; NULL while it is open. Rows stay when
the setting is switched off. A month without any work has no rows, so late time of it is booked as if it was closed later.

The table is kept with the warehouse: a new file begins with all past months as they are then.

Example, 10 days after its end: January is closed on February 11th with 7 h capex. On the 20th the story is no longer capitalizable: two rows of
February, `adjustment` of January: capex -7 h, unclassified 7 h. January's row stays.
"""

_KEY = "user_id, month, category, currency"

_SQL = f"""
WITH
-- The first month that is not closed yet takes the adjustments.
closed AS (
    SELECT month
    FROM (SELECT DISTINCT month FROM effort.capitalization_monthly)
    WHERE month < getvariable('open_month')
    UNION
    SELECT month FROM booked_before
),
new_bookings AS (
    SELECT
        month AS booked_month,
        'booked' AS kind,
        {_KEY},
        hours,
        cost,
        getvariable('as_of') AS booked_at
    FROM effort.capitalization_monthly
    WHERE
        month < getvariable('open_month')
        AND month NOT IN (SELECT month FROM booked_before WHERE kind = 'booked')
),
booked AS (
    SELECT * FROM booked_before
    UNION ALL BY NAME
    SELECT * FROM new_bookings
),
differences AS (
    SELECT {_KEY}, hours, cost
    FROM effort.capitalization_monthly
    SEMI JOIN closed USING (month)
    UNION ALL
    SELECT {_KEY}, -hours, -cost
    FROM booked
),
adjustments AS (
    SELECT
        getvariable('open_month')::DATE AS booked_month,
        'adjustment' AS kind,
        {_KEY},
        sum(hours) AS hours,
        sum(cost) AS cost,
        NULL AS booked_at
    FROM differences
    GROUP BY {_KEY}
    -- Hours are sums of fractions, whose last digits differ.
    HAVING abs(sum(hours)) > 0.5 / 3600 OR coalesce(sum(cost), 0) <> 0
)
SELECT * FROM booked
UNION ALL BY NAME
SELECT * FROM adjustments
"""


def capitalization_closed(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """What was booked and what changed since: one row per booked month, kind and key of the month concerned."""
    settings = run.settings.capitalization
    zone = workspace.workspace_of(con, run.settings.time_tracking).finance_zone
    con.execute(f"CREATE OR REPLACE TEMP TABLE booked_before AS {_booked_before(con)}")
    if settings.close_after_days is None:
        return con.sql("SELECT * FROM booked_before WHERE booked_at IS NOT NULL")
    open_month = _open_month(run.as_of, zone, settings.close_after_days)
    _close_adjustments(con, run.as_of, open_month)
    return query(con, _SQL, as_of=run.as_of, open_month=open_month)


def _booked_before(con: duckdb.DuckDBPyConnection) -> str:
    """SQL of the table as it is, without rows where there is none yet."""
    address = CAPITALIZATION_CLOSED.address
    if exists(con, address):
        return f"SELECT * FROM {address}"
    columns = ", ".join(
        f"NULL::{column.type} AS {column.name}" for column in CAPITALIZATION_CLOSED.columns
    )
    return f"SELECT {columns} WHERE false"


def _close_adjustments(con: duckdb.DuckDBPyConnection, as_of: datetime, open_month: date) -> None:
    """Keep the adjustments of months that are closed now; those of the open month are made anew."""
    con.execute(
        "UPDATE booked_before SET booked_at = $as_of "
        "WHERE booked_at IS NULL AND booked_month < $open_month",
        {"as_of": as_of, "open_month": open_month},
    )
    con.execute("DELETE FROM booked_before WHERE booked_at IS NULL")


def _open_month(as_of: datetime, zone: str, close_after_days: int) -> date:
    """The first month that is not closed: its end and the days after it are not over in the finance zone."""
    day = as_of.astimezone(ZoneInfo(zone)).date() - timedelta(days=close_after_days)
    return day.replace(day=1)


CAPITALIZATION_CLOSED = MetricTable(
    schema="effort",
    name="capitalization_closed",
    grain=("booked_month", "kind", "user_id", "month", "category", "currency"),
    definition=_DEFINITION,
    columns=(
        Column("booked_month", "DATE", "First day of the month in whose books the row stands."),
        Column("kind", "VARCHAR", "booked or adjustment."),
        Column(
            "user_id",
            "VARCHAR",
            "Clockify user; NULL for entries without one.",
            null_is_a_group=True,
        ),
        Column("month", "DATE", "First day of the month in which the work was done."),
        Column("category", "VARCHAR", "capex, opex or unclassified."),
        Column(
            "currency",
            "VARCHAR",
            "Currency of cost; NULL where it is not known.",
            null_is_a_group=True,
        ),
        Column("hours", "DOUBLE", "Hours of work; of an adjustment the difference."),
        Column("cost", "DECIMAL(18,4)", "Cost in major units; NULL where none is rated."),
        Column(
            "booked_at",
            "TIMESTAMP WITH TIME ZONE",
            "When the booked month was closed; NULL while it is open.",
        ),
    ),
    inputs=("effort.capitalization_monthly", "clockify.workspaces"),
    compute=capitalization_closed,
    headlines={"adjustments": "count(*) FILTER (kind = 'adjustment')"},
    settings=("capitalization", *workspace.SETTINGS),
)
