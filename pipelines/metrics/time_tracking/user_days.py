"""Every person's days, logged or not: what was expected of each day and what was logged.

Here: who is expected to work from when to when, working hours and days, leave.
Not here: weeks, and what counts as a complete timesheet.
"""

from __future__ import annotations

import json
from typing import Any

from pipelines.metrics.model import MetricRun
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.local_days import WEEKDAYS

# What a table that is made of USER_DAYS depends on.
INPUTS = (
    "time_tracking.time_daily",
    "time_tracking.time_entry_facts",
    "clockify.users",
)
SETTINGS = (
    "time_tracking.daily_hours",
    "time_tracking.working_days",
    "time_tracking.schedules",
    "time_tracking.time_zone",
    "time_tracking.week_start",
)


def values(run: MetricRun) -> dict[str, Any]:
    """What USER_DAYS needs to be bound."""
    settings = run.settings.time_tracking
    schedules = [
        {"person": person, **schedule.model_dump()}
        for person, schedule in settings.schedules.items()
    ]
    return {
        "as_of": run.as_of,
        "time_zone": settings.time_zone,
        "daily_hours": settings.daily_hours,
        "working_days": list(settings.working_days),
        "week_start": WEEKDAYS.index(settings.week_start),
        "schedules": json.dumps(schedules),
    }


# CTEs up to ``user_days``: one row per person and local date of the whole weeks from their first day to their last.
# A person's first day is the first with an entry, or the day the source first listed them if that is earlier; the
# last is today for people who can log time, else the last with an entry; leave planned for a later week is not in any
# row yet. All amounts are whole seconds.
USER_DAYS = f"""
known_users AS (
    {ever_known("users")}
),
workspace_memberships AS (
    SELECT
        person.id AS user_id,
        bool_or((membership->>'membershipStatus') = 'ACTIVE') AS is_active
    FROM known_users AS person
    CROSS JOIN unnest(from_json(person.memberships, '["JSON"]')) AS listed(membership)
    WHERE (membership->>'membershipType') = 'WORKSPACE'
    GROUP BY ALL
),
schedules AS (
    SELECT unnest(
        from_json(
            getvariable('schedules'),
            '[{{"person": "VARCHAR", "daily_hours": "DOUBLE", "working_days": ["VARCHAR"]}}]'
        ),
        recursive := true
    )
),
logged AS (
    SELECT
        user_id,
        local_date,
        sum(round(tracked_hours * 3600)::BIGINT)::BIGINT AS tracked,
        sum(round(billable_hours * 3600)::BIGINT)::BIGINT AS billable,
        sum(round(leave_hours * 3600)::BIGINT)::BIGINT AS absent
    FROM time_tracking.time_daily
    WHERE user_id IS NOT NULL
    GROUP BY ALL
),
logged_spans AS (
    SELECT
        user_id,
        min(local_date) AS first_date,
        max(local_date) AS last_date
    FROM logged
    GROUP BY ALL
),
entry_zones AS (
    SELECT
        user_id,
        max(time_zone) AS time_zone
    FROM time_tracking.time_entry_facts
    GROUP BY ALL
),
people AS (
    SELECT
        user_id,
        person.name AS user_name,
        coalesce(zone.time_zone, named_zone.name, getvariable('time_zone')) AS time_zone,
        (getvariable('as_of') AT TIME ZONE coalesce(zone.time_zone, named_zone.name, getvariable('time_zone')))::DATE
            AS today,
        least(span.first_date, person._first_seen_at::DATE) AS first_date,
        CASE
            WHEN coalesce(person.is_deleted, true) THEN least(span.last_date, today)
            WHEN person.status IN ('DELETED', 'LIMITED_DELETED', 'INACTIVE') THEN least(span.last_date, today)
            WHEN NOT coalesce(membership.is_active, true) THEN least(span.last_date, today)
            ELSE today
        END AS last_date,
        coalesce(by_id.daily_hours, by_email.daily_hours, getvariable('daily_hours')) AS daily_hours,
        coalesce(by_id.working_days, by_email.working_days, getvariable('working_days')::VARCHAR[]) AS working_days
    FROM (SELECT *, id AS user_id FROM known_users) AS person
    FULL JOIN logged_spans AS span USING (user_id)
    LEFT JOIN workspace_memberships AS membership USING (user_id)
    LEFT JOIN entry_zones AS zone USING (user_id)
    LEFT JOIN pg_timezone_names() AS named_zone ON named_zone.name = (person.settings->>'timeZone')
    LEFT JOIN schedules AS by_id ON by_id.person = lower(user_id)
    LEFT JOIN schedules AS by_email ON by_email.person = lower(trim(person.email))
),
weeks AS (
    SELECT
        *,
        first_date - ((isodow(first_date) + 6 - getvariable('week_start')) % 7)::INTEGER AS first_week_start,
        last_date - ((isodow(last_date) + 6 - getvariable('week_start')) % 7)::INTEGER AS last_week_start
    FROM people
    WHERE first_date <= last_date
),
days AS (
    SELECT
        *,
        unnest(generate_series(first_week_start, last_week_start + 6, INTERVAL 1 DAY))::DATE AS local_date
    FROM weeks
),
user_days AS (
    SELECT
        user_id,
        day.user_name,
        local_date,
        local_date - ((isodow(local_date) + 6 - getvariable('week_start')) % 7)::INTEGER AS week_start,
        today,
        local_date BETWEEN first_date AND last_date AS is_employed,
        CASE WHEN list_contains(working_days, upper(dayname(local_date)))
        THEN round(daily_hours * 3600)::BIGINT ELSE 0 END AS capacity,
        least(capacity, coalesce(absent, 0)) AS leave,
        coalesce(tracked, 0) AS tracked,
        coalesce(billable, 0) AS billable
    FROM days AS day
    LEFT JOIN logged USING (user_id, local_date)
)"""
