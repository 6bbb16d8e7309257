"""Tracker's own sums: what Tracker says it calculated, beside what we calculate.

Here: which numbers are compared, and which of them can be. Not here: the checks that judge them
(``effort.reconciliation``).
"""

from __future__ import annotations

DEFINITION = """
Tracker's own sums are compared where it tells them: of iterations that are done by now; of a project while the iteration
in which it was read goes on, because they are sums of now. They are never taken over. What differs points to stories that
were not read, to estimates that changed since, or to a history that Tracker no longer has.
"""

#: By check: what is compared, and the difference that rounding can make.
TOLERANCES = {
    "points_of_iterations_and_tracker": 0.005,
    "effective_points_and_tracker": 0.05,
    "velocity_in_force_and_tracker": 0.5,
    "volatility_and_tracker": 0.5,
}

ROWS = """
| `points_of_iterations_and_tracker` | points of done iterations | Tracker's `accepted_points` | iteration |
| `effective_points_and_tracker` | effective points of done iterations | Tracker's `effective_points` | iteration |
| `velocity_in_force_and_tracker` | velocity in force now | Tracker's `current_velocity` | Tracker project |
| `volatility_and_tracker` | volatility of the current iteration | Tracker's `current_volatility` | Tracker project |
""".strip()

#: Select list: check_name, key, ours, Tracker's; only where both are known.
COMPARED = """
    SELECT
        'points_of_iterations_and_tracker' AS check_name,
        concat_ws('#', project_id, number) AS key,
        ours.points AS ours,
        tracker.accepted_points AS trackers
    FROM project_management.iteration_metrics AS ours
    JOIN pivotal_tracker.iterations AS tracker USING (project_id, number)
    WHERE ours.is_done
        AND tracker.accepted_points IS NOT NULL
    UNION ALL
    SELECT
        'effective_points_and_tracker',
        concat_ws('#', project_id, number),
        ours.effective_points,
        tracker.effective_points
    FROM project_management.iteration_metrics AS ours
    JOIN pivotal_tracker.iterations AS tracker USING (project_id, number)
    WHERE ours.is_done
        AND ours.effective_points IS NOT NULL
        AND tracker.effective_points IS NOT NULL
    UNION ALL
    SELECT
        'velocity_in_force_and_tracker',
        CAST(project_id AS VARCHAR),
        velocity_in_force,
        current_velocity
    FROM project_management.iteration_metrics
    JOIN current_projects USING (project_id, number)
    WHERE current_velocity IS NOT NULL
    UNION ALL
    SELECT
        'volatility_and_tracker',
        CAST(project_id AS VARCHAR),
        volatility_pct,
        current_volatility
    FROM project_management.iteration_metrics
    JOIN current_projects USING (project_id, number)
    WHERE current_volatility IS NOT NULL
        AND volatility_pct IS NOT NULL
"""

#: A part of a WITH clause that ``COMPARED`` needs: projects with their current iteration, if they were read in it.
CURRENT_PROJECTS = """
current_projects AS (
    SELECT iteration.project_id, iteration.number, current_velocity, current_volatility
    FROM project_management.iterations AS iteration
    JOIN pivotal_tracker.projects AS project ON project.id = iteration.project_id
    WHERE iteration.is_current
        AND project._extracted_at >= iteration.start_at
        AND project._extracted_at < iteration.finish_at
)"""

INPUTS = ("project_management.iterations",)
