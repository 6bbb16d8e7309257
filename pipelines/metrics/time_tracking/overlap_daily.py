"""Table ``overlap_daily``: how much of a person's day was logged twice.

Here: overlaps between entries of one person and day. Not here: which entries overlap (``time_quality``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.local_days import elapsed_seconds

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
ordered AS (
    SELECT
        user_id,
        local_date,
        seconds,
        started_at,
        ended_at,
        max(ended_at) OVER earlier AS covered_until,
        lead(started_at) OVER in_order AS next_started_at
    FROM time_tracking.time_entry_days
    WHERE
        is_work
        AND seconds > 0
    WINDOW
        in_order AS (PARTITION BY user_id, local_date ORDER BY started_at, ended_at),
        earlier AS (
            PARTITION BY user_id, local_date ORDER BY started_at, ended_at
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),
hours AS (
    SELECT
        user_id,
        local_date,
        sum(seconds)::BIGINT AS total,
        sum(
            CASE WHEN covered_until > started_at
            THEN greatest(0, {elapsed_seconds("covered_until", "ended_at")})
            ELSE seconds
            END
        )::BIGINT AS covered
    FROM ordered
    GROUP BY ALL
),
-- Pairs are counted by a sweep over the few entries that overlap at all: an entry that begins makes a pair with
-- every entry open at that instant. At equal instants ends come first, because intervals are half-open.
events AS (
    SELECT
        user_id,
        local_date,
        unnest([started_at, ended_at]) AS happens_at,
        unnest([1, -1]) AS change
    FROM ordered
    WHERE
        covered_until > started_at
        OR next_started_at < ended_at
),
swept AS (
    SELECT
        user_id,
        local_date,
        change,
        sum(change) OVER (
            PARTITION BY user_id, local_date
            ORDER BY happens_at, change
            ROWS UNBOUNDED PRECEDING
        ) AS open_entries
    FROM events
),
pairs AS (
    SELECT
        user_id,
        local_date,
        sum(open_entries - 1)::BIGINT AS pairs
    FROM swept
    WHERE change = 1
    GROUP BY ALL
)
SELECT
    hours.user_id,
    hours.local_date,
    total / 3600 AS sum_hours,
    covered / 3600 AS union_hours,
    (total - covered) / 3600 AS double_booked_hours,
    coalesce(pairs.pairs, 0) AS pairs
FROM hours
LEFT JOIN pairs
    ON pairs.user_id IS NOT DISTINCT FROM hours.user_id
    AND pairs.local_date = hours.local_date
"""


def overlap_daily(
    connection: duckdb.DuckDBPyConnection, _run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and day with work: see ``OVERLAP_DAILY.definition``."""
    return connection.sql(SQL)


OVERLAP_DAILY = MetricTable(
    schema="time_tracking",
    name="overlap_daily",
    grain=("user_id", "local_date"),
    definition="""
One row per person and local day with work. Intervals are half-open: an entry that begins when another ends does not
overlap it. All pairs count, not only neighbours. An entry over midnight is cut there; entries of no length are left
out.

`sum_hours` = all work of the day; `union_hours` = the time covered by at least one entry; `double_booked_hours` =
sum - union, what was logged more than once (three entries for the same hour: 2 h); `pairs` = pairs of entries that
overlap.

Example: 10:00-11:00, 10:30-12:00, 14:00-15:00: sum 3.5, union 3.0, double-booked 0.5, pairs 1.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person; NULL for entries without one.", null_is_a_group=True),
        Column("local_date", "DATE", "Date in the person's zone."),
        Column("sum_hours", "DOUBLE", "Hours of all work."),
        Column("union_hours", "DOUBLE", "Hours covered by at least one entry."),
        Column("double_booked_hours", "DOUBLE", "Sum - union."),
        Column("pairs", "BIGINT", "Pairs of overlapping entries."),
    ),
    inputs=("time_tracking.time_entry_days",),
    compute=overlap_daily,
    headlines={
        "double_booked_hours": "sum(double_booked_hours)",
    },
)
