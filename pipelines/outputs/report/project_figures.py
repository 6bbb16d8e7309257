"""Figures of each Tracker project. Points of different projects have different scales, so nothing is added up."""

from __future__ import annotations

from pipelines.outputs.report.figure import Figure
from pipelines.outputs.report.past_dates import dates_kept
from pipelines.outputs.report.periods import (
    FOUR_BEFORE,
    FOUR_WEEKS,
    FOUR_WEEKS_AGO,
    NOW,
    accepted,
    in_progress,
)

PROJECT_FIGURES = (
    Figure(
        name="project_accepted_stories",
        label="Accepted stories",
        meaning="Features, bugs and chores accepted.",
        tables=("project_management.throughput_weekly",),
        sql=accepted("accepted", each_project=True),
        kind="count",
        period=FOUR_WEEKS,
        before=FOUR_BEFORE,
        better="more",
    ),
    Figure(
        name="project_points",
        label="Accepted points",
        meaning="Points of the accepted stories.",
        tables=("project_management.throughput_weekly",),
        sql=accepted("points", each_project=True),
        kind="points",
        period=FOUR_WEEKS,
        before=FOUR_BEFORE,
        better="more",
    ),
    Figure(
        name="project_velocity",
        label="Velocity",
        meaning="Points per iteration, the velocity in force.",
        tables=("project_management.iteration_metrics",),
        sql="""
WITH
latest AS (
    SELECT project_id, velocity, row_number() OVER (PARTITION BY project_id ORDER BY number DESC) AS place
    FROM project_management.iteration_metrics
)
SELECT
    project_id AS subject,
    max(velocity) FILTER (place = 1) AS value,
    -- The current iteration carries the velocity of the last done one, which is at place 2.
    max(velocity) FILTER (place = 3) AS previous
FROM latest
GROUP BY project_id
ORDER BY subject
""",
        kind="points",
        period=NOW,
        before="1 iteration ago",
        better="more",
    ),
    Figure(
        name="project_cycle_median",
        label="Median cycle time",
        meaning="Median time from first start to last acceptance of the stories accepted.",
        tables=(
            "project_management.cycle_time_percentiles",
            "project_management.story_facts",
        ),
        sql="""
WITH
earlier AS (
    SELECT project_id, median(cycle_hours) AS median_hours
    FROM project_management.story_facts
    WHERE
        NOT is_deleted
        AND story_type != 'release'
        AND last_accepted_at > $as_of - INTERVAL 60 DAY
        AND last_accepted_at <= $as_of - INTERVAL 30 DAY
    GROUP BY project_id
)
SELECT project_id AS subject, now.median_hours AS value, earlier.median_hours AS previous
FROM project_management.cycle_time_percentiles AS now
LEFT JOIN earlier USING (project_id)
WHERE window_days = '30' AND story_type = 'all'
ORDER BY subject
""",
        kind="days",
        period="last 30 days",
        before="30 days before",
        better="less",
    ),
    Figure(
        name="project_wip",
        label="Stories in progress",
        meaning="Stories started and not accepted.",
        tables=("project_management.flow_daily",),
        sql=in_progress(each_project=True),
        kind="count",
        period=NOW,
        before=FOUR_WEEKS_AGO,
        better="less",
    ),
    Figure(
        name="project_finish",
        label="Backlog finished by (85 % confidence)",
        meaning="The day by which 85 % of the simulated futures have finished today's open stories, while stories are added as before; and how many of the dates that were forecast so on past Mondays were kept.",
        tables=("project_management.forecast", "project_management.forecast_calibration"),
        sql=f"""
SELECT
    project_id AS subject,
    date AS value,
    concat_ws(
        '; ',
        CASE WHEN weeks_reason = 'no_end_in_sight' THEN 'no end in sight: as much is added as is done' END,
{dates_kept("n", "hits")}
    ) AS note
FROM project_management.forecast
LEFT JOIN project_management.forecast_calibration USING (project_id, question, scope, percentile)
WHERE question = 'when' AND scope = 'growing' AND percentile = 85
ORDER BY subject
""",
        kind="date",
        period="forecast of today",
    ),
    Figure(
        name="project_hours_per_point",
        label="Hours per point",
        meaning="Linked hours / points of the accepted stories that have both.",
        tables=("effort.effort_per_point", "project_management.iteration_metrics"),
        sql="""
WITH
done AS (
    SELECT project_id, number, row_number() OVER (PARTITION BY project_id ORDER BY number DESC) AS place
    FROM project_management.iteration_metrics
    WHERE is_done
),
periods AS (
    SELECT done.project_id, place > 4 AS is_previous, sum(hours) / sum(points) AS value
    FROM effort.effort_per_point AS effort
    JOIN done ON done.project_id = effort.project_id AND done.number = effort.iteration_number
    WHERE place <= 8
    GROUP BY ALL
)
SELECT
    project_id AS subject,
    max(value) FILTER (NOT is_previous) AS value,
    max(value) FILTER (is_previous) AS previous
FROM periods
GROUP BY project_id
ORDER BY subject
""",
        kind="hours",
        period="last 4 done iterations",
        before="4 iterations before",
        better="less",
    ),
    Figure(
        name="project_cost_per_point",
        label="Cost per point",
        meaning="Cost / points of the accepted stories that have points and a cost; stories whose cost is in several currencies are left out.",
        tables=("effort.story_effort", "project_management.story_facts"),
        sql="""
WITH
costs AS (
    SELECT story_id, any_value(currency) AS currency, sum(cost) AS cost
    FROM effort.story_effort
    WHERE cost IS NOT NULL
    GROUP BY story_id
    HAVING count(*) = 1 AND any_value(currency) IS NOT NULL
),
periods AS (
    SELECT
        project_id,
        currency,
        last_accepted_at <= $as_of - INTERVAL 90 DAY AS is_previous,
        sum(cost) / sum(points) AS value
    FROM project_management.story_facts
    JOIN costs USING (story_id)
    WHERE
        points > 0
        AND NOT is_deleted
        AND last_accepted_at > $as_of - INTERVAL 180 DAY
        AND last_accepted_at <= $as_of
    GROUP BY ALL
)
SELECT
    project_id AS subject,
    currency,
    max(value) FILTER (NOT is_previous) AS value,
    max(value) FILTER (is_previous) AS previous
FROM periods
GROUP BY project_id, currency
HAVING max(value) FILTER (NOT is_previous) IS NOT NULL
ORDER BY subject, currency
""",
        kind="money",
        period="last 90 days",
        before="90 days before",
        better="less",
    ),
)
