"""Checks of our sums beside those that Clockify tells itself.

Here: totals of projects and tasks, times and amounts of approved timesheets. Not here: our sums among themselves.
"""

from __future__ import annotations

from pipelines.metrics.effort.sum_checks import HALF_A_SECOND, SumCheck
from pipelines.metrics.time_tracking.durations import iso_seconds
from pipelines.metrics.time_tracking.money import major_units

_FACTS = "time_tracking.time_entry_facts"
_COVERAGE = "time_tracking.history_coverage"

# CTE ``sheets``: approved timesheets with a whole range, and ``compared``: beside them the entries that start in them.
# Work that was changed after the approval is in neither sum: Clockify keeps the timesheet as it was approved.
_SHEETS = f"""
    WITH
    sheets AS (
        SELECT
            id,
            approval_request->'owner'->>'userId' AS user_id,
            try_cast(approval_request->'dateRange'->>'start' AS TIMESTAMPTZ) AS range_start,
            try_cast(approval_request->'dateRange'->>'end' AS TIMESTAMPTZ) AS range_end,
            {iso_seconds("tracked_time")} AS tracked,
            {iso_seconds("billable_time")} AS billable,
            billable_amount,
            cost_amount
        FROM clockify.approval_requests
        WHERE
            (approval_request->'status'->>'state') = 'APPROVED'
            AND range_end <= getvariable('as_of')
            -- What lies before the first day that was read is in the timesheet and not in the entries.
            AND coalesce(range_start >= getvariable('first_day_read')::DATE, true)
    ),
    changed AS (
        SELECT DISTINCT entry_id
        FROM time_tracking.time_quality
        WHERE finding = 'changed_after_lock'
    ),
    compared AS (
        SELECT
            sheet.id,
            any_value(sheet.tracked) AS told_tracked,
            any_value(sheet.billable) AS told_billable,
            any_value(sheet.billable_amount) AS told_revenue,
            any_value(sheet.cost_amount) AS told_cost,
            coalesce(sum(entry.seconds) FILTER (is_work), 0) AS worked,
            -- Whether leave counts as tracked time is not documented: either is right.
            coalesce(sum(entry.seconds) FILTER (type <> 'BREAK'), 0) AS worked_or_away,
            coalesce(sum(entry.seconds) FILTER (is_work AND entry.billable), 0) AS worked_billable,
            coalesce(sum(entry.revenue), 0)::DOUBLE AS earned,
            coalesce(sum(entry.cost), 0)::DOUBLE AS spent,
            count(DISTINCT entry.currency) FILTER (entry.revenue > 0) AS currencies,
            count(DISTINCT entry.cost_currency) FILTER (entry.cost > 0) AS cost_currencies,
            any_value(entry.currency) FILTER (entry.revenue > 0) AS earned_in,
            any_value(entry.cost_currency) FILTER (entry.cost > 0) AS spent_in,
            bool_or(is_work AND rate_source NOT IN ('entry', 'unrated')) AS has_looked_up_rates,
            bool_or(is_work AND cost_rate_source NOT IN ('entry', 'unrated')) AS has_looked_up_costs,
            count(*) AS entries,
            count(changed.entry_id) AS changes
        FROM sheets AS sheet
        JOIN time_tracking.time_entry_facts AS entry
            ON entry.user_id = sheet.user_id
            AND entry.started_at BETWEEN sheet.range_start AND sheet.range_end
        LEFT JOIN changed USING (entry_id)
        GROUP BY sheet.id
    )
"""
_SHEET_TABLES = (_FACTS, "time_tracking.time_quality")
_SHEET_STREAMS = ("clockify.approval_requests",)

_AMOUNTS = f"""
    {_SHEETS}
    SELECT
        id || ' {{kind}}' AS key,
        {{told}}::DOUBLE AS left_value,
        -- Clockify rounds the amount of each entry to its minor unit: a cent an entry is no difference.
        CASE WHEN abs({{told}} - {{ours}}) <= 0.01 * (entries + 1) THEN {{told}} ELSE {{ours}} END AS right_value
    FROM compared
    WHERE
        changes = 0
        AND {{currencies}} <= 1
        AND {{raw}} IS NOT NULL
        AND NOT {{looked_up}}
"""


