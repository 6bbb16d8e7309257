"""Table ``focus_daily``: how broken up a person's day was. A heuristic.

Here: blocks of work on one thing. Not here: hours and overlaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.local_days import elapsed_seconds
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
ordered AS (
    SELECT
        entry_id,
        user_id,
        local_date,
        started_at,
        ended_at,
        lag(local_date) OVER in_order IS NULL AS is_first,
        lead(local_date) OVER in_order IS NULL AS is_last,
        project_id IS DISTINCT FROM lag(project_id) OVER in_order
            OR task_id IS DISTINCT FROM lag(task_id) OVER in_order AS is_other,
        project_id IS DISTINCT FROM lead(project_id) OVER in_order
            OR task_id IS DISTINCT FROM lead(task_id) OVER in_order AS is_before_other,
        {elapsed_seconds("max(ended_at) OVER earlier", "started_at")} AS pause,
        {elapsed_seconds("max(ended_at) OVER up_to_here", "lead(started_at) OVER in_order")} AS pause_after
    FROM time_tracking.time_entry_days
    WHERE
        is_work
        AND seconds > 0
    WINDOW
        in_order AS (PARTITION BY user_id, local_date ORDER BY started_at, ended_at, entry_id),
        earlier AS (
            PARTITION BY user_id, local_date ORDER BY started_at, ended_at, entry_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        up_to_here AS (
            PARTITION BY user_id, local_date ORDER BY started_at, ended_at, entry_id
            ROWS UNBOUNDED PRECEDING
        )
),
bounded AS NOT MATERIALIZED (
    SELECT
        *,
        is_first OR is_other OR pause > getvariable('gap_seconds') AS begins,
        is_last OR is_before_other OR pause_after > getvariable('gap_seconds') AS ends
    FROM ordered
),
numbered AS (
    SELECT
        *,
        count(*) FILTER (begins) OVER (
            PARTITION BY user_id, local_date
            ORDER BY started_at, ended_at, entry_id
            ROWS UNBOUNDED PRECEDING
        ) AS block
    FROM bounded
    WHERE NOT (begins AND ends)
),
-- An entry that is a block by itself is not counted through: many are.
blocks AS (
    SELECT
        user_id,
        local_date,
        (is_other AND NOT is_first)::BIGINT AS switches,
        {elapsed_seconds("started_at", "ended_at")} AS seconds
    FROM bounded
    WHERE begins AND ends
    UNION ALL
    SELECT
        user_id,
        local_date,
        count(*) FILTER (is_other AND NOT is_first) AS switches,
        {elapsed_seconds("min(started_at)", "max(ended_at)")} AS seconds
    FROM numbered
    GROUP BY user_id, local_date, block
)
SELECT
    user_id,
    local_date,
    count(*) AS blocks,
    sum(switches)::BIGINT AS switches,
    max(seconds) / 3600 AS longest_block_hours,
    coalesce(sum(seconds) FILTER (seconds >= getvariable('block_seconds')), 0) / 3600 AS focus_hours
FROM blocks
GROUP BY ALL
"""


def focus_daily(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per person and day with work: see ``FOCUS_DAILY.definition``."""
    focus = run.settings.time_tracking.focus
    return query(
        connection,
        SQL,
        gap_seconds=focus.gap_minutes * 60,
        block_seconds=focus.block_minutes * 60,
    )


FOCUS_DAILY = MetricTable(
    schema="time_tracking",
    name="focus_daily",
    grain=("user_id", "local_date"),
    definition="""
A heuristic: what people log says little about how they work. One row per person and local day with work.

A block is a run of consecutive entries (by start) of one project and task, each beginning at most 10 minutes after
all earlier work of that day has ended; it lasts from its first start to its last end. `switches` counts entries of
another project or task than the entry before. `focus_hours` is the length of the blocks of 90 minutes or more. Both
limits are configurable. Entries over midnight are cut there; entries of no length are left out.

Example: A 9:00-10:00, A 10:05-11:00, B 11:00-11:30, A 11:30-12:00: 3 blocks, 2 switches, longest block 2 h, focus 2 h.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person; NULL for entries without one.", null_is_a_group=True),
        Column("local_date", "DATE", "Date in the person's zone."),
        Column("blocks", "BIGINT", "Blocks of work on one project and task."),
        Column("switches", "BIGINT", "Changes of project or task."),
        Column("longest_block_hours", "DOUBLE", "Length of the longest block."),
        Column("focus_hours", "DOUBLE", "Length of all blocks that are long enough."),
    ),
    inputs=("time_tracking.time_entry_days",),
    compute=focus_daily,
    headlines={
        "focus_hours": "sum(focus_hours)",
        "switches": "sum(switches)",
    },
    settings=("time_tracking.focus",),
)
