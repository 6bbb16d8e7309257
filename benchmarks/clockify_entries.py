"""Generated time entries of many people, written straight into the raw tables; nine in ten name a story."""

from __future__ import annotations

import duckdb

from benchmarks.tracker_history import FIRST_STORY

USERS = 5_000
PROJECTS = 500
TASKS = 5_000

# Every person works through their days, entry after entry, 2 to 90 minutes each with pauses; one in fifty
# overlaps the one before, one in a hundred crosses midnight.
_RAW_TABLES = f"""
INSERT INTO clockify.workspaces BY NAME
SELECT 'workspace' AS id, '{{"amount": 5000, "currency": "EUR"}}' AS hourly_rate,
    '{{"lockTimeZone": "Europe/Oslo"}}' AS workspace_settings;

INSERT INTO clockify.users BY NAME
SELECT printf('64b0c0ffee0011223%07d', i) AS id,
    'person' || i || '@example.com' AS email,
    'Person ' || i AS name,
    'ACTIVE' AS status,
    json_object('timeZone', ['Europe/Oslo', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney',
        'America/Los_Angeles', 'UTC', 'Atlantic/Azores', 'Asia/Tokyo'][1 + i % 8]) AS settings,
    '[]' AS memberships
FROM range({USERS}) AS t(i);

INSERT INTO clockify.clients BY NAME
SELECT 'client' || i AS id, 'Client ' || i AS name, ['EUR', 'USD', 'JPY'][1 + i % 3] AS currency_code
FROM range(50) AS t(i);

INSERT INTO clockify.projects BY NAME
SELECT printf('65cc00112233445566%06d', i) AS id,
    'Project ' || i AS name,
    'client' || i % 50 AS client_id,
    json_object('amount', 6000 + i, 'currency', ['EUR', 'USD', 'JPY'][1 + i % 3]) AS hourly_rate,
    json_object('amount', 3000 + i, 'currency', ['EUR', 'USD', 'JPY'][1 + i % 3]) AS cost_rate,
    '[]' AS memberships,
    json_object('estimate', 'PT2000H', 'type', 'MANUAL', 'resetOption', 'MONTHLY', 'active', true,
        'includeNonBillable', true) AS time_estimate
FROM range({PROJECTS}) AS t(i);

INSERT INTO clockify.tasks BY NAME
SELECT printf('65bb00112233445566%06d', i) AS id,
    'Task ' || i AS name,
    printf('65cc00112233445566%06d', i % {PROJECTS}) AS project_id,
    'PT400H' AS estimate,
    'ACTIVE' AS status
FROM range({TASKS}) AS t(i);

INSERT INTO clockify.tags BY NAME
SELECT 'tag' || i AS id, 'Tag ' || i AS name FROM range(40) AS t(i);
"""

_ENTRIES = f"""
INSERT INTO clockify.time_entries BY NAME
WITH
numbered AS (
    SELECT
        i,
        i % {USERS} AS person,
        i // {USERS} AS nth,
        hash(i) AS chance
    FROM range($entries) AS t(i)
),
placed AS (
    SELECT
        *,
        person * 7919 % 5000 AS habit,
        -- Eight entries a day, backwards from now, from about 8:00 UTC.
        TIMESTAMP '2026-11-20 08:00:00'
            - to_days((nth // 8)::INTEGER)
            + to_seconds((nth % 8) * 4200 + habit + chance % 300)
            + to_hours(CASE WHEN chance % 100 = 7 THEN 12 ELSE 0 END) AS start_at,
        CASE WHEN chance % 50 = 3 THEN 6000 ELSE 120 + chance % 3700 END AS seconds
    FROM numbered
)
SELECT
    printf('66f1a0c2d4e5%012d', i) AS id,
    'workspace' AS workspace_id,
    printf('64b0c0ffee0011223%07d', person) AS user_id,
    CASE WHEN chance % 10 = 9 THEN 'Meeting about the plan'
        ELSE 'Work on [#' || {FIRST_STORY} + (chance % $stories)::BIGINT || '] and its tests' END AS description,
    chance % 3 > 0 AS billable,
    printf('65cc00112233445566%06d', chance // 8 % {PROJECTS}) AS project_id,
    printf('65bb00112233445566%06d', chance // 8 % {TASKS}) AS task_id,
    CASE WHEN chance % 4 = 0 THEN json_array('tag' || chance // 16 % 40) ELSE '[]' END AS tag_ids,
    json_object(
        'start', strftime(start_at, '%Y-%m-%dT%H:%M:%SZ'),
        'end', strftime(start_at + to_seconds(seconds), '%Y-%m-%dT%H:%M:%SZ'),
        'duration', 'PT' || seconds || 'S'
    ) AS time_interval,
    CASE WHEN chance % 40 = 1 THEN 'BREAK' WHEN chance % 90 = 2 THEN 'TIME_OFF' ELSE 'REGULAR' END AS type,
    json_object('amount', 6000 + person, 'currency', 'EUR') AS hourly_rate,
    false AS is_locked
FROM placed
"""


def generate(connection: duckdb.DuckDBPyConnection, entries: int, stories: int) -> None:
    """Fill the tables of ``clockify``, which must exist; entries name stories of ``tracker_history``."""
    connection.execute(_RAW_TABLES)
    connection.execute(_ENTRIES, {"entries": entries, "stories": stories})
