"""What an hour of a time entry earns and costs where the entry itself does not say.

Here: the rates and names of everything an entry may belong to, deleted ones included, their order, and which of them
was in force when. Not here: amounts (``time_entry_facts``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.versions import Versions

#: The streams whose earlier versions tell rates and zones of the past.
VERSIONED = ("users", "projects", "tasks", "workspaces")

#: In the order in which they are asked. A workspace member's rate stands at the person and at the workspace.
_LEVELS = ("project_member", "task", "project", "member.told", "member.listed", "workspace")


def rate(money: str, source: str) -> str:
    """SQL of a rate object of the API as a struct that also says where it comes from; NULL without amount."""
    return f"""(
        CASE WHEN try_cast({money}->>'amount' AS DECIMAL(18, 2)) IS NOT NULL
        THEN {{
            'amount': try_cast({money}->>'amount' AS DECIMAL(18, 2)),
            'currency': {money}->>'currency',
            'source': '{source}'
        }}
        END
    )"""


def _set_rate(money: str, source: str) -> str:
    """SQL of a rate of something that is no entry, where a rate object of amount 0 means that none was set."""
    return f"CASE WHEN try_cast({money}->>'amount' AS DOUBLE) <> 0 THEN {rate(money, source)} END"


def looked_up_rate(versions: Versions, kind: str) -> str:
    """SQL of the first rate that anything but the entry has, as of the entry's start: ``hourly`` or ``cost``."""
    rates = (versions.in_force(level, kind, "entry.started_at") for level in _LEVELS)
    return f"coalesce({', '.join(rates)})"


def applied_rate(own: str, looked_up: str) -> str:
    """SQL of the rate that applies, from the entry's own and the one looked up.

    The entry's own, unless it is 0 while nothing else has a rate: then no rate was ever set.
    """
    return f"""(
        CASE
            WHEN {own} IS NULL THEN {looked_up}
            WHEN {own}.amount = 0 AND {looked_up} IS NULL THEN NULL
            ELSE {own}
        END
    )"""


def _memberships(versions: str) -> str:
    """SQL of the members of each version: ``versions`` has id, until and the JSON list ``memberships``."""
    return f"""
        SELECT
            id,
            until,
            unnest(listed) AS membership,
            generate_subscripts(listed, 1) AS position
        FROM (SELECT id, until, from_json(memberships, '["JSON"]') AS listed FROM ({versions}))
    """


def _member_rates(
    versions: Versions, stream: str, member: str, other: str, kind: str, source: str
) -> str:
    """SQL of the rates in the memberships of a stream's records: a row per pair with a rate, and its past.

    ``member`` and ``other`` name what the record's id and the other side of the membership are called.
    """
    side = "userId" if other == "user_id" else "targetId"
    hourly = _set_rate("(membership->'hourlyRate')", source)
    cost = _set_rate("(membership->'costRate')", source)
    rated = f"""
        WITH
        versions AS (
            {versions.runs(stream, memberships="memberships")}
        ),
        rated AS (
            SELECT
                id AS {member},
                membership->>'{side}' AS {other},
                until,
                arg_min({hourly}, position) AS hourly,
                arg_min({cost}, position) AS cost
            FROM ({_memberships("FROM versions")})
            WHERE coalesce(membership->>'membershipType', '{kind}') = '{kind}'
            GROUP BY ALL
            HAVING hourly IS NOT NULL OR cost IS NOT NULL
        ),
        pairs AS (
            SELECT DISTINCT {member}, {other} FROM rated
        )
        -- A pair without a rate in one version has none then, so every pair has all versions of its record.
        SELECT pairs.{member}, pairs.{other}, versions.until, rated.hourly, rated.cost
        FROM pairs
        JOIN versions ON versions.id = pairs.{member}
        LEFT JOIN rated
            ON rated.{member} = pairs.{member}
            AND rated.{other} IS NOT DISTINCT FROM pairs.{other}
            AND rated.until IS NOT DISTINCT FROM versions.until
    """
    return versions.with_past(rated, f"{member}, {other}", "hourly", "cost")


