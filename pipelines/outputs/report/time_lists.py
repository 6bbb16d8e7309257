"""Lists of people's time: what is not linked, what is missing, and who had room."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing
from pipelines.outputs.report.people_sql import TRACKED_IN_FULL_WEEKS, person_name

PEOPLE_TIME = Listing(
    name="people_time",
    title="Time by person",
    meaning="Last 4 full weeks: tracked hours, their share of capacity net of leave, hours that are not linked to a story, and "
    "the capacity that was left. The most room comes first.",
    tables=(
        "time_tracking.utilization_weekly",
        "effort.link_coverage",
    ),
    sql=f"""
WITH{TRACKED_IN_FULL_WEEKS},
linked AS (
    SELECT user_id, sum(unlinked_hours) AS unlinked
    FROM effort.link_coverage
    JOIN weeks USING (week_start)
    WHERE place <= 4
    GROUP BY user_id
)
SELECT
    user_id,
    {person_name("person")} AS person,
    tracked,
    100 * tracked / nullif(capacity, 0) AS utilization,
    coalesce(unlinked, 0) AS unlinked,
    greatest(0, capacity - tracked) AS room
FROM tracked
LEFT JOIN linked USING (user_id)
WHERE tracked > 0 OR capacity > 0
ORDER BY room DESC NULLS LAST, person
""",
    columns=(
        Column("person", "Person", page=("person", "user_id")),
        Column("tracked", "Tracked", "hours"),
        Column("utilization", "Utilization", "percent"),
        Column("unlinked", "Not linked", "hours"),
        Column("room", "Room", "hours"),
    ),
    nothing="No person has a full week with capacity or tracked time yet.",
    most=25,
)

TIMESHEETS = Listing(
    name="timesheets",
    title="Missing timesheets",
    meaning="Working days of the last 28 days on which a person logged nothing, by person; today is left out.",
    tables=("time_tracking.timesheet_compliance",),
    sql=f"""
SELECT
    user_id,
    {person_name("any_value(user_name)")} AS person,
    count(*) AS days,
    sum(expected_hours) AS expected,
    string_agg(strftime(local_date, '%-d %b'), ', ' ORDER BY local_date DESC) AS which
FROM time_tracking.timesheet_compliance
WHERE
    expected_hours > 0
    AND logged_hours = 0
    AND local_date > CAST($as_of AS DATE) - 28
    AND local_date < CAST($as_of AS DATE)
GROUP BY user_id
ORDER BY days DESC, person
""",
    columns=(
        Column("person", "Person", page=("person", "user_id")),
        Column("days", "Days", "count"),
        Column("expected", "Expected", "hours"),
        Column("which", "Which"),
    ),
    nothing="Nobody misses a timesheet.",
)
