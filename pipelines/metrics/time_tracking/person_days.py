"""Every person's days, logged or not: what was expected of each day and what was worked.

Here: ``capacity_daily`` beside the work of the day, in whole seconds. Not here: capacity and leave themselves, weeks, and
what counts as a complete timesheet.
"""

from __future__ import annotations

INPUTS = ("time_tracking.capacity_daily", "time_tracking.time_daily")

# CTEs up to ``days``: one row per row of ``capacity_daily``.
DAYS = """
logged AS (
    SELECT
        user_id,
        local_date,
        sum(round(tracked_hours * 3600)::BIGINT)::BIGINT AS tracked,
        sum(round(billable_hours * 3600)::BIGINT)::BIGINT AS billable
    FROM time_tracking.time_daily
    WHERE tracked_hours > 0
    GROUP BY ALL
),
days AS (
    SELECT
        user_id,
        user_name,
        local_date,
        week_start,
        logs_time,
        local_date + days_ago::INTEGER AS today,
        round(capacity_hours * 3600)::BIGINT AS capacity,
        round(leave_hours * 3600)::BIGINT AS leave,
        capacity - leave AS net,
        coalesce(tracked, 0) AS tracked,
        coalesce(billable, 0) AS billable
    FROM time_tracking.capacity_daily
    LEFT JOIN logged USING (user_id, local_date)
)"""