def _own_rates(versions: Versions, stream: str, key: str, source: str) -> str:
    """SQL of the rates that records of a stream have themselves, and their past."""
    runs = versions.runs(
        stream,
        hourly=_set_rate("hourly_rate", source),
        cost=_set_rate("cost_rate", source),
    )
    rates = versions.with_past(runs, "id", "hourly", "cost")
    return f"SELECT id AS {key}, * EXCLUDE (id) FROM ({rates})"


def ownership(versions: Versions) -> str:
    """SQL of the CTEs ``owners``, ``projects``, ``tasks`` and, for every level, its rates."""
    return f"""
known_workspaces AS (
    {ever_known("workspaces")}
),
workspace_currencies AS (
    SELECT
        workspace.id AS workspace_id,
        min(currency->>'code') AS code
    FROM known_workspaces AS workspace
    CROSS JOIN unnest(from_json(workspace.currencies, '["JSON"]')) AS listed(currency)
    WHERE try_cast(currency->>'isDefault' AS BOOLEAN)
    GROUP BY ALL
),
workspace_rates AS (
    {_own_rates(versions, "workspaces", "workspace_id", "workspace")}
),
workspaces AS (
    SELECT
        rates.*,
        zone.name AS time_zone,
        coalesce(listed.code, workspace.hourly_rate->>'currency') AS currency
    FROM workspace_rates AS rates
    JOIN known_workspaces AS workspace ON workspace.id = rates.workspace_id
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (workspace.workspace_settings->>'lockTimeZone')
    LEFT JOIN workspace_currencies AS listed USING (workspace_id)
),
known_users AS (
    {ever_known("users")}
),
owner_zones AS (
    SELECT id, until, zone.name AS time_zone
    FROM ({versions.runs("users", named="settings->>'timeZone'")}) AS version
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = version.named
),
owner_zones_by_time AS (
    {versions.with_past("FROM owner_zones", "id", "time_zone")}
),
owners AS (
    SELECT
        owner.id AS user_id,
        owner.name AS user_name,
        owner.is_deleted,
        zones.time_zone,
        zones.past
    FROM known_users AS owner
    JOIN owner_zones_by_time AS zones ON zones.id = owner.id
),
told_member_rates AS (
    {_member_rates(versions, "users", "user_id", "workspace_id", "WORKSPACE", "member")}
),
listed_member_rates AS (
    {_member_rates(versions, "workspaces", "workspace_id", "user_id", "WORKSPACE", "member")}
),
member_rates AS (
    SELECT
        user_id,
        workspace_id,
        {{'hourly': told.hourly, 'cost': told.cost, 'past': told.past}} AS told,
        {{'hourly': listed.hourly, 'cost': listed.cost, 'past': listed.past}} AS listed
    FROM told_member_rates AS told
    FULL JOIN listed_member_rates AS listed USING (user_id, workspace_id)
),
known_projects AS (
    {ever_known("projects")}
),
known_clients AS (
    {ever_known("clients")}
),
project_rates AS (
    {_own_rates(versions, "projects", "project_id", "project")}
),
projects AS (
    SELECT
        rates.*,
        project.name AS project_name,
        nullif(project.client_id, '') AS client_id,
        coalesce(client.name, nullif(project.client_name, '')) AS client_name,
        coalesce(project.currency->>'code', client.currency_code) AS currency
    FROM project_rates AS rates
    JOIN known_projects AS project ON project.id = rates.project_id
    LEFT JOIN known_clients AS client ON client.id = nullif(project.client_id, '')
),
project_member_rates AS (
    {_member_rates(versions, "projects", "project_id", "user_id", "PROJECT", "project_member")}
),
known_tasks AS (
    {ever_known("tasks")}
),
task_rates AS (
    {_own_rates(versions, "tasks", "task_id", "task")}
),
tasks AS (
    SELECT
        rates.*,
        task.name AS task_name
    FROM task_rates AS rates
    JOIN known_tasks AS task ON task.id = rates.task_id
)"""
