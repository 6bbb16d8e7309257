"""Questions about time entries and timesheets."""

from __future__ import annotations

from pipelines.outputs.report.people_sql import PEOPLE, person_name
from pipelines.outputs.report.questions.model import Question, question

_QUALITY = "time_tracking.time_quality"
_FACTS = "time_tracking.time_entry_facts"


def _of_finding(name: str, label: str, condition: str, action: str) -> Question:
    """Entries with a finding, each named by its owner and day."""
    return question(
        name,
        label,
        _QUALITY,
        _FACTS,
        found=f"""
SELECT
    coalesce(any_value(user_name), 'No name') || coalesce(', ' || strftime(any_value(local_date), '%-d %b %Y'), '') AS name,
    1 AS amount,
    string_agg(DISTINCT replace(finding, '_', ' '), ', ' ORDER BY replace(finding, '_', ' '))
        || coalesce(': ' || nullif(any_value(description), ''), '') AS note,
    any_value(local_date) AS local_date
FROM time_tracking.time_quality
LEFT JOIN time_tracking.time_entry_facts USING (entry_id)
WHERE {condition}
GROUP BY entry_id
""",
        worst="local_date DESC NULLS LAST, name",
        action=action,
        period="all time",
    )


TIME_QUESTIONS = (
    _of_finding(
        "entries_in_error",
        "Time entries that cannot be right",
        "severity = 'error'",
        "Correct them in Clockify; time_tracking.time_quality says for each entry what is wrong.",
    ),
    _of_finding(
        "running_stale",
        "Timers that somebody seems to have forgotten",
        "finding = 'running_stale'",
        "Ask their owners to stop them and to correct the end; until then their time counts nowhere.",
    ),
    _of_finding(
        "changed_after_lock",
        "Time entries changed after they were locked or approved",
        "finding = 'changed_after_lock'",
        "Compare them with what was invoiced, then approve them again.",
    ),
    question(
        "incomplete_days",
        "Working days with less than half the expected hours",
        "time_tracking.timesheet_compliance",
        "time_tracking.time_daily",
        # Weekends and days of leave have no expected hours. A person's first day, and the last so far, are seldom whole.
        found=f"""
WITH
people AS (
    SELECT user_id, min(local_date) AS first_day, max(local_date) AS last_day
    FROM time_tracking.time_daily
    WHERE tracked_hours > 0
    GROUP BY user_id
),
incomplete AS (
    SELECT user_id, user_name, local_date, expected_hours, logged_hours
    FROM time_tracking.timesheet_compliance
    JOIN people USING (user_id)
    WHERE
        logged_hours < expected_hours / 2
        AND local_date > CAST($as_of AS DATE) - 28
        AND local_date > first_day
        AND local_date != last_day
)
SELECT
    {person_name("any_value(user_name)")} AS name,
    count(*) AS amount,
    string_agg(
        format('{{}}: {{:.1f}} of {{:.1f}} h', strftime(local_date, '%-d %b'), logged_hours, expected_hours),
        ', ' ORDER BY local_date DESC
    ) AS note
FROM incomplete
GROUP BY user_id
""",
        action="Remind the people concerned. Leave that is not in Clockify looks the same; add part-time hours under "
        "[time_tracking.schedules] of the metric settings.",
        period="last 28 days",
    ),
    question(
        "double_booked_hours",
        "Hours booked twice",
        "time_tracking.overlap_daily",
        "effort.people",
        found=f"""
WITH{PEOPLE}
SELECT
    {person_name("any_value(person)")} AS name,
    sum(double_booked_hours) AS amount,
    string_agg(
        format('{{}}: {{:.1f}} h', strftime(local_date, '%-d %b'), double_booked_hours), ', ' ORDER BY local_date DESC
    ) FILTER (double_booked_hours > 0) AS note
FROM time_tracking.overlap_daily
LEFT JOIN people USING (user_id)
WHERE local_date > CAST($as_of AS DATE) - 28
GROUP BY user_id
""",
        action="Ask the owners of overlapping entries (finding overlap) which one is right.",
        kind="hours",
        period="last 28 days",
    ),
    question(
        "hours_without_project",
        "Hours without a project",
        "time_tracking.time_daily",
        "effort.people",
        found=f"""
WITH{PEOPLE}
SELECT {person_name("any_value(person)")} AS name, sum(tracked_hours) AS amount
FROM time_tracking.time_daily
LEFT JOIN people USING (user_id)
WHERE project_id IS NULL AND local_date > CAST($as_of AS DATE) - 28
GROUP BY user_id
""",
        action="Give the entries a project in Clockify: without one they are in no budget and belong to no client.",
        kind="hours",
        period="last 28 days",
    ),
    question(
        "cut_off_projects",
        "Projects that began before the first day that was read",
        "time_tracking.history_coverage",
        found="""
SELECT
    coalesce(name, id) AS name,
    1 AS amount,
    format('{:.0f} h missing', missing_hours) AS note,
    missing_hours
FROM time_tracking.history_coverage
WHERE kind = 'project' AND status = 'history_truncated'
""",
        worst="missing_hours DESC, name",
        action="Set PIPELINES_START_DATE to an earlier day and run make resync. Until then hours of all time are "
        "Clockify's own totals, and money of all time is not known.",
        period="all time",
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
)
