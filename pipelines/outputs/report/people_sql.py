"""What queries of the report say of people in the same words: their names, and their last full weeks.

Here: parts of SQL. Not here: whether names are told at all (``outputs.privacy``).
"""

from __future__ import annotations

from pipelines.outputs.report.periods import FULL_WEEKS


def person_name(name: str, user_id: str = "user_id") -> str:
    """SQL of a person's name, given that of the name that is known of them and of their id."""
    return f"coalesce({name}, 'Former member …' || right({user_id}, 4))"


#: CTE ``people``: names (``person``) of Clockify's users, given the table ``effort.people``.
PEOPLE = """
people AS (
    SELECT clockify_user_id AS user_id, any_value(name) AS person
    FROM effort.people
    WHERE clockify_user_id IS NOT NULL
    GROUP BY ALL
)"""

#: CTEs ``weeks`` and ``tracked``: hours and capacity net of leave of each person in the last four full weeks.
TRACKED_IN_FULL_WEEKS = f"""{FULL_WEEKS},
tracked AS (
    SELECT
        user_id,
        max(user_name) AS person,
        sum(tracked_hours) AS tracked,
        sum(net_capacity_hours) AS capacity
    FROM time_tracking.utilization_weekly
    JOIN weeks USING (week_start)
    WHERE place <= 4
    GROUP BY user_id
)"""
