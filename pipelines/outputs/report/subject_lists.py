"""Lists of the pages of projects, clients, teams and people; each has a column with the id of the page it belongs to."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing
from pipelines.outputs.report.people_sql import PEOPLE, TRACKED_IN_FULL_WEEKS, person_name

PROJECT_PEOPLE = Listing(
    name="project_people",
    title="Who worked on it",
    meaning="Hours linked to stories of the project in the last 28 days, by person.",
    tables=("effort.time_story_links", "project_management.story_facts", "effort.people"),
    sql=f"""
WITH{PEOPLE}
SELECT
    facts.project_id,
    links.user_id,
    {person_name("any_value(person)", "links.user_id")} AS person,
    sum(links.hours) AS hours,
    count(DISTINCT links.story_id) AS stories
FROM effort.time_story_links AS links
JOIN project_management.story_facts AS facts USING (story_id)
LEFT JOIN people ON people.user_id = links.user_id
WHERE links.local_date > CAST($as_of AS DATE) - 28
GROUP BY facts.project_id, links.user_id
ORDER BY hours DESC, person
""",
    columns=(
        Column("person", "Person", page=("person", "user_id")),
        Column("hours", "Hours", "hours"),
        Column("stories", "Stories", "count"),
    ),
    nothing="Nobody linked time to it in the last 28 days.",
)

CLIENT_PROJECTS = Listing(
    name="client_projects",
    title="Projects",
    meaning="Clockify projects of the client: hours of the last 28 days.",
    tables=("time_tracking.time_daily", "clockify.projects"),
    sql="""
WITH
hours AS (
    SELECT project_id, sum(tracked_hours) AS hours, sum(billable_hours) AS billable_hours, count(DISTINCT user_id) AS people
    FROM time_tracking.time_daily
    WHERE local_date > CAST($as_of AS DATE) - 28
    GROUP BY project_id
)
SELECT
    client_id,
    coalesce(name, id) AS project,
    coalesce(hours, 0) AS hours,
    coalesce(billable_hours, 0) AS billable_hours,
    coalesce(people, 0) AS people
FROM clockify.projects
LEFT JOIN hours ON project_id = id
WHERE coalesce(hours, 0) > 0 OR NOT coalesce(archived, false)
ORDER BY hours DESC, project
""",
    columns=(
        Column("project", "Project"),
        Column("hours", "Hours", "hours"),
        Column("billable_hours", "Billable", "hours"),
        Column("people", "People", "count"),
    ),
    nothing="It has no project.",
    most=40,
)

CLIENT_BUDGETS = Listing(
    name="client_budgets",
    title="Budgets",
    meaning="The current cycle of each budget; the worst comes first.",
    tables=("time_tracking.project_budget", "clockify.projects"),
    sql="""
WITH
cycles AS (
    SELECT *, coalesce(forecast_pct, used_pct) AS expected_pct
    FROM time_tracking.project_budget
    QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
)
SELECT
    client_id,
    coalesce(project_name, project_id) AS project,
    used_pct,
    expected_pct,
    cycle_start,
    exhaustion_date
FROM cycles
JOIN clockify.projects AS project ON project.id = project_id
ORDER BY expected_pct DESC NULLS LAST, project
""",
    columns=(
        Column("project", "Project"),
        Column("used_pct", "Used", "percent"),
        Column("expected_pct", "At this rate", "percent"),
        Column("cycle_start", "Since", "date"),
        Column("exhaustion_date", "All used on", "date", unknown="never"),
    ),
    nothing="None of its projects has a budget.",
    most=40,
)

TEAM_PEOPLE = Listing(
    name="team_people",
    title="People",
    meaning="Last 4 full weeks: tracked hours, their share of capacity net of leave, and the capacity that was left. The most "
    "room comes first.",
    tables=("time_tracking.utilization_weekly", "clockify.user_groups"),
    sql=f"""
WITH{TRACKED_IN_FULL_WEEKS},
members AS (
    SELECT id AS team_id, unnest(CAST(user_ids AS VARCHAR[])) AS user_id
    FROM clockify.user_groups
)
SELECT
    team_id,
    user_id,
    {person_name("person")} AS person,
    tracked,
    100 * tracked / nullif(capacity, 0) AS utilization,
    greatest(0, capacity - tracked) AS room
FROM tracked
JOIN members USING (user_id)
WHERE tracked > 0 OR capacity > 0
ORDER BY room DESC NULLS LAST, person
""",
    columns=(
        Column("person", "Person", page=("person", "user_id")),
        Column("tracked", "Tracked", "hours"),
        Column("utilization", "Utilization", "percent"),
        Column("room", "Room", "hours"),
    ),
    nothing="Nobody in it has a full week with capacity or tracked time yet.",
    most=100,
)

PERSON_PROJECTS = Listing(
    name="person_projects",
    title="Projects",
    meaning="Hours of the last 28 days by Clockify project.",
    tables=("time_tracking.time_daily", "clockify.projects"),
    sql="""
SELECT
    user_id,
    coalesce(any_value(name), project_id, 'no project') AS project,
    sum(tracked_hours) AS hours,
    sum(billable_hours) AS billable_hours
FROM time_tracking.time_daily
LEFT JOIN clockify.projects AS project ON project.id = project_id
WHERE local_date > CAST($as_of AS DATE) - 28
GROUP BY user_id, project_id
HAVING sum(tracked_hours) > 0
ORDER BY hours DESC, project
""",
    columns=(
        Column("project", "Project"),
        Column("hours", "Hours", "hours"),
        Column("billable_hours", "Billable", "hours"),
    ),
    nothing="No time was tracked in the last 28 days.",
)
