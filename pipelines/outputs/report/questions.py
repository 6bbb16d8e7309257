"""The open questions that the data raises: each a number that should be zero, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.outputs.report.figure import Figure, Kind
from pipelines.outputs.report.periods import FULL_WEEKS


@dataclass(frozen=True)
class Question:
    """A figure that should be zero, and what to do while it is not."""

    figure: Figure
    action: str
    #: SQL of one text about what was found, shown after the action; of the same tables.
    detail: str | None = None


def _question(
    name: str,
    label: str,
    *tables: str,
    sql: str,
    action: str,
    kind: Kind = "count",
    detail: str | None = None,
) -> Question:
    figure = Figure(
        name=name, label=label, meaning=label, tables=tables, sql=sql, kind=kind, better="less"
    )
    return Question(figure, action, detail)


def _of_links(value: str) -> str:
    return f"""
WITH{FULL_WEEKS}
SELECT coalesce(sum({value}), 0) AS value
FROM effort.link_coverage
JOIN weeks USING (week_start)
WHERE place <= 4
"""


def _of_finding(condition: str) -> str:
    return f"""
SELECT count(DISTINCT entry_id) AS value
FROM time_tracking.time_quality
WHERE {condition}
"""


QUESTIONS = (
    _question(
        "failed_reconciliation",
        "Totals of different tables that do not agree",
        "effort.reconciliation",
        sql="SELECT count(*) AS value FROM effort.reconciliation WHERE NOT ok",
        action="Trust no figure that depends on them: look at effort.reconciliation, whose rows name the tables and the "
        "first keys that differ, and read the sources again for the days concerned.",
        detail="""
SELECT string_agg(check_name || coalesce(' (' || examples || ')', ''), '; ' ORDER BY check_name)
FROM effort.reconciliation
WHERE NOT ok
""",
    ),
    _question(
        "entries_in_error",
        "Time entries that cannot be right",
        "time_tracking.time_quality",
        sql=_of_finding("severity = 'error'"),
        action="Correct them in Clockify; time_tracking.time_quality says for each entry what is wrong.",
    ),
    _question(
        "running_stale",
        "Timers that somebody seems to have forgotten",
        "time_tracking.time_quality",
        sql=_of_finding("finding = 'running_stale'"),
        action="Ask their owners to stop them and to correct the end; until then their time counts nowhere.",
    ),
    _question(
        "changed_after_lock",
        "Time entries changed after they were locked or approved",
        "time_tracking.time_quality",
        sql=_of_finding("finding = 'changed_after_lock'"),
        action="Compare them with what was invoiced, then approve them again.",
    ),
    _question(
        "incomplete_days",
        "Working days of the last 28 days with less than half of the time they should have",
        "time_tracking.timesheet_compliance",
        "time_tracking.time_daily",
        # Weekends and days of leave have no expected hours. A person's first day, and the last so far, are seldom whole.
        sql="""
WITH
people AS (
    SELECT user_id, min(local_date) AS first_day, max(local_date) AS last_day
    FROM time_tracking.time_daily
    WHERE tracked_hours > 0
    GROUP BY user_id
)
SELECT count(*) AS value
FROM time_tracking.timesheet_compliance
JOIN people USING (user_id)
WHERE
    logged_hours < expected_hours / 2
    AND local_date > CAST($as_of AS DATE) - 28
    AND local_date > first_day
    AND local_date != last_day
""",
        action="Remind the people concerned: time_tracking.timesheet_compliance lists person and day. Leave that is "
        "not in Clockify looks the same; who works part-time belongs into [time_tracking.schedules] of the metric "
        "settings.",
    ),
    _question(
        "double_booked_hours",
        "Hours booked twice in the last 28 days",
        "time_tracking.overlap_daily",
        sql="""
SELECT coalesce(sum(double_booked_hours), 0) AS value
FROM time_tracking.overlap_daily
WHERE local_date > CAST($as_of AS DATE) - 28
""",
        action="Ask the owners of overlapping entries (finding overlap) which one is right.",
        kind="hours",
    ),
    _question(
        "unlinked_hours",
        "Hours of the last 4 full weeks that name no story",
        "effort.link_coverage",
        "time_tracking.utilization_weekly",
        sql=_of_links("unlinked_hours - unmatched_reference_hours"),
        action="Write the story into the description of the entry, for example #123456789; cost per story, point and "
        "epic sees only linked time.",
        kind="hours",
    ),
    _question(
        "unmatched_reference_hours",
        "Hours of the last 4 full weeks that name an unknown story",
        "effort.link_coverage",
        "time_tracking.utilization_weekly",
        sql=_of_links("unmatched_reference_hours"),
        action="Look for mistyped ids in effort.story_references, or for a Tracker project that is not read.",
        kind="hours",
    ),
    _question(
        "hours_without_project",
        "Hours of the last 28 days without a project",
        "time_tracking.time_daily",
        sql="""
SELECT coalesce(sum(tracked_hours), 0) AS value
FROM time_tracking.time_daily
WHERE project_id IS NULL AND local_date > CAST($as_of AS DATE) - 28
""",
        action="Give the entries a project in Clockify: without one they are in no budget and belong to no client.",
        kind="hours",
    ),
    _question(
        "unrated_hours",
        "Billable hours without a rate, of all time",
        "time_tracking.project_finance",
        sql="SELECT coalesce(sum(unrated_hours), 0) AS value FROM time_tracking.project_finance",
        action="Set a rate for the project, member or workspace in Clockify; these hours are in no revenue.",
        kind="hours",
    ),
    _question(
        "uncosted_hours",
        "Hours without a cost rate, of all time",
        "time_tracking.project_finance",
        sql="SELECT coalesce(sum(uncosted_hours), 0) AS value FROM time_tracking.project_finance",
        action="Set cost rates in Clockify; these hours are in no cost, so the profit of their months is left open.",
        kind="hours",
    ),
    _question(
        "half_costed",
        "Months of projects whose profit is not known, because hours and costs do not belong together",
        "time_tracking.project_finance",
        sql="""
