"""Lists of people: who is away, who has room, whose account is high, what leave is left, who has not submitted."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing
from pipelines.outputs.report.people_sql import person_name

_PERSON = Column("person", "Person", page=("person", "user_id"))

AWAY = Listing(
    name="away",
    title="Who is away",
    meaning="Approved leave of the next six weeks, today included, by person; weekends and holidays inside it are part of it, "
    "public holidays alone are left out.",
    tables=("time_tracking.capacity_daily",),
    sql=f"""
WITH
working_days AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY user_id ORDER BY local_date)
            - row_number() OVER (PARTITION BY user_id, leave_hours > 0 ORDER BY local_date) AS island
    FROM time_tracking.capacity_daily
    WHERE capacity_hours > 0 AND days_ago BETWEEN -42 AND 0
)
SELECT
    user_id,
    {person_name("any_value(user_name)")} AS person,
    min(local_date) AS first_day,
    max(local_date) AS last_day,
    sum(leave_hours) AS hours
FROM working_days
WHERE leave_hours > 0
GROUP BY user_id, island
HAVING sum(leave_hours - least(holiday_hours, leave_hours)) > 0
ORDER BY first_day, person
""",
    columns=(
        _PERSON,
        Column("first_day", "From", "date"),
        Column("last_day", "To", "date"),
        Column("hours", "Leave", "hours"),
    ),
    nothing="Nobody is away in the next six weeks.",
    most=25,
)

LOAD = Listing(
    name="load",
    title="Load against capacity",
    meaning="The next four full weeks by person: published plans as a percentage of net capacity, drafts beside, and what is free. "
    "Who has more planned than there is time comes first.",
    tables=("time_tracking.load_weekly",),
    sql=f"""
SELECT
    user_id,
    {person_name("any_value(user_name)")} AS person,
    sum(net_capacity_hours) AS capacity,
    sum(scheduled_hours) AS scheduled,
    sum(draft_hours) AS draft,
    100 * sum(scheduled_hours) / nullif(sum(net_capacity_hours), 0) AS load,
    sum(free_hours) AS free
FROM time_tracking.load_weekly
WHERE week_start > CAST($as_of AS DATE) AND week_start <= CAST($as_of AS DATE) + 28
GROUP BY user_id
HAVING sum(scheduled_hours + draft_hours) > 0
ORDER BY load DESC NULLS LAST, person
""",
    columns=(
        _PERSON,
        Column("capacity", "Net capacity", "hours"),
        Column("scheduled", "Planned", "hours"),
        Column("draft", "Drafts", "hours"),
        Column("load", "Load", "percent"),
        Column("free", "Free", "hours"),
    ),
    nothing="Nobody has plans for the next four weeks.",
    most=25,
)

OVERTIME = Listing(
    name="overtime",
    title="Overtime accounts",
    meaning="Each account at the end of the last week that is over, and what that week changed; the largest, plus or minus, come "
    "first.",
    tables=("time_tracking.overtime_account",),
    sql=f"""
SELECT
    user_id,
    {person_name("user_name")} AS person,
    week_start + 6 AS until,
    change_hours AS change,
    account_hours AS account
FROM time_tracking.overtime_account
QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY week_start DESC) = 1
ORDER BY abs(account_hours) DESC, person
""",
    columns=(
        _PERSON,
        Column("until", "Until", "date"),
        Column("change", "Last week", "hours"),
        Column("account", "Account", "hours"),
    ),
    nothing="There is no week that is over yet.",
    most=25,
)

BALANCES = Listing(
    name="balances",
    title="Leave balances",
    meaning="What is left of each policy in use, as Clockify tells it, and what is planned and asked for; the lowest come first. "
    "Days and hours are never added.",
    tables=("time_tracking.leave_balances",),
    sql=f"""
SELECT
    user_id,
    {person_name("user_name")} AS person,
    policy_name AS policy,
    format('{{:.1f}} {{}}', balance, unit) AS left_over,
    format('{{:.1f}}', planned) AS planned,
    format('{{:.1f}}', pending) AS pending
FROM time_tracking.leave_balances
WHERE NOT is_archived AND (total <> 0 OR used <> 0)
ORDER BY policy, balance, person
""",
    columns=(
        _PERSON,
        Column("policy", "Policy"),
        Column("left_over", "Left"),
        Column("planned", "Planned"),
        Column("pending", "Asked for"),
    ),
    nothing="Clockify tells no balances.",
    most=25,
)

NOT_SUBMITTED = Listing(
    name="not_submitted",
    title="Timesheets not submitted",
    meaning="Periods of the last eight weeks that are over and that a person has not submitted for approval.",
    tables=("time_tracking.timesheet_submissions",),
    sql=f"""
SELECT
    user_id,
    {person_name("any_value(user_name)")} AS person,
    count(*) AS periods,
    sum(tracked_hours) AS tracked,
    string_agg(strftime(period_start, '%-d %b'), ', ' ORDER BY period_start DESC) AS which
FROM time_tracking.timesheet_submissions
WHERE status = 'not_submitted' AND period_start > CAST($as_of AS DATE) - 56
GROUP BY user_id
ORDER BY periods DESC, person
""",
    columns=(
        _PERSON,
        Column("periods", "Periods", "count"),
        Column("tracked", "Tracked in them", "hours"),
        Column("which", "From"),
    ),
    nothing="Nobody has a timesheet to submit, or no timesheet was ever submitted.",
)
