"""Who is expected to work, from which day to which.

Here: people with their zone, first and last day. Not here: how long they work (``working_time``), and leave (``leave_days``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking import workspace
from pipelines.metrics.time_tracking.ever_known import ever_known

#: What PEOPLE reads.
INPUTS = (
    "time_tracking.time_entry_facts",
    "clockify.users",
    "clockify.workspaces",
)
SETTINGS = workspace.SETTINGS

#: Whom PEOPLE is about, in words for the definitions of tables.
WHO = """
A person is expected to work from the first day known of them (the first entry, or the day the source first listed them
if that is earlier): until now while their membership of this workspace is ACTIVE, else until their last entry. Nobody
else has a row: people who were invited, who declined, or who left before the first entry that was read. Memberships of
other workspaces say nothing about this one; where no membership of a person is told, the account's status decides.
"""

#: How far capacity looks ahead.
DAYS_AHEAD = 182

# CTEs up to ``people``: user_id, user_name, email, time_zone, today, is_member, first_date, last_date, which is today for
# people who can log time, and until_date, the last day that is looked at. Needs the variables of ``Workspace.values`` and as_of.
PEOPLE = f"""
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
dated AS (
    SELECT
        user_id,
        person.name AS user_name,
        lower(trim(person.email)) AS email,
        person.time_zone,
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
        END AS last_date
    FROM zoned AS person
    LEFT JOIN workspace_memberships AS membership USING (user_id)
),
people AS MATERIALIZED (
    SELECT *, CASE WHEN is_member THEN today + {DAYS_AHEAD} ELSE last_date END AS until_date
    FROM dated
    WHERE first_date <= last_date
)"""
