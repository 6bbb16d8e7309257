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


def _question(
    name: str, label: str, *tables: str, sql: str, action: str, kind: Kind = "count"
) -> Question:
    figure = Figure(
        name=name, label=label, meaning=label, tables=tables, sql=sql, kind=kind, better="less"
    )
    return Question(figure, action)


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
        action="Trust no figure that depends on them: look at effort.reconciliation, whose rows name the tables, and "
        "read the sources again for the days concerned.",
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
        action="Set cost rates in Clockify; these hours are in no cost, so profit looks too high.",
        kind="hours",
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
