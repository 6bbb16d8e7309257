"""What each person is planned for on each day, and whether the plan is published.

Here: assignments by day, and the drafts among them, as far as the published totals tell. Not here: weeks.
"""

from __future__ import annotations

INPUTS = (
    "time_tracking.capacity_daily",
    "clockify.scheduling_assignments",
    "clockify.scheduling_totals",
)

#: In words for the definitions of tables.
PLANNED = """
An assignment counts its hours per day on each working day of the person inside its period (days with capacity in
`capacity_daily`, leave or not). Clockify does not say which assignments are published; it tells each person's published hours
of a day. An assignment is a draft where some day has fewer published hours than it needs, and published where some day lacks
fewer hours than it has; what is known of one tells more of the others. Days of leave are not asked, because nobody knows
whether Clockify counts them. Where neither can be told, `is_published_known` is false and the hours count as published.
"""

#: How often what is known of some assignments is used to tell more.
_ROUNDS = 3
#: Hours that are lost in rounding.
_SLACK = 0.01


def _round(number: int) -> str:
    """SQL of a CTE ``told_<number>``: by assignment is_draft, is_published; from those of the round before."""
    return f"""
open_{number} AS (
    SELECT
        day.*,
        is_draft,
        is_published,
        published - coalesce(sum(hours) FILTER (is_published) OVER of_day, 0) AS published_left,
        sum(hours) FILTER (NOT is_draft AND NOT is_published) OVER of_day AS hours_left
    FROM asked_days AS day
    JOIN told_{number - 1} USING (assignment_id)
    WINDOW of_day AS (PARTITION BY user_id, local_date)
),
told_{number} AS (
    SELECT
        assignment_id,
        bool_or(is_draft OR (NOT is_published AND published_left < hours - {_SLACK})) AS needs_more,
        bool_or(is_published OR (NOT is_draft AND hours_left - published_left < hours - {_SLACK})) AS lacks_less,
        needs_more AND NOT lacks_less AS is_draft,
        lacks_less AND NOT needs_more AS is_published
    FROM open_{number}
    GROUP BY assignment_id
)"""


# CTEs up to ``planned_days``: user_id, project_id, local_date, week_start, hours, is_draft, is_known.
PLANNED_DAYS = f"""
assignments AS (
    SELECT
        id AS assignment_id,
        user_id,
        nullif(project_id, '') AS project_id,
        hours_per_day AS hours,
        try_cast(left(period->>'start', 10) AS DATE) AS first_day,
        try_cast(left(period->>'end', 10) AS DATE) AS last_day
    FROM clockify.scheduling_assignments
    WHERE hours_per_day > 0
),
assigned_days AS (
    SELECT assignment.* EXCLUDE (first_day, last_day), day.local_date, day.week_start, day.leave_hours > 0 AS is_leave
    FROM assignments AS assignment
    JOIN time_tracking.capacity_daily AS day
        ON day.user_id = assignment.user_id
        AND day.local_date BETWEEN first_day AND last_day
        AND day.capacity_hours > 0
),
published_totals AS (
    SELECT
        user_id,
        try_cast(left(listed.day->>'date', 10) AS DATE) AS local_date,
        sum(try_cast(listed.day->>'totalHours' AS DOUBLE)) AS published
    FROM clockify.scheduling_totals
    CROSS JOIN unnest(from_json(total_hours_per_day, '["JSON"]')) AS listed(day)
    GROUP BY ALL
),
-- Of people whose totals were not read, nothing is told.
asked_days AS (
    SELECT day.*, coalesce(published, 0) AS published
    FROM assigned_days AS day
    SEMI JOIN clockify.scheduling_totals AS totals ON totals.user_id = day.user_id
    LEFT JOIN published_totals ON published_totals.user_id = day.user_id AND published_totals.local_date = day.local_date
    WHERE NOT is_leave
),
told_0 AS (
    SELECT DISTINCT assignment_id, false AS is_draft, false AS is_published
    FROM asked_days
),
{",".join(_round(number) for number in range(1, _ROUNDS + 1))},
planned_days AS (
    SELECT
        user_id,
        project_id,
        local_date,
        week_start,
        hours,
        coalesce(is_draft, false) AS is_draft,
        coalesce(is_draft OR is_published, false) AS is_known
    FROM assigned_days
    LEFT JOIN told_{_ROUNDS} USING (assignment_id)
)"""
