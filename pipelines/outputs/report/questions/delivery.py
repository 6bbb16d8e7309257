"""Questions about Tracker's releases and stories."""

from __future__ import annotations

from pipelines.outputs.report.questions.model import question

DELIVERY_QUESTIONS = (
    question(
        "releases_late",
        "Open releases with less than an 85 % chance of meeting their deadline",
        "project_management.release_status",
        "pivotal_tracker.projects",
        "pivotal_tracker.releases",
        found="""
WITH
dated AS (
    SELECT
        status.release_id,
        status.projected_p85_date,
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
        'deadline {}; 85 % of the simulated futures finish by {}; {} open stories',
        strftime(dated.deadline, '%-d %b %Y'),
        strftime(projected_p85_date, '%-d %b %Y'),
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
