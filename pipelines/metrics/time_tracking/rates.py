"""What an hour of a time entry earns and costs where the entry itself does not say.

Here: the rates and names of everything an entry may belong to, deleted ones included, and their order.
Not here: amounts (``time_entry_facts``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking.ever_known import ever_known


def rate(money: str, source: str) -> str:
    """SQL of a rate object of the API as a struct that also says where it comes from; NULL without amount."""
    return f"""(
        CASE WHEN ({money}->>'amount') IS NOT NULL
        THEN {{
            'amount': ({money}->>'amount')::DECIMAL(18, 2),
            'currency': {money}->>'currency',
            'source': '{source}'
        }}
        END
    )"""


def first_rate(kind: str) -> str:
    """SQL of the rate that applies to an entry: the first there is. ``kind`` is ``hourly`` or ``cost``."""
    return f"""coalesce(
            {rate(f"entry.{kind}_rate", "entry")},
            project_member.{kind}, task.{kind}, project.{kind}, member.{kind}, workspace.{kind}
        )"""


# CTEs ``workspaces``, ``owners``, ``member_rates``, ``projects``, ``project_member_rates`` and ``tasks``.
OWNERSHIP = f"""
known_workspaces AS (
    {ever_known("workspaces")}
),
workspace_currencies AS (
    SELECT
        workspace.id AS workspace_id,
        min(currency->>'code') AS code
    FROM known_workspaces AS workspace
    CROSS JOIN unnest(from_json(workspace.currencies, '["JSON"]')) AS listed(currency)
    WHERE (currency->>'isDefault')::BOOLEAN
    GROUP BY ALL
),
-- A workspace always has a rate object; amount 0 there means that none was set.
workspaces AS (
    SELECT
        workspace.id AS workspace_id,
        zone.name AS time_zone,
        coalesce(listed.code, workspace.hourly_rate->>'currency') AS currency,
        CASE WHEN (workspace.hourly_rate->>'amount')::DOUBLE <> 0
        THEN {rate("workspace.hourly_rate", "workspace")} END AS hourly,
        CASE WHEN (workspace.cost_rate->>'amount')::DOUBLE <> 0
        THEN {rate("workspace.cost_rate", "workspace")} END AS cost
    FROM known_workspaces AS workspace
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (workspace.workspace_settings->>'lockTimeZone')
    LEFT JOIN workspace_currencies AS listed ON listed.workspace_id = workspace.id
),
known_users AS (
    {ever_known("users")}
),
owners AS (
    SELECT
        owner.id AS user_id,
        owner.name AS user_name,
        owner.is_deleted,
        zone.name AS time_zone
    FROM known_users AS owner
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = (owner.settings->>'timeZone')
),
memberships AS (
    SELECT
        owner.id AS user_id,
        membership->>'targetId' AS workspace_id,
        membership,
        1 AS precedence
    FROM known_users AS owner
    CROSS JOIN unnest(from_json(owner.memberships, '["JSON"]')) AS listed(membership)
    UNION ALL
    SELECT
        membership->>'userId' AS user_id,
        workspace.id AS workspace_id,
        membership,
        2 AS precedence
    FROM known_workspaces AS workspace
    CROSS JOIN unnest(from_json(workspace.memberships, '["JSON"]')) AS listed(membership)
),
member_rates AS (
    SELECT
        user_id,
        workspace_id,
        arg_min({rate("(membership->'hourlyRate')", "member")}, precedence) AS hourly,
        arg_min({rate("(membership->'costRate')", "member")}, precedence) AS cost
    FROM memberships
    WHERE (membership->>'membershipType') = 'WORKSPACE'
    GROUP BY ALL
),
known_projects AS (
    {ever_known("projects")}
),
known_clients AS (
    {ever_known("clients")}
),
projects AS (
    SELECT
        project.id AS project_id,
        project.name AS project_name,
        nullif(project.client_id, '') AS client_id,
        coalesce(client.name, nullif(project.client_name, '')) AS client_name,
        coalesce(project.currency->>'code', client.currency_code) AS currency,
        {rate("project.hourly_rate", "project")} AS hourly,
        {rate("project.cost_rate", "project")} AS cost
    FROM known_projects AS project
    LEFT JOIN known_clients AS client ON client.id = nullif(project.client_id, '')
),
project_member_rates AS (
    SELECT
        project.id AS project_id,
        membership->>'userId' AS user_id,
        any_value({rate("(membership->'hourlyRate')", "project_member")}) AS hourly,
        any_value({rate("(membership->'costRate')", "project_member")}) AS cost
    FROM known_projects AS project
    CROSS JOIN unnest(from_json(project.memberships, '["JSON"]')) AS listed(membership)
    WHERE coalesce(membership->>'membershipType', 'PROJECT') = 'PROJECT'
    GROUP BY ALL
    HAVING hourly IS NOT NULL OR cost IS NOT NULL
),
known_tasks AS (
    {ever_known("tasks")}
),
tasks AS (
    SELECT
        id AS task_id,
        name AS task_name,
        {rate("hourly_rate", "task")} AS hourly,
        {rate("cost_rate", "task")} AS cost
    FROM known_tasks
)"""
