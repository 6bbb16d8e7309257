"""Table ``time_entry_facts``: every time entry with its owner, its local date, its hours and its amounts.

Here: whose zone and whose rate applies, rounding, revenue and cost of single entries.
Not here: reading intervals and rates (``intervals``, ``rates``), cutting entries at midnight (``time_entry_days``), sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.intervals import CLOCK, INTERVALS
from pipelines.metrics.time_tracking.local_days import elapsed_seconds, local_date, utc_day
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query
from pipelines.metrics.time_tracking.rates import OWNERSHIP, first_rate

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
{INTERVALS},
{OWNERSHIP},
owned AS (
    SELECT
        entry.* EXCLUDE (hourly_rate, cost_rate),
        owner.user_name,
        coalesce(owner.is_deleted, true) AS owner_missing,
        coalesce(owner.time_zone, workspace.time_zone, getvariable('time_zone')) AS time_zone,
        project.project_name,
        project.client_id,
        project.client_name,
        task.task_name,
        coalesce(project.currency, workspace.currency) AS default_currency,
        {first_rate("hourly")} AS hourly,
        {first_rate("cost")} AS costing
    FROM intervals AS entry
    LEFT JOIN owners AS owner USING (user_id)
    LEFT JOIN workspaces AS workspace USING (workspace_id)
    LEFT JOIN member_rates AS member USING (user_id, workspace_id)
    LEFT JOIN projects AS project USING (project_id)
    LEFT JOIN project_member_rates AS project_member USING (project_id, user_id)
    LEFT JOIN tasks AS task USING (task_id)
),
timed AS (
    SELECT
        entry.*,
        CASE WHEN ended_at >= started_at
        THEN {elapsed_seconds("started_at", "ended_at")} END AS seconds,
        {local_date("started_at", "start_clock")} AS local_date,
        {local_date("ended_at", "end_clock")} AS local_end_date
    FROM owned AS entry
    LEFT JOIN clock AS start_clock
        ON start_clock.time_zone = entry.time_zone
        AND start_clock.utc_day = {utc_day("started_at")}
    LEFT JOIN clock AS end_clock
        ON end_clock.time_zone = entry.time_zone
        AND end_clock.utc_day = {utc_day("ended_at")}
),
rated AS (
    SELECT
        *,
        type = 'REGULAR' AND seconds IS NOT NULL AS is_work,
        CASE getvariable('rounding_mode')
            WHEN 'up' THEN (seconds + step - 1) // step * step
            WHEN 'down' THEN seconds // step * step
            WHEN 'nearest' THEN (2 * seconds + step) // (2 * step) * step
            ELSE seconds
        END AS seconds_rounded,
        coalesce(hourly.currency, default_currency, costing.currency) AS currency,
        coalesce(costing.currency, default_currency, hourly.currency) AS cost_currency,
        {major_units("hourly.amount", "currency")} AS rate,
        {major_units("costing.amount", "cost_currency")} AS cost_rate
    FROM timed
    CROSS JOIN (SELECT getvariable('rounding_minutes') * 60 AS step)
),
amounts AS (
    SELECT
        *,
        CASE
            WHEN NOT is_work THEN NULL
            WHEN NOT billable THEN 0
            ELSE (rate * seconds_rounded / 3600)
        END::DECIMAL(18, 4) AS revenue,
        CASE WHEN is_work
        THEN (cost_rate * seconds_rounded / 3600) END::DECIMAL(18, 4) AS cost
    FROM rated
)
SELECT
    id AS entry_id,
    user_id,
    user_name,
    project_id,
    project_name,
    client_id,
    client_name,
    task_id,
    task_name,
    type,
    is_running,
    is_work,
    billable,
    started_at,
    ended_at,
    time_zone,
    local_date,
    local_end_date,
    seconds / 3600 AS hours,
    CASE
        WHEN seconds IS NOT NULL THEN NULL
        WHEN is_running THEN 'running'
        WHEN ended_at < started_at THEN 'negative'
        ELSE 'no_interval'
    END AS hours_reason,
    seconds_rounded / 3600 AS hours_rounded,
    seconds,
    seconds_rounded,
    rate,
    cost_rate,
    currency,
    cost_currency,
    revenue,
    cost,
    CASE WHEN currency = cost_currency THEN revenue - cost END::DECIMAL(18, 4) AS profit,
    coalesce(hourly.source, 'unrated') AS rate_source,
    coalesce(costing.source, 'unrated') AS cost_rate_source,
    coalesce(is_locked, false) AS is_locked,
    description,
    tag_ids,
    owner_missing
FROM amounts
"""


