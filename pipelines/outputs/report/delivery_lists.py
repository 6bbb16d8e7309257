"""Lists of delivery: what is at risk, what is blocked and what is oldest."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing
from pipelines.outputs.report.past_dates import dates_kept

AT_RISK = Listing(
    name="at_risk",
    title="Releases and epics with a date",
    meaning="Open releases and epics that have a deadline or a forecast, the furthest behind first, now. The forecast is the "
    "day by which 85 % of the simulated futures finish them; beside it, how many of the dates that were forecast so for all open "
    "stories of the project on past Mondays were kept.",
    tables=(
        "project_management.release_status",
        "project_management.epic_progress",
        "pivotal_tracker.releases",
        "pivotal_tracker.epics",
        "pivotal_tracker.projects",
    ),
    sql=f"""
WITH
items AS (
    SELECT
        status.project_id,
        coalesce(release.name, 'Release ' || status.release_id) AS name,
        'release' AS kind,
        release.url AS url,
        status.stories,
        status.accepted_stories,
        status.deadline,
        status.projected_p85_date,
        status.past_p85_dates,
        status.past_p85_dates_kept
    FROM project_management.release_status AS status
    LEFT JOIN pivotal_tracker.releases AS release ON release.id = status.release_id
    UNION ALL
    SELECT
        progress.project_id,
        coalesce(epic.name, 'Epic ' || progress.epic_id),
        'epic',
        epic.url,
        progress.stories,
        progress.accepted_stories,
        progress.deadline,
        progress.projected_p85_date,
        progress.past_p85_dates,
        progress.past_p85_dates_kept
    FROM project_management.epic_progress AS progress
    LEFT JOIN pivotal_tracker.epics AS epic ON epic.id = progress.epic_id
),
dated AS (
    SELECT
        items.* EXCLUDE (deadline),
        coalesce(project.name, 'Project ' || items.project_id) AS project,
        CAST(items.deadline AT TIME ZONE coalesce(project.time_zone->>'olson_name', 'UTC') AS DATE) AS deadline
    FROM items
    LEFT JOIN pivotal_tracker.projects AS project ON project.id = items.project_id
    WHERE accepted_stories < stories
)
SELECT
    project_id,
    name,
    kind,
    url,
    project,
    stories - accepted_stories AS open_stories,
    deadline,
    projected_p85_date AS forecast,
    CASE WHEN projected_p85_date IS NOT NULL THEN {dates_kept("past_p85_dates", "past_p85_dates_kept")} END AS kept,
    projected_p85_date - deadline AS days_behind,
    CASE
        WHEN deadline IS NULL THEN ''
        WHEN deadline < CAST($as_of AS DATE) THEN 'overdue'
        WHEN projected_p85_date IS NULL THEN 'no forecast'
        WHEN projected_p85_date > deadline THEN format('{{}} {{}} behind', projected_p85_date - deadline, CASE WHEN projected_p85_date - deadline = 1 THEN 'day' ELSE 'days' END)
        ELSE 'in time'
    END AS standing
FROM dated
WHERE deadline IS NOT NULL OR projected_p85_date IS NOT NULL
ORDER BY deadline < CAST($as_of AS DATE) DESC NULLS LAST, days_behind DESC NULLS LAST, forecast DESC NULLS LAST, name
""",
    columns=(
        Column("name", "Release or epic", url="url"),
        Column("kind", "Kind"),
        Column("project", "Project", page=("project", "project_id")),
        Column("open_stories", "Open stories", "count"),
        Column("deadline", "Deadline", "date", unknown="none"),
        Column("forecast", "Forecast (85 %)", "date", unknown="none"),
        Column("kept", "Past forecasts", unknown=""),
        Column("standing", "Standing"),
    ),
    nothing="No open release or epic has a deadline or a forecast.",
)

OLDEST_WORK = Listing(
    name="oldest_work",
    title="Blocked and oldest work",
    meaning="Stories in progress, now: the blocked ones first, then by age since their first start. “Older than” is the share of "
    "the project's finished stories that took less time.",
    tables=(
        "project_management.aging_wip",
        "project_management.story_facts",
        "pivotal_tracker.stories",
        "pivotal_tracker.projects",
    ),
    sql="""
SELECT
    aging.project_id,
    coalesce(facts.name, 'Story') || ' #' || story_id AS story,
    story.url AS url,
    coalesce(project.name, 'Project ' || aging.project_id) AS project,
    aging.current_state AS state,
    CASE WHEN blocked THEN coalesce('since ' || strftime(blocked_since, '%-d %b %Y'), 'yes') ELSE '' END AS blocked,
    age_hours,
    percentile_vs_history,
    coalesce(array_to_string(owner_names, ', '), 'nobody') AS owners
FROM project_management.aging_wip AS aging
JOIN project_management.story_facts AS facts USING (story_id)
LEFT JOIN pivotal_tracker.stories AS story ON story.id = story_id
LEFT JOIN pivotal_tracker.projects AS project ON project.id = aging.project_id
ORDER BY aging.blocked DESC NULLS LAST, age_hours DESC NULLS LAST, story_id
""",
    columns=(
        Column("story", "Story", url="url"),
        Column("project", "Project", page=("project", "project_id")),
        Column("state", "State"),
        Column("blocked", "Blocked"),
        Column("age_hours", "Age", "days"),
        Column("percentile_vs_history", "Older than", "percent"),
        Column("owners", "Owners"),
    ),
    nothing="No story is in progress.",
)
