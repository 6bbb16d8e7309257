"""Table ``time_entry_facts``: every time entry with its owner, its local date, its hours and its amounts.

Here: whose zone and whose rate applies, rounding, revenue and cost of single entries.
Not here: reading intervals and rates (``intervals``, ``rates``), cutting entries at midnight (``time_entry_days``), sums.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money, workspace
from pipelines.metrics.time_tracking.intervals import (
    CLOCK,
    ENTRY_DAYS,
    INTERVALS,
    KNOWN,
    PLAUSIBLE_SECONDS,
    finance_month,
    next_instant,
)
from pipelines.metrics.time_tracking.local_days import elapsed_seconds, local_date, utc_day
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query
from pipelines.metrics.time_tracking.rates import (
    VERSIONED,
    applied_rate,
    looked_up_rate,
    ownership,
    rate,
)
from pipelines.metrics.time_tracking.versions import Versions, define_versions

if TYPE_CHECKING:
    import duckdb


def _rounded(mode: str, minutes: str) -> str:
    """SQL of ``seconds`` rounded as two variables say."""
    step = f"(getvariable('{minutes}') * 60)"
    return f"""
        CASE getvariable('{mode}')
            WHEN 'up' THEN (seconds + {step} - 1) // {step} * {step}
            WHEN 'down' THEN seconds // {step} * {step}
            WHEN 'nearest' THEN (2 * seconds + {step}) // (2 * {step}) * {step}
            ELSE seconds
        END"""


def _sql(versions: Versions) -> str:
    """SQL of the table, given how it reads what was in force earlier."""
    return f"""
