"""Table ``leave_balances``: what each person has left of each policy, beside what was taken, planned and asked for.

Here: Clockify's figures and sums of requests. Not here: leave by day (``capacity_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.leave_days import REQUESTS
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{REQUESTS},
asked AS (
    SELECT
        user_id,
        policy_id,
        coalesce(sum(balance_diff) FILTER (state = 'APPROVED' AND started_at <= getvariable('as_of')), 0) AS taken,
        coalesce(sum(balance_diff) FILTER (state = 'APPROVED' AND started_at > getvariable('as_of')), 0) AS planned,
        coalesce(sum(balance_diff) FILTER (state = 'PENDING'), 0) AS pending
    FROM requests
    WHERE is_usable
    GROUP BY ALL
)
SELECT
    balance.user_id,
    coalesce(person.name, balance.user_name) AS user_name,
    balance.policy_id,
    coalesce(policy.name, balance.policy_name) AS policy_name,
    coalesce(policy.archived, balance.policy_archived, false) AS is_archived,
    lower(coalesce(balance.policy_time_unit, policy.time_unit)) AS unit,
    balance.total,
    balance.used,
    balance.balance,
    coalesce(taken, 0) AS taken,
    coalesce(planned, 0) AS planned,
    coalesce(pending, 0) AS pending,
    balance._extracted_at AS as_read_at
FROM clockify.time_off_balances AS balance
LEFT JOIN ({ever_known("time_off_policies")}) AS policy ON policy.id = balance.policy_id
LEFT JOIN ({ever_known("users")}) AS person ON person.id = balance.user_id
LEFT JOIN asked ON asked.user_id = balance.user_id AND asked.policy_id = balance.policy_id
WHERE balance.user_id IS NOT NULL AND balance.policy_id IS NOT NULL
-- The API has one row of each; should it send two, the later one counts.
QUALIFY row_number() OVER (PARTITION BY balance.user_id, balance.policy_id ORDER BY as_read_at DESC, balance.id) = 1
"""


def leave_balances(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and policy: see ``LEAVE_BALANCES.definition``."""
    return query(connection, SQL, as_of=run.as_of)


LEAVE_BALANCES = MetricTable(
    schema="time_tracking",
    name="leave_balances",
    grain=("user_id", "policy_id"),
    definition="""
One row per person and policy for time off of which Clockify tells a balance, also of people who left and of archived
policies as they were last.

`total` (accrued), `used` and `balance` are Clockify's figures: balance = total - used, and what is asked for counts as used
until it is refused. Beside them, sums over the requests that were read: `taken` is approved and has begun, `planned` is
approved and has not begun, `pending` is not decided. All amounts of a row are in its `unit`; days and hours are never added.
`as_read_at` is when these figures were first read.

Example: 25 days accrued; five taken in March, ten approved for July, two asked for: used 17, balance 8.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("policy_id", "VARCHAR", "Policy for time off."),
        Column("policy_name", "VARCHAR", "Policy's name."),
        Column("is_archived", "BOOLEAN", "The policy is archived."),
        Column("unit", "VARCHAR", "days or hours: unit of all amounts of the row."),
        Column("total", "DOUBLE", "What accrued, in the unit.", adds="never"),
        Column(
            "used", "DOUBLE", "What approved and pending requests take, in the unit.", adds="never"
        ),
        Column("balance", "DOUBLE", "total - used, in the unit; may be negative.", adds="never"),
        Column("taken", "DOUBLE", "Approved and begun, in the unit.", adds="never"),
        Column("planned", "DOUBLE", "Approved and not begun, in the unit.", adds="never"),
        Column("pending", "DOUBLE", "Not decided, in the unit.", adds="never"),
        Column("as_read_at", "TIMESTAMP WITH TIME ZONE", "When these figures were first read."),
    ),
    inputs=(
        "clockify.time_off_balances",
        "clockify.time_off_policies",
        "clockify.time_off_requests",
        "clockify.users",
    ),
    compute=leave_balances,
)
