"""People: who in Clockify is who in Tracker.

Here: the match by email. Not here: any measure of people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row for every Clockify user, and one for every Tracker person whom no Clockify user matches. Vanished users
and members are kept, because their time and stories are.

A Clockify user is the Tracker person with the same email, both trimmed and in lower case (`email`). A line of the
settings `[people]` replaces the user's email for this purpose (`override`), so an override that names nobody in
Tracker leaves the user `unmatched`. Several Clockify users may be one Tracker person (a second account); where
several Tracker persons have one email, current members go before former ones, then the smallest id.
"""

_SQL = f"""
WITH
clockify_users AS (
    {ever_known("users")}
),
overrides AS (
    SELECT
        unnest(getvariable('clockify_emails')::VARCHAR[]) AS clockify_email,
        unnest(getvariable('tracker_emails')::VARCHAR[]) AS tracker_email
),
users AS (
    SELECT id, name, nullif(lower(trim(email)), '') AS clockify_email
    FROM clockify_users
),
memberships AS (
    SELECT person, updated_at, false AS is_deleted
    FROM pivotal_tracker.project_memberships
    UNION ALL
    SELECT person, updated_at, true AS is_deleted
    FROM pivotal_tracker.project_memberships_deleted
),
members AS (
    SELECT
        try_cast(person ->> 'id' AS BIGINT) AS id,
        person ->> 'name' AS name,
        nullif(lower(trim(person ->> 'email')), '') AS email,
        is_deleted
    FROM memberships
    WHERE person ->> 'id' IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY id
        ORDER BY is_deleted, email IS NULL, updated_at DESC NULLS LAST, name
    ) = 1
),
members_by_email AS (
    SELECT *
    FROM members
    WHERE email IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY email ORDER BY is_deleted, id) = 1
),
matches AS (
    SELECT
        user.id AS user_id,
        coalesce(user.name, member.name) AS name,
        user.clockify_email,
        member.id AS person_id,
        member.email AS tracker_email,
        CASE
            WHEN member.id IS NULL THEN 'unmatched'
            WHEN override.tracker_email IS NOT NULL THEN 'override'
            ELSE 'email'
        END AS match
    FROM users AS user
    LEFT JOIN overrides AS override USING (clockify_email)
    LEFT JOIN members_by_email AS member
        ON member.email = coalesce(override.tracker_email, user.clockify_email)
)
SELECT
    'clockify:' || user_id AS person_key,
    user_id AS clockify_user_id,
    person_id AS tracker_person_id,
    name,
    clockify_email,
    tracker_email,
    match
FROM matches
UNION ALL
SELECT
    'tracker:' || id AS person_key,
    NULL AS clockify_user_id,
    id AS tracker_person_id,
    name,
    NULL AS clockify_email,
    email AS tracker_email,
    'unmatched' AS match
FROM members
ANTI JOIN matches ON matches.person_id = members.id
"""


def people(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Clockify users with their Tracker persons, and the Tracker persons left over: one row per person_key."""
    overrides = run.settings.people
    return query(
        con, _SQL, clockify_emails=list(overrides), tracker_emails=list(overrides.values())
    )


PEOPLE = MetricTable(
    schema="effort",
    name="people",
    grain=("person_key",),
    definition=_DEFINITION,
    columns=(
        Column(
            "person_key",
            "VARCHAR",
            "clockify:<user id>, or tracker:<person id> where no Clockify user matches.",
        ),
        Column(
            "clockify_user_id",
            "VARCHAR",
            "Clockify user; NULL where no user matches the Tracker person.",
        ),
        Column(
            "tracker_person_id",
            "BIGINT",
            "Tracker person; NULL where none matches the Clockify user.",
        ),
        Column("name", "VARCHAR", "Name in Clockify, else in Tracker."),
        Column("clockify_email", "VARCHAR", "Email in Clockify, trimmed and in lower case."),
        Column("tracker_email", "VARCHAR", "Email in Tracker, trimmed and in lower case."),
        Column("match", "VARCHAR", "email, override or unmatched."),
    ),
    inputs=(
        "clockify.users",
        "pivotal_tracker.project_memberships",
    ),
    compute=people,
    headlines={
        "unmatched": "count(*) FILTER (match = 'unmatched')",
    },
    settings=("people",),
)