SELECT count(*) AS value
FROM time_tracking.project_finance
WHERE revenue > 0 AND profit IS NULL
""",
        action="Look at profit_reason in time_tracking.project_finance: part of the hours has no cost rate, or a cost in "
        "another currency than the revenue.",
    ),
    _question(
        "imputed_hours",
        "Billable hours whose rate was looked up, of all time",
        "time_tracking.project_finance",
        sql="SELECT coalesce(sum(imputed_hours), 0) AS value FROM time_tracking.project_finance",
        action="Clockify sends these entries without a rate of their own. They have the rate of their project, member or "
        "workspace on their day, as far back as versions were kept, before that the oldest known one: compare it with what "
        "was agreed then.",
        kind="hours",
        detail="""
SELECT string_agg(format('{:.2f} {}', amount, coalesce(currency, 'of an unknown currency')), ', ' ORDER BY currency)
    || ' of revenue rest on them.'
FROM (
    SELECT currency, sum(imputed_revenue) AS amount
    FROM time_tracking.project_finance
    GROUP BY currency
    HAVING amount > 0
)
""",
    ),
    _question(
        "rounding_difference",
        "Hours by which our sums differ from those of Clockify's reports, which round",
        "time_tracking.project_finance",
        sql="""
SELECT round(abs(coalesce(sum(hours_in_reports) - sum(hours_rounded), 0)), 2) AS value
FROM time_tracking.project_finance
""",
        action='The workspace rounds the entries in its reports. Set mode = "workspace" under [time_tracking.rounding] of '
        "the metric settings to do the same.",
        kind="hours",
    ),
    _question(
        "cut_off_projects",
        "Projects that began before the first day that was read",
        "time_tracking.history_coverage",
        sql="""
SELECT count(*) AS value
FROM time_tracking.history_coverage
WHERE kind = 'project' AND status = 'history_truncated'
""",
        action="Set PIPELINES_START_DATE to an earlier day and run `make resync`. Until then hours of all time are "
        "Clockify's own totals, and money of all time is not known.",
        # At the pace of what was read, with a quarter more, from the first of a month on.
        detail="""
WITH
cut_off AS (
    SELECT
        coalesce(name, id) AS name,
        missing_hours,
        first_day_read,
        nullif(read_hours, 0) / greatest(date_diff('day', first_day_read, CAST($as_of AS DATE)), 1) AS hours_a_day
    FROM time_tracking.history_coverage
    WHERE kind = 'project' AND status = 'history_truncated'
),
guessed AS (
    SELECT
        *,
        date_trunc(
            'month', first_day_read - CAST(least(ceil(coalesce(1.25 * missing_hours / hours_a_day, 366)), 7300) AS INTEGER)
        ) AS start_date
    FROM cut_off
)
SELECT
    format('Read from {} on; {:.0f} hours are missing of ', any_value(first_day_read), sum(missing_hours))
    || string_agg(name, ', ' ORDER BY missing_hours DESC)
    || format('. At the pace since then {} would reach back far enough.', CAST(min(start_date) AS DATE))
FROM guessed
""",
    ),
    _question(
        "budgets_over",
        "Budgets that the current run rate overspends",
        "time_tracking.project_budget",
        sql="""
WITH
current_cycles AS (
    SELECT *
    FROM time_tracking.project_budget
    QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
)
SELECT count(*) AS value
FROM current_cycles
WHERE coalesce(forecast_pct, used_pct) > 100
""",
        action="Agree on scope or budget with the client; the chart of budgets shows which they are.",
    ),
    _question(
        "releases_late",
        "Open releases that 85 % of the simulated futures do not finish in time",
        "project_management.release_status",
        "pivotal_tracker.projects",
        sql="""
SELECT count(*) AS value
FROM project_management.release_status AS release
JOIN pivotal_tracker.projects AS project ON project.id = release.project_id
WHERE
    accepted_stories < stories
    AND projected_p85_date > CAST(deadline AT TIME ZONE coalesce(time_zone->>'olson_name', 'UTC') AS DATE)
""",
        action="Move stories below the release marker or move its deadline.",
    ),
    _question(
        "unestimated_stories",
        "Stories in the backlog that could have an estimate and have none",
        "project_management.burnup_daily",
        sql="""
WITH
today AS (
    SELECT unestimated
    FROM project_management.burnup_daily
    WHERE scope_kind = 'project'
    QUALIFY date = max(date) OVER (PARTITION BY scope_id)
)
SELECT coalesce(sum(unestimated), 0) AS value
FROM today
""",
        action="Estimate them in Tracker: points and velocity do not see them, the forecast counts them as stories.",
    ),
    _question(
        "truncated_histories",
        "Accepted stories whose start is not known",
        "project_management.story_facts",
        sql="""
SELECT count(*) AS value
FROM project_management.story_facts
WHERE cycle_hours_reason = 'history_truncated' AND NOT is_deleted AND current_state = 'accepted'
""",
        action="Nothing for the past: Tracker keeps six months of activity, and cycle times leave these stories out. "
        "From the first sync on, history is kept here.",
    ),
    _question(
        "unmatched_people",
        "People of one source without a match in the other",
        "effort.people",
        sql="SELECT count(*) AS value FROM effort.people WHERE match = 'unmatched'",
        action="Where it is the same person, write Clockify email = Tracker email under [people] in the metric settings.",
    ),
)
