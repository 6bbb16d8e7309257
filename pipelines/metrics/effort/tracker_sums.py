"""Checks that Tracker's own sums are ours: points, velocity and volatility.

They are compared and never taken over. Those of a project are sums of now: they count while the iteration goes on in which
the project was read. What differs points to stories that were not read, or to estimates that changed since. Here: these
checks. Not here: sums among our own tables (``delivery_sums``).
"""

from __future__ import annotations

from pipelines.metrics.effort.sum_checks import HALF, SumCheck


def _of_done_iterations(
    name: str, what: str, ours: str, trackers: str, tolerance: float
) -> SumCheck:
    return SumCheck(
        name=name,
        left=f"{what} of done iterations",
        right=f"Tracker's `{trackers}`",
        key="iteration",
        tolerance=tolerance,
        sides=f"""
            SELECT
                concat_ws('#', project_id, number) AS key,
                ours.{ours} AS left_value,
                tracker.{trackers} AS right_value
            FROM project_management.iteration_metrics AS ours
            JOIN pivotal_tracker.iterations AS tracker USING (project_id, number)
            WHERE ours.is_done
                AND ours.{ours} IS NOT NULL
                AND tracker.{trackers} IS NOT NULL
        """,
        tables=("project_management.iteration_metrics",),
        raw=("pivotal_tracker.iterations",),
    )


def _of_now(name: str, what: str, ours: str, trackers: str) -> SumCheck:
    return SumCheck(
        name=name,
        left=f"{what} of the current iteration, if the project was read in it",
        right=f"Tracker's `{trackers}`",
        key="Tracker project",
        tolerance=HALF,
        sides=f"""
            SELECT project_id AS key, {ours} AS left_value, {trackers} AS right_value
            FROM project_management.iteration_metrics
            JOIN project_management.iterations AS iteration USING (project_id, number)
            JOIN pivotal_tracker.projects AS project ON project.id = project_id
            WHERE iteration.is_current
                AND project._extracted_at >= iteration.start_at
                AND project._extracted_at < iteration.finish_at
                AND {ours} IS NOT NULL
                AND {trackers} IS NOT NULL
        """,
        tables=("project_management.iteration_metrics", "project_management.iterations"),
        raw=("pivotal_tracker.projects",),
    )


TRACKER_SUMS = (
    _of_done_iterations(
        "points_of_iterations_and_tracker", "points", "points", "accepted_points", 0.005
    ),
    _of_done_iterations(
        "effective_points_and_tracker",
        "effective points",
        "effective_points",
        "effective_points",
        0.05,
    ),
    _of_now(
        "velocity_in_force_and_tracker",
        "velocity in force",
        "velocity_in_force",
        "current_velocity",
    ),
    _of_now("volatility_and_tracker", "volatility", "volatility_pct", "current_volatility"),
)
