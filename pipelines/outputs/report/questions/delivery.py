"""Questions about Tracker's releases and stories."""

from __future__ import annotations

from pipelines.outputs.report.past_dates import dates_kept
from pipelines.outputs.report.questions.model import question

DELIVERY_QUESTIONS = (
    question(
        "releases_late",
        "Open releases with less than an 85 % chance of meeting their deadline",
        "project_management.release_status",
        "pivotal_tracker.projects",
        "pivotal_tracker.releases",
        found=f"""
WITH
dated AS (
    SELECT
        status.release_id,
        status.projected_p85_date,
        status.past_p85_dates,
        status.past_p85_dates_kept,
        status.stories - status.accepted_stories AS open_stories,
        coalesce(project.name, 'Project ' || status.project_id) AS project_name,
        CAST(status.deadline AT TIME ZONE coalesce(project.time_zone->>'olson_name', 'UTC') AS DATE) AS deadline
    FROM project_management.release_status AS status
    JOIN pivotal_tracker.projects AS project ON project.id = status.project_id
    WHERE status.accepted_stories < status.stories
)
SELECT
    coalesce(release.name, 'Release ' || dated.release_id) || ' (' || project_name || ')' AS name,
    1 AS amount,
    format(
        'deadline {{}}; 85 % of the simulated futures finish by {{}} ({{}}); {{}} open stories',
        strftime(dated.deadline, '%-d %b %Y'),
        strftime(projected_p85_date, '%-d %b %Y'),
        {dates_kept("past_p85_dates", "past_p85_dates_kept")},
        open_stories
    ) AS note,
    release.url AS url,
    dated.deadline AS deadline,
    projected_p85_date - dated.deadline AS days_behind
FROM dated
LEFT JOIN pivotal_tracker.releases AS release ON release.id = dated.release_id
WHERE projected_p85_date > dated.deadline
""",
        worst="days_behind DESC, name",
        action="Move stories below the release marker, or move its deadline.",
        period="now",
    ),
    question(
        "unestimated_stories",
        "Stories in the backlog that could have an estimate and have none",
        "project_management.burnup_daily",
        "pivotal_tracker.projects",
        found="""
WITH
today AS (
    SELECT scope_id, unestimated
    FROM project_management.burnup_daily
    WHERE scope_kind = 'project'
    QUALIFY date = max(date) OVER (PARTITION BY scope_id)
)
SELECT coalesce(project.name, 'Project ' || scope_id) AS name, unestimated AS amount
FROM today
LEFT JOIN pivotal_tracker.projects AS project ON project.id = scope_id
""",
        action="Estimate them in Tracker: points and velocity do not see them; the forecast counts them as stories.",
        period="now",
    ),
    question(
        "went_on_elsewhere",
        "Open stories that went on in another system",
        "project_management.story_facts",
        "pivotal_tracker.projects",
        found="""
SELECT
    coalesce(any_value(project.name), 'Project ' || project_id) AS name,
    count(*) AS amount,
    'since ' || strftime(CAST(min(migrated_at) AS DATE), '%-d %b %Y') AS note
FROM project_management.story_facts
LEFT JOIN pivotal_tracker.projects AS project ON project.id = project_id
WHERE migrated_at IS NOT NULL
GROUP BY project_id
""",
        action="Nothing, if they are done there: forecasts and aging do not count them any more. The story crosswalk names them, "
        "day under [migration] of the metric settings says since when.",
        period="now",
    ),
    question(
        "successors_in_scope",
        "Open stories with a successor in another system that still count here",
        "effort.story_crosswalk",
        "project_management.story_facts",
        "pivotal_tracker.projects",
        found="""
SELECT coalesce(any_value(project.name), 'Project ' || project_id) AS name, count(DISTINCT facts.story_id) AS amount
FROM effort.story_crosswalk AS line
JOIN project_management.story_facts AS facts ON facts.story_id = line.story_id
LEFT JOIN pivotal_tracker.projects AS project ON project.id = project_id
WHERE current_state != 'accepted' AND NOT is_deleted AND line.successor_id != CAST(line.story_id AS VARCHAR)
GROUP BY project_id
""",
        action="Set day under [migration] of the metric settings to the day from which on they are done there; until then "
        "forecasts and aging count them.",
        period="now",
    ),
    question(
        "truncated_histories",
        "Accepted stories whose start is not known",
        "project_management.story_facts",
        "pivotal_tracker.projects",
        found="""
SELECT coalesce(any_value(project.name), 'Project ' || project_id) AS name, count(*) AS amount
FROM project_management.story_facts
LEFT JOIN pivotal_tracker.projects AS project ON project.id = project_id
WHERE cycle_hours_reason = 'history_truncated' AND NOT is_deleted AND current_state = 'accepted'
GROUP BY project_id
""",
        action="Nothing for the past: Tracker keeps six months of activity, and cycle times leave these stories out. "
        "From the first sync on, history is kept here.",
        period="all time",
    ),
)
