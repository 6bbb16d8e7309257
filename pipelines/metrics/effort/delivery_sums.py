"""Checks that points and iterations are the same wherever they are told.

Here: sums of Tracker's stories among our own tables, and beside Tracker's. Not here: hours.
"""

from __future__ import annotations

from pipelines.metrics.effort.sum_checks import HALF, SumCheck

#: The temporary view of iterations as settings, overrides and the iteration before give them.
EXPECTED_ITERATIONS = "expected_iterations"

DELIVERY_SUMS = (
    SumCheck(
        name="points_of_stories_and_iterations",
        left="points of stories with an iteration",
        right="points of `iteration_metrics`",
        key="iteration",
        tolerance=HALF,
        sides="""
            SELECT concat_ws('#', project_id, iteration_number) AS key, points AS left_value, 0 AS right_value
            FROM project_management.story_facts
            WHERE iteration_number IS NOT NULL
                AND NOT is_deleted
            UNION ALL
            SELECT concat_ws('#', project_id, number), 0, points
            FROM project_management.iteration_metrics
        """,
        tables=("project_management.story_facts", "project_management.iteration_metrics"),
    ),
    SumCheck(
        name="iterations_of_api_and_settings",
        left="iterations that the source names, where the zone is known",
        right="those with the window that settings, overrides and the iteration before give",
        key="iteration",
        tolerance=HALF,
        sides=f"""
            SELECT
                concat_ws('#', project_id, number) AS key,
                1 AS left_value,
                (api.start = expected.start_at AND api.finish = expected.finish_at)::INTEGER AS right_value
            FROM pivotal_tracker.iterations AS api
            JOIN {EXPECTED_ITERATIONS} AS expected USING (project_id, number)
        """,
        tables=("project_management.story_facts",),
        raw=(
            "pivotal_tracker.iterations",
            "pivotal_tracker.projects",
            "pivotal_tracker.stories",
            "pivotal_tracker.iteration_overrides",
            "pivotal_tracker.activity",
        ),
    ),
)
