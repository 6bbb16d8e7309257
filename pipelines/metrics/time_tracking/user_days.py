"""Every person's days, logged or not: what was expected of each day and what was logged.

Here: who is expected to work from when to when, working hours and days, leave.
Not here: weeks, and what counts as a complete timesheet.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.metrics.model import MetricRun
from pipelines.metrics.time_tracking import workspace
from pipelines.metrics.time_tracking.ever_known import ever_known

if TYPE_CHECKING:
    import duckdb

# What a table that is made of USER_DAYS depends on.
INPUTS = (
    "time_tracking.time_daily",
    "time_tracking.time_entry_facts",
    "clockify.users",
    "clockify.workspaces",
)
SETTINGS = (
    *workspace.SETTINGS,
    "time_tracking.daily_hours",
    "time_tracking.schedules",
)

#: Whom USER_DAYS is about, in words for the definitions of its tables.
WHO = """
A person is expected to work from the first day known of them (the first entry, or the day the source first listed them
if that is earlier): until now while their membership of this workspace is ACTIVE, else until their last entry. Nobody
else has a row: people who were invited, who declined, or who left before the first entry that was read. Memberships of
other workspaces say nothing about this one; where no membership of a person is told, the account's status decides.
"""
#: How long a working day is and which they are, in words for the definitions of its tables.
WORKING_TIME = """
Working days are those of the person's schedule in the settings file, else those of the settings file, else the
workspace's; their length is the schedule's, else `[time_tracking] daily_hours`.
"""


def values(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, Any]:
    """What USER_DAYS needs to be bound."""
    settings = run.settings.time_tracking
    schedules = [
        {"person": person, **schedule.model_dump()}
        for person, schedule in settings.schedules.items()
    ]
    return {
        **workspace.workspace_of(connection, settings).values,
        "as_of": run.as_of,
        "daily_hours": settings.daily_hours,
        "schedules": json.dumps(schedules),
    }


# CTEs up to ``user_days``: one row per person and local date of the whole weeks from their first day to their last.
# A person has capacity from the first day to the last only. The last is the end of the week of today for people who
# can log time, else the day of the last entry; leave planned for a later week is not in any row yet. All amounts are
# whole seconds.
USER_DAYS = f"""
known_users AS (
    {ever_known("users")}
),
known_workspaces AS (
    {ever_known("workspaces")}
),
workspace_memberships AS (
    SELECT
        person.id AS user_id,
        bool_or((membership->>'membershipStatus') = 'ACTIVE') FILTER (
            (membership->>'targetId') IS NULL
            OR workspace.id IS NOT NULL
            OR NOT EXISTS (FROM known_workspaces)
        ) AS is_active_here
    FROM known_users AS person
    CROSS JOIN unnest(from_json(person.memberships, '["JSON"]')) AS listed(membership)
    LEFT JOIN known_workspaces AS workspace ON workspace.id = (membership->>'targetId')
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
-- A timer that still runs counts with the day on which it began.
logged_spans AS (
    SELECT
        user_id,
        min(local_date) AS first_date,
        max(coalesce(local_end_date, local_date)) AS last_date,
        arg_max(time_zone, started_at) AS time_zone
    FROM time_tracking.time_entry_facts
    WHERE user_id IS NOT NULL
    GROUP BY ALL
),
zoned AS (
    SELECT
        user_id,
        person.* EXCLUDE (id),
        span.first_date AS first_entry_on,
        span.last_date AS last_entry_on,
        coalesce(zone.name, span.time_zone, getvariable('time_zone')) AS time_zone
    FROM (SELECT *, id AS user_id FROM known_users) AS person
    FULL JOIN logged_spans AS span USING (user_id)
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (person.settings->>'timeZone')
),
people AS (
    SELECT
        user_id,
        person.name AS user_name,
        (getvariable('as_of') AT TIME ZONE person.time_zone)::DATE AS today,
        CASE
            WHEN coalesce(person.is_deleted, true) THEN false
            WHEN person.status IN ('DELETED', 'LIMITED_DELETED', 'INACTIVE') THEN false
            WHEN membership.user_id IS NOT NULL THEN coalesce(membership.is_active_here, false)
            ELSE coalesce(person.status IN ('ACTIVE', 'LIMITED'), true)
        END AS is_member,
        -- least() passes over what is not known: the earlier of two days, or the only one.
        least(first_entry_on, (person._first_seen_at AT TIME ZONE person.time_zone)::DATE) AS first_date,
        CASE
            WHEN is_member THEN today
            -- Without an entry there is no last day, and least() would make today of it.
            WHEN last_entry_on IS NOT NULL THEN least(last_entry_on, today)
        END AS last_date,
        coalesce(by_id.daily_hours, by_email.daily_hours, getvariable('daily_hours')) AS daily_hours,
        coalesce(by_id.working_days, by_email.working_days, getvariable('working_days')::VARCHAR[]) AS working_days
    FROM zoned AS person
    LEFT JOIN workspace_memberships AS membership USING (user_id)
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
        local_date >= first_date AND (is_member OR local_date <= last_date) AS is_employed,
        CASE WHEN is_employed AND list_contains(working_days, upper(dayname(local_date)))
        THEN round(daily_hours * 3600)::BIGINT ELSE 0 END AS capacity,
        least(capacity, coalesce(absent, 0)) AS leave,
        coalesce(tracked, 0) AS tracked,
        coalesce(billable, 0) AS billable
    FROM days AS day
    LEFT JOIN logged USING (user_id, local_date)
)"""