def _amounts(kind: str, raw: str, currency: str, **columns: str) -> str:
    """SQL of the sides of a check of amounts: ``raw`` is Clockify's column in minor units."""
    return _AMOUNTS.format(kind=kind, raw=raw, told=major_units(raw, currency), **columns)


_REPORT = "time_tracking.report_differences"


def _of_report(kind: str) -> str:
    """SQL of the sides of a check against the summary report; what a known reason explains is no difference."""
    return f"""
        SELECT
            concat_ws(' ', id, strftime(month, '%Y-%m'), nullif(unit, 'hours')) AS key,
            our_value AS left_value,
            CASE WHEN reason = 'unexplained' THEN clockify_value ELSE our_value END AS right_value
        FROM {_REPORT}
        WHERE kind = '{kind}'
    """


CLOCKIFY_SUMS = (
    SumCheck(
        name="hours_of_entries_and_report",
        left="hours of all stopped entries of the last two full months",
        right="the same in Clockify's summary report, where no known reason explains the difference",
        key="person and month",
        tolerance=HALF_A_SECOND,
        sides=_of_report("person"),
        tables=(_REPORT,),
    ),
    SumCheck(
        name="revenue_of_entries_and_report",
        left="hours x rate of billable work of the last two full months",
        right="the amount in Clockify's summary report, where no known reason explains the difference",
        key="project, month and currency",
        tolerance=0.00005,
        sides=_of_report("project"),
        tables=(_REPORT,),
    ),
    SumCheck(
        name="hours_of_entries_and_clockify",
        left="work hours of the entries of a project or task, as they were read",
        right="Clockify's own total (`projects.duration`, `tasks.duration`), where it tells one and the history was "
        "read whole",
        key="project or task",
        tolerance=HALF_A_SECOND,
        sides=f"""
            SELECT
                kind || ' ' || id AS key,
                read_hours AS left_value,
                CASE status WHEN 'disagrees' THEN clockify_hours ELSE read_hours END AS right_value
            FROM {_COVERAGE}
            WHERE status IN ('complete', 'disagrees')
        """,
        tables=(_COVERAGE,),
    ),
    SumCheck(
        name="hours_of_entries_and_approvals",
        left="tracked and billable hours of approved timesheets, as Clockify tells them",
        right="the same of the entries that start in them",
        key="timesheet",
        tolerance=HALF_A_SECOND,
        sides=f"""
            {_SHEETS}
            SELECT
                id || ' tracked' AS key,
                told_tracked / 3600 AS left_value,
                CASE WHEN told_tracked BETWEEN worked AND worked_or_away THEN told_tracked ELSE worked END / 3600
                    AS right_value
            FROM compared
            WHERE
                changes = 0
                AND told_tracked IS NOT NULL
            UNION ALL
            SELECT id || ' billable', told_billable / 3600, worked_billable / 3600
            FROM compared
            WHERE
                changes = 0
                AND told_billable IS NOT NULL
        """,
        tables=_SHEET_TABLES,
        raw=_SHEET_STREAMS,
    ),
    SumCheck(
        name="revenue_of_entries_and_approvals",
        left="billable amounts of approved timesheets of one currency and without looked-up rates",
        right="revenue of the entries that start in them",
        key="timesheet",
        tolerance=0.00005,
        sides=_amounts(
            "revenue",
            "told_revenue",
            "earned_in",
            ours="earned",
            currencies="currencies",
            looked_up="has_looked_up_rates",
        ),
        tables=_SHEET_TABLES,
        raw=_SHEET_STREAMS,
    ),
    SumCheck(
        name="cost_of_entries_and_approvals",
        left="cost amounts of approved timesheets of one currency and without looked-up rates",
        right="cost of the entries that start in them",
        key="timesheet",
        tolerance=0.00005,
        sides=_amounts(
            "cost",
            "told_cost",
            "spent_in",
            ours="spent",
            currencies="cost_currencies",
            looked_up="has_looked_up_costs",
        ),
        tables=_SHEET_TABLES,
        raw=_SHEET_STREAMS,
    ),
)