WITH
{INTERVALS},
{KNOWN},
{ownership(versions)},
owned AS (
    SELECT
        entry.* EXCLUDE (hourly_rate, cost_rate),
        owner.user_name,
        coalesce(owner.is_deleted, true) AS owner_missing,
        -- The zone that held when the entry was first read stays with it, so that a move changes no closed month.
        coalesce(
            {versions.in_force("owner", "time_zone", "coalesce(entry._first_seen_at, getvariable('as_of'))")},
            workspace.time_zone,
            getvariable('default_zone')
        ) AS time_zone,
        project.project_name,
        project.client_id,
        project.client_name,
        task.task_name,
        coalesce(project.currency, workspace.currency) AS default_currency,
        {rate("entry.hourly_rate", "entry")} AS own_hourly,
        {rate("entry.cost_rate", "entry")} AS own_cost,
        {looked_up_rate(versions, "hourly")} AS other_hourly,
        {looked_up_rate(versions, "cost")} AS other_cost
    FROM known AS entry
    LEFT JOIN owners AS owner USING (user_id)
    LEFT JOIN workspaces AS workspace USING (workspace_id)
    LEFT JOIN member_rates AS member USING (user_id, workspace_id)
    LEFT JOIN projects AS project USING (project_id)
    LEFT JOIN project_member_rates AS project_member USING (project_id, user_id)
    LEFT JOIN tasks AS task USING (task_id)
),
timed AS (
    SELECT
        entry.* EXCLUDE (own_hourly, own_cost, other_hourly, other_cost),
        {applied_rate("own_hourly", "other_hourly")} AS hourly,
        {applied_rate("own_cost", "other_cost")} AS costing,
        {elapsed_seconds("started_at", "ended_at")} AS elapsed,
        {PLAUSIBLE_SECONDS} AS seconds,
        {local_date("started_at", "start_clock")} AS local_date,
        {local_date("ended_at", "end_clock")} AS local_end_date,
        {finance_month("started_at", "start_clock")} AS finance_month
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
        {_rounded("rounding_mode", "rounding_minutes")} AS seconds_rounded,
        {_rounded("reports_mode", "reports_minutes")} AS seconds_in_reports,
        coalesce(hourly.currency, default_currency, costing.currency) AS currency,
        coalesce(costing.currency, default_currency, hourly.currency) AS cost_currency,
        {major_units("hourly.amount", "currency")} AS rate,
        {major_units("costing.amount", "cost_currency")} AS cost_rate
    FROM timed
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
    finance_month,
    seconds / 3600 AS hours,
    CASE
        WHEN seconds IS NOT NULL THEN NULL
        WHEN is_running THEN 'running'
        WHEN elapsed < 0 THEN 'negative'
        WHEN elapsed IS NOT NULL THEN 'implausible'
        ELSE 'no_interval'
    END AS hours_reason,
    seconds_rounded / 3600 AS hours_rounded,
    seconds,
    seconds_rounded,
    seconds_in_reports,
    rate,
    cost_rate,
    currency,
    cost_currency,
    CASE
        WHEN NOT is_work THEN NULL
        WHEN NOT billable THEN 0
        ELSE rate * seconds_rounded / 3600
    END::DECIMAL(18, 4) AS revenue,
    CASE WHEN is_work
    THEN cost_rate * seconds_rounded / 3600 END::DECIMAL(18, 4) AS cost,
    CASE WHEN is_work AND currency = cost_currency
    THEN (CASE WHEN billable THEN rate ELSE 0 END - cost_rate) * seconds_rounded / 3600
    END::DECIMAL(18, 4) AS profit,
    coalesce(hourly.source, 'unrated') AS rate_source,
    coalesce(costing.source, 'unrated') AS cost_rate_source,
    coalesce(is_locked, false) AS is_locked,
    description,
    tag_ids,
    owner_missing
FROM rated
"""


def time_entry_facts(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per time entry that exists as of the run: see ``TIME_ENTRY_FACTS.definition``."""
    settings = run.settings.time_tracking
    told = workspace.workspace_of(connection, settings)
    values = {
        **told.values,
        **money.values(settings),
        "as_of": run.as_of,
        "default_zone": settings.time_zone,
        "implausible_seconds": round(settings.quality.implausible_hours * 3600),
        "rounding_mode": told.rounding.mode,
        "rounding_minutes": told.rounding.minutes,
        "reports_mode": told.reports_rounding.mode,
        "reports_minutes": told.reports_rounding.minutes,
    }
    versions = define_versions(connection, *VERSIONED)
    query(connection, ENTRY_DAYS, **values)
    query(connection, CLOCK)
    return query(connection, _sql(versions), **values)


def holds_until(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> datetime:
    """When the next entry begins or ends; at once where entries are taken for first seen now."""
    return next_instant(connection, run.as_of)


TIME_ENTRY_FACTS = MetricTable(
    schema="time_tracking",
    name="time_entry_facts",
    grain=("entry_id",),
    definition="""
One row per time entry that Clockify has and that had begun as of now; deleted entries are not here.

* **As of** governs this table and all that are made of it: an entry that starts later does not exist, one that ends
  later is running.
* **Work** is a stopped entry of type REGULAR (`is_work`). Breaks, holidays and time off are not work; a running
  timer (no end and no duration, or a duration of 0) is not work yet: its hours are NULL.
* `time_zone` is the one that the owner had when the entry was first read, else the workspace's (`lockTimeZone`), else
  the configured one; an unknown zone name counts as none. So a person who moves keeps the days of the past.
  `local_date` is the date of the start in that zone, `local_end_date` the date of the end. `finance_month` is the month
  of the start in one zone for everybody: `[time_tracking] finance_zone`, without it the workspace's.
* `hours` is elapsed real time in whole seconds, whatever the clocks do in between. The end decides; the duration
  is used only where the end is missing. Without usable hours, `hours_reason` says why: `running`, `negative`
  (ends before it starts), `implausible` (longer than `[time_tracking.quality] implausible_hours`, or begun before 1990), `no_interval`.
* **Rounding** (off by default) is applied to each entry: `hours_rounded`. Amounts are made of rounded hours, and
  sums are sums of rounded entries. `mode = "workspace"` rounds as Clockify's own reports do; what those make of the
  entry is in `seconds_in_reports` whatever the mode.
* **Rates** are looked up in this order: the entry's own (`entry`), the project member's (`project_member`),
  `task`, `project`, the workspace member's (`member`), `workspace`; no rate is `unrated`. Hourly rate and cost rate are
  looked up independently. A rate that is looked up is the one in force when the entry started, as far as earlier
  versions were kept; before the first of them, the first.
* **A rate of 0** means *look further* everywhere but on the entry. There it is a rate (somebody works for free) where
  any level has a rate, and *not set* where none has: `unrated`. A member whose rate somebody set to 0 on purpose looks
  like one without a rate.
* **Amounts** come from the API in hundredths of their currency, whichever it is (`[time_tracking.money] minor_units`),
  and are kept in major units. A rate without a currency has the project's, else
  the client's, else the workspace's. `revenue` = billable hours x rate, 0 for work that is not billable;
  `cost` = hours x cost rate; both only for work, NULL where the rate is missing. `currency` belongs to rate and
  revenue, `cost_currency` to cost rate and cost; `profit` only where they are the same, rounded once.
* Names of deleted users, projects, clients and tasks stay known; `owner_missing` marks entries of people whom
  the source no longer lists.

Example: 08:15:00 to 10:05:30 is 6,630 s, 1.8417 h. At 72.00 EUR (the API says 7200) and a cost rate of 36.00 EUR:
revenue 132.60, cost 66.30, profit 66.30. Rounded up to quarters of an hour: 2 h, revenue 144.00. As of 09:00 the same
entry is running. 450000 JPY are 4,500.00. A project's rate that rose from 106.70 to 112.04 on March 1st: an entry of
February without a rate of its own has 106.70, one of April 112.04.
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
        Column("type", "VARCHAR", "REGULAR, BREAK, HOLIDAY or TIME_OFF; another is no work."),
        Column("is_running", "BOOLEAN", "The timer has not been stopped."),
        Column("is_work", "BOOLEAN", "REGULAR and stopped, with usable hours."),
        Column("billable", "BOOLEAN", "Whether its hours are billable."),
        Column("started_at", "TIMESTAMP WITH TIME ZONE", "Start."),
        Column("ended_at", "TIMESTAMP WITH TIME ZONE", "End; NULL while running."),
        Column("time_zone", "VARCHAR", "Zone that tells its local dates."),
        Column("local_date", "DATE", "Local date of the start."),
        Column("local_end_date", "DATE", "Local date of the end."),
        Column("finance_month", "DATE", "First day of the month of the start in the finance zone."),
        Column("hours", "DOUBLE", "Elapsed hours; NULL while running."),
        Column(
            "hours_reason",
            "VARCHAR",
            "Why hours are NULL: running, negative, implausible, no_interval.",
        ),
        Column("hours_rounded", "DOUBLE", "Hours after the configured rounding of this entry."),
        Column("seconds", "BIGINT", "Elapsed seconds: the exact value of hours."),
        Column("seconds_rounded", "BIGINT", "The exact value of hours_rounded."),
        Column(
            "seconds_in_reports", "BIGINT", "Elapsed seconds as the workspace's reports round them."
        ),
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
    holds_until=holds_until,
    headlines={
        "work_hours": "sum(hours) FILTER (is_work)",
        "billable_hours": "sum(hours) FILTER (is_work AND billable)",
        "running_timers": "count(*) FILTER (is_running)",
        "entries_of_missing_owners": "count(*) FILTER (owner_missing)",
    },
    settings=(
        *workspace.SETTINGS,
        *money.SETTINGS,
        "time_tracking.rounding",
        "time_tracking.quality.implausible_hours",
    ),
)
