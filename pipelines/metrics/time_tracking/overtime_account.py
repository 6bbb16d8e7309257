"""Table ``overtime_account``: how much more or less than their net capacity people have worked, week by week.

Here: the running account. Not here: what is expected of a day (``capacity_daily``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import person_days
from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{person_days.DAYS},
accounts AS (
    SELECT unnest(
        from_json(
            getvariable('accounts'), '[{{"person": "VARCHAR", "opening": "DOUBLE", "start_date": "DATE"}}]'
        ),
        recursive := true
    )
),
openings AS (
    SELECT
        person.id AS user_id,
        coalesce(by_id.opening, by_email.opening, 0) AS opening,
        coalesce(by_id.start_date, by_email.start_date, DATE '0001-01-01') AS start_date
    FROM ({ever_known("users")}) AS person
    LEFT JOIN accounts AS by_id ON by_id.person = lower(person.id)
    LEFT JOIN accounts AS by_email ON by_email.person = lower(trim(person.email))
),
weeks AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        week_start,
        any_value(opening) AS opening,
        sum(capacity)::BIGINT AS capacity,
        sum(net)::BIGINT AS net,
        sum(tracked)::BIGINT AS work,
        sum(greatest(0, tracked - net))::BIGINT AS overtime,
        sum(greatest(0, net - tracked))::BIGINT AS undertime,
        coalesce(sum(greatest(0, tracked - day.capacity)) FILTER (day.capacity > 0), 0)::BIGINT AS above_capacity
    FROM days AS day
    LEFT JOIN openings USING (user_id)
    WHERE week_start + 6 < today AND logs_time AND local_date >= coalesce(start_date, local_date)
    GROUP BY user_id, week_start
),
counted AS (
    SELECT *
    FROM weeks
    QUALIFY max(capacity) OVER (PARTITION BY user_id ORDER BY week_start) > 0
)
SELECT
    user_id,
    user_name,
    week_start,
    work / 3600 AS work_hours,
    net / 3600 AS net_capacity_hours,
    overtime / 3600 AS overtime_hours,
    undertime / 3600 AS undertime_hours,
    (work - net) / 3600 AS change_hours,
    coalesce(opening, 0) + sum(work - net) OVER (PARTITION BY user_id ORDER BY week_start)::BIGINT / 3600 AS account_hours,
    above_capacity / 3600 AS attendance_overtime_hours
FROM counted
"""


def overtime_account(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per person and closed week: see ``OVERTIME_ACCOUNT.definition``."""
    accounts = [
        {
            "person": person,
            "opening": account.opening_hours,
            "start_date": account.start_date.isoformat() if account.start_date else None,
        }
        for person, account in run.settings.time_tracking.overtime.items()
    ]
    return query(connection, SQL, accounts=json.dumps(accounts))


OVERTIME_ACCOUNT = MetricTable(
    schema="time_tracking",
    name="overtime_account",
    grain=("user_id", "week_start"),
    definition="""
One row per person and week that is over, from the first week with capacity on; capacity and leave are those of
`capacity_daily`, work is that of `time_daily`. People whom `[time_tracking] not_logging` names have no account.
* `change_hours` = work - net capacity = `overtime_hours` (day by day above the day's net capacity) - `undertime_hours`
  (missing to it). Leave is neither: it lowers what is expected.
* `account_hours` = opening balance + sum of all changes up to this week. `[time_tracking.overtime."ann@example.com"]` gives
  `opening_hours` (0 unless set) and `start_date` (the person's first day unless set): days before it do not count.
* `attendance_overtime_hours` is Clockify's own figure of the attendance report: work above the full capacity of each working
  day, which leave does not lower and nothing is set off against.

Example: 45 h of 40, 21 of 24, 38 of 36: the account is 5, 2, 4; with 10 opening hours 15, 12, 14.
""",
    columns=(
        Column("user_id", "VARCHAR", "Person."),
        Column("user_name", "VARCHAR", "Person's name."),
        Column("week_start", "DATE", "First day of the week."),
        Column("work_hours", "DOUBLE", "Hours of work."),
        Column("net_capacity_hours", "DOUBLE", "Capacity less leave."),
        Column("overtime_hours", "DOUBLE", "Work above each day's net capacity."),
        Column("undertime_hours", "DOUBLE", "Work missing to each day's net capacity."),
        Column("change_hours", "DOUBLE", "Work - net capacity."),
        Column("account_hours", "DOUBLE", "Opening balance and all changes so far.", adds="never"),
        Column(
            "attendance_overtime_hours", "DOUBLE", "Work above the full capacity of working days."
        ),
    ),
    inputs=(*person_days.INPUTS, "clockify.users"),
    compute=overtime_account,
    headlines={"overtime_hours": "sum(change_hours)"},
    settings=("time_tracking.overtime",),
)