def time_entry_facts(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per time entry that the source has: see ``TIME_ENTRY_FACTS.definition``."""
    settings = run.settings.time_tracking
    values = {
        "time_zone": settings.time_zone,
        "rounding_mode": settings.rounding.mode,
        "rounding_minutes": settings.rounding.minutes,
    }
    query(connection, CLOCK, **values)
    return query(connection, SQL, **values)


TIME_ENTRY_FACTS = MetricTable(
    schema="time_tracking",
    name="time_entry_facts",
    grain=("entry_id",),
    definition="""
One row per time entry that Clockify has; deleted entries are not here.

* **Work** is a stopped entry of type REGULAR (`is_work`). Breaks, holidays and time off are not work; a running
  timer (no end and no duration) is not work yet: its hours are NULL.
* `time_zone` is the owner's, else the workspace's (`lockTimeZone`), else the configured one; an unknown zone
  name counts as none. `local_date` is the date of the start in that zone, `local_end_date` the date of the end.
* `hours` is elapsed real time in whole seconds, whatever the clocks do in between. The end decides; the duration
  is used only where the end is missing. Without usable hours, `hours_reason` says why: `running`, `negative`
  (ends before it starts), `no_interval`.
* **Rounding** (off by default) is applied to each entry: `hours_rounded`. Amounts are made of rounded hours, and
  sums are sums of rounded entries.
* **Rates** are looked up in this order: the entry's own (`entry`), the project member's (`project_member`),
  `task`, `project`, the workspace member's (`member`), `workspace`; no rate is `unrated`. A workspace rate of 0
  means that none was set, any other 0 is a rate. Hourly rate and cost rate are looked up independently.
* **Amounts** come from the API in minor units of their currency and are kept in major units (a zero-decimal
  currency such as JPY has no minor unit, KWD has thousandths). A rate without a currency has the project's, else
  the client's, else the workspace's. `revenue` = billable hours x rate, 0 for work that is not billable;
  `cost` = hours x cost rate; both only for work, NULL where the rate is missing. `currency` belongs to rate and
  revenue, `cost_currency` to cost rate and cost; `profit` only where they are the same.
* Names of deleted users, projects, clients and tasks stay known; `owner_missing` marks entries of people whom
  the source no longer lists.

Example: 08:15:00 to 10:05:30 is 6,630 s, 1.8417 h. At 72.00 EUR (the API says 7200) and a cost rate of 36.00 EUR:
revenue 132.60, cost 66.30, profit 66.30. Rounded up to quarters of an hour: 2 h, revenue 144.00.
""",
    columns=(
        Column("entry_id", "VARCHAR", "Time entry."),
        Column("user_id", "VARCHAR", "Owner."),
        Column("user_name", "VARCHAR", "Owner's name, also when no longer listed."),
        Column("project_id", "VARCHAR", "Project; NULL without one."),
        Column("project_name", "VARCHAR", "Project's name, also when deleted."),
        Column("client_id", "VARCHAR", "Client of the project."),
        Column("client_name", "VARCHAR", "Client's name, also when deleted."),
        Column("task_id", "VARCHAR", "Task; NULL without one."),
        Column("task_name", "VARCHAR", "Task's name, also when deleted."),
        Column("type", "VARCHAR", "REGULAR, BREAK, HOLIDAY or TIME_OFF."),
        Column("is_running", "BOOLEAN", "The timer has not been stopped."),
        Column("is_work", "BOOLEAN", "REGULAR and stopped, with usable hours."),
        Column("billable", "BOOLEAN", "Whether its hours are billable."),
        Column("started_at", "TIMESTAMP WITH TIME ZONE", "Start."),
        Column("ended_at", "TIMESTAMP WITH TIME ZONE", "End; NULL while running."),
        Column("time_zone", "VARCHAR", "Zone that tells its local dates."),
        Column("local_date", "DATE", "Local date of the start."),
        Column("local_end_date", "DATE", "Local date of the end."),
        Column("hours", "DOUBLE", "Elapsed hours; NULL while running."),
        Column("hours_reason", "VARCHAR", "Why hours are NULL: running, negative, no_interval."),
        Column("hours_rounded", "DOUBLE", "Hours after the configured rounding of this entry."),
        Column("seconds", "BIGINT", "Elapsed seconds: the exact value of hours."),
        Column("seconds_rounded", "BIGINT", "The exact value of hours_rounded."),
        Column("rate", "DECIMAL(18,4)", "Hourly rate in major units of currency."),
        Column("cost_rate", "DECIMAL(18,4)", "Hourly cost rate in major units of cost_currency."),
        Column("currency", "VARCHAR", "ISO 4217 code of rate and revenue."),
        Column("cost_currency", "VARCHAR", "ISO 4217 code of cost_rate and cost."),
        Column("revenue", "DECIMAL(18,4)", "Billable hours x rate; NULL when unrated."),
        Column("cost", "DECIMAL(18,4)", "Hours x cost rate; NULL without cost rate."),
        Column("profit", "DECIMAL(18,4)", "Revenue - cost, where both have one currency."),
        Column(
            "rate_source",
            "VARCHAR",
            "Where the rate is from: entry, project_member, task, project, member, workspace, unrated.",
        ),
        Column("cost_rate_source", "VARCHAR", "Where the cost rate is from, as rate_source."),
        Column("is_locked", "BOOLEAN", "Approved or locked in Clockify."),
        Column("description", "VARCHAR", "What the owner wrote."),
        Column("tag_ids", "JSON", "Tags: an array of ids."),
        Column("owner_missing", "BOOLEAN", "The source no longer lists the owner."),
    ),
    inputs=(
        "clockify.time_entries",
        "clockify.users",
        "clockify.projects",
        "clockify.clients",
        "clockify.tasks",
        "clockify.workspaces",
    ),
    compute=time_entry_facts,
    headlines={
        "work_hours": "sum(hours) FILTER (is_work)",
        "billable_hours": "sum(hours) FILTER (is_work AND billable)",
        "running_timers": "count(*) FILTER (is_running)",
        "entries_of_missing_owners": "count(*) FILTER (owner_missing)",
    },
    settings=("time_tracking.time_zone", "time_tracking.rounding"),
)
