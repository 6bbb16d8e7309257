"""The days of iterations for the burn-up: what the syncs saw in them, at the end of each day.

Here: a query. Not here: the reads (``iteration_reads``), all other scopes (``burnup``).
"""

from __future__ import annotations

from pipelines.metrics.project_management.iteration_scope import SCOPE_ID

#: Columns: scope_id, project_id, date, scope_points, accepted_points, scope_stories, accepted_stories, unestimated.
ITERATION_DAYS = f"""
SELECT
    {SCOPE_ID} AS scope_id,
    project_id,
    date,
    round(coalesce(sum(points), 0), 6) AS scope_points,
    round(coalesce(sum(points) FILTER (is_done), 0), 6) AS accepted_points,
    count(story_id) AS scope_stories,
    count(story_id) FILTER (is_done) AS accepted_stories,
    count(story_id) FILTER (is_unestimated) AS unestimated
FROM (
    SELECT
        day.project_id,
        day.number,
        day.date,
        member.story_id,
        span.points,
        span.is_unestimated,
        is_accepted AND coalesce(accepted_at <= day.instant, true) AS is_done
    FROM (
        -- What a read showed after as_of() is part of today.
        SELECT day.project_id, day.number, date, place, least(day.instant, greatest(as_of(), step.instant)) AS instant
        FROM (
            SELECT
                project_id,
                number,
                unnest(
                    generate_series(start_date, least(local_date(finish_at, zone) - 1, today), INTERVAL 1 DAY)
                )::DATE AS date,
                local_midnight(date + 1, zone) AS instant
            FROM project_management.iterations
            JOIN project_calendars USING (project_id)
            SEMI JOIN iteration_members USING (project_id, number)
        ) AS day
        ASOF JOIN (
            SELECT project_id, number, instant, max(place) AS place
            FROM iteration_members
            GROUP BY ALL
        ) AS step
            ON step.project_id = day.project_id
            AND step.number = day.number
            AND step.instant <= day.instant
    ) AS day
    JOIN iteration_members AS member USING (project_id, number, place)
    LEFT JOIN story_points AS span
        ON span.story_id = member.story_id
        AND day.instant >= span.valid_from
        AND day.instant < span.valid_to
)
GROUP BY project_id, number, date
"""
