"""A crowded company: more of everything than a chart can show, so that limits and sizes are tested at their worst.

Six Tracker projects with 3,000 finished and 100 open stories each, two years of iterations, weeks and days; sixty
people, thirty Clockify projects with budgets. Numbers are spread by arithmetic, not by chance.
"""

from __future__ import annotations

from datetime import datetime, timezone

import duckdb

AS_OF = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
PROJECTS = 6

_PROJECTS = f"SELECT 1 + range AS project_id FROM range({PROJECTS})"

_ROWS = {
    "pivotal_tracker.projects": f"""
        SELECT project_id AS id, 'A project with a rather' || chr(11) || 'long name, number ' || project_id AS name
        FROM ({_PROJECTS})
    """,
    "pivotal_tracker.stories": f"""
        SELECT 100000 * project_id + n AS id, project_id, TIMESTAMPTZ '2026-06-01 12:00:00Z' AS accepted_at
        FROM ({_PROJECTS}) CROSS JOIN range(10) AS numbers (n)
        WHERE n <= project_id
    """,
    "project_management.iterations": f"""
        SELECT
            project_id,
            n + 1 AS number,
            DATE '2024-07-01' + CAST(7 * n AS INTEGER) AS start_date,
            1 AS length_weeks,
            n < 103 AS is_done
        FROM ({_PROJECTS}) CROSS JOIN range(104) AS numbers (n)
    """,
    "project_management.iteration_metrics": """
        SELECT
            project_id, number, is_done,
            (number * 7 + project_id * 3) % 23 AS points,
            (number * 7 + project_id * 3) % 23 AS effective_points,
            8 + (number * 5) % 11 + 0.37 AS velocity_exact,
            8 + (number * 5) % 11 AS velocity,
            10 + (number * 13) % 70 AS volatility_pct
        FROM project_management.iterations
    """,
    "project_management.story_mix": """
        SELECT
            project_id, number AS iteration_number, story_type,
            (number + length(story_type) * 3) % 9 AS accepted, 1 AS created, 33.3 AS share_pct
        FROM project_management.iterations
        CROSS JOIN (VALUES ('feature'), ('bug'), ('chore')) AS types (story_type)
    """,
    "project_management.throughput_weekly": """
        SELECT
            project_id, start_date AS week_start, story_type, NOT is_done AS is_partial,
            (number * 11 + length(story_type)) % 6 AS accepted, 2 AS points, 1 AS created
        FROM project_management.iterations
        CROSS JOIN (VALUES ('feature'), ('bug'), ('chore'), ('release')) AS types (story_type)
    """,
    "project_management.story_facts": f"""
        SELECT
            100000 * project_id + n AS story_id,
            project_id,
            'Story' || chr(1) || 'number ' || n AS name,
            ['feature', 'bug', 'chore'][1 + n % 3] AS story_type,
            CASE WHEN n < 3000 THEN 'accepted' ELSE 'started' END AS current_state,
            CASE WHEN n < 3000 THEN TIMESTAMPTZ '2026-06-30 10:00:00Z' - to_hours(n * 3) END AS last_accepted_at,
            CASE WHEN n < 3000 THEN 5 + (n * 37) % 701 END AS cycle_hours,
            2 AS points,
            false AS is_deleted
        FROM ({_PROJECTS}) CROSS JOIN range(3100) AS numbers (n)
    """,
    "project_management.cycle_time_percentiles": f"""
        SELECT
            project_id, window_days, 'all' AS story_type, 3000 AS n,
            100 AS p50_hours, 110 AS p70_hours, 120 AS p85_hours, 600 AS p95_hours
        FROM ({_PROJECTS}) CROSS JOIN (VALUES ('30'), ('90'), ('all')) AS windows (window_days)
    """,
    "project_management.time_in_state": f"""
        SELECT
            project_id, '90' AS window_days, story_type, measure, 3000 AS n, 3000 AS n_above_zero,
            72000.0 * CASE measure WHEN 'cycle' THEN 37 ELSE length(measure) END AS total_hours, 20.0 AS share_of_cycle_pct, 20.0 AS flow_efficiency_pct
        FROM ({_PROJECTS})
        CROSS JOIN (VALUES ('all'), ('feature'), ('bug'), ('chore')) AS types (story_type)
        CROSS JOIN (VALUES
            ('cycle'), ('started'), ('finished'), ('delivered'), ('rejected'), ('other'), ('blocked'), ('review')
        ) AS measures (measure)
    """,
    "project_management.predictability_weekly": f"""
        SELECT
            project_id, DATE '2026-06-29' - CAST(7 * n AS INTEGER) AS week_start, 20 + n % 9 AS accepted, n = 0 AS is_partial,
            24.0 AS mean, 20.5 AS lower_limit, 27.5 AS upper_limit,
            CASE WHEN accepted > 27 THEN 'above_limit' END AS signal,
            100.0 AS sle_hours, 20 AS sle_stories, 60.0 + n % 40 AS sle_attained_pct
        FROM ({_PROJECTS}) CROSS JOIN range(104) AS numbers (n)
    """,
    "project_management.work_in_progress": f"""
        SELECT
            project_id, n AS person_id, 'Somebody with a name, number ' || n // 2 AS name, n % 5 AS stories, 0 AS stories_shared,
            3.0 AS points, n AS oldest_age_days, n % 2 AS blocked, n % 3 AS reviews_waiting
        FROM ({_PROJECTS}) CROSS JOIN range(1, 40) AS numbers (n)
    """,
    "project_management.portfolio_monthly": """
        SELECT
            CAST(DATE '2026-06-01' - to_months(CAST(n AS INTEGER)) AS DATE) AS month, 50 + n AS accepted, 4 AS projects,
            9000.0 AS hours, 8000.0 AS linked_hours, n = 0 AS is_partial
        FROM range(60) AS numbers (n)
    """,
    "project_management.iteration_scope": f"""
        SELECT
            project_id, n AS number, project_id * 1000000 + n AS scope_id, DATE '2024-06-24' + CAST(7 * n AS INTEGER) AS start_date,
            10 AS planned_stories, 3 AS removed_stories, 12 AS scope_stories, 9 AS completed_stories,
            60.0 AS completed_of_planned_pct, 3 AS carried_over
        FROM ({_PROJECTS}) CROSS JOIN range(1, 105) AS numbers (n)
    """,
    "project_management.aging_wip": """
        SELECT
            story_id, project_id, ['started', 'finished', 'delivered', 'rejected'][1 + story_id % 4] AS current_state,
            (story_id * 17) % 900 AS age_hours, story_id % 7 = 0 AS blocked, 50 AS percentile_vs_history
        FROM project_management.story_facts
        WHERE current_state = 'started'
    """,
    "project_management.story_blocks": """
        SELECT
            story_id AS blocker_id, story_id, project_id,
            TIMESTAMPTZ '2026-06-30 10:00:00Z' - to_hours(story_id % 3000) AS blocked_from,
            CASE WHEN story_id % 7 > 0 THEN blocked_from + INTERVAL 9 HOUR END AS blocked_to,
            9 AS hours, story_id % 7 = 0 AS is_open, 'Waits for ' || repeat('somebody ', 90) AS description
        FROM project_management.story_facts
        WHERE story_id % 5 = 0
    """,
    "project_management.flow_daily": f"""
        SELECT
            project_id,
            DATE '2026-06-30' - CAST(n AS INTEGER) AS date,
            state,
            2000 - n + 40 * (9 - list_position(
                ['unscheduled', 'unstarted', 'planned', 'started', 'finished', 'delivered', 'rejected', 'accepted'],
                state
            )) AS cumulative_entered,
            (n + length(state) * 5) % 13 AS in_state,
            1 AS points_in_state,
            9 AS wip
        FROM ({_PROJECTS}) CROSS JOIN range(730) AS numbers (n)
        CROSS JOIN (VALUES
            ('unscheduled'), ('unstarted'), ('planned'), ('started'),
            ('finished'), ('delivered'), ('rejected'), ('accepted')
        ) AS states (state)
    """,
    "project_management.burnup_daily": f"""
        SELECT
            'project' AS scope_kind, project_id AS scope_id, DATE '2026-06-30' - CAST(n AS INTEGER) AS date,
            3100 - n AS scope_stories, 3000 - n - n % 5 AS accepted_stories, 3 AS unestimated,
            0.0 AS scope_points, 0.0 AS accepted_points
        FROM ({_PROJECTS}) CROSS JOIN range(730) AS numbers (n)
        UNION ALL
        SELECT
            'iteration' AS scope_kind, project_id * 1000000 + 104 AS scope_id, DATE '2026-06-22' + CAST(n AS INTEGER) AS date,
            12 AS scope_stories, n AS accepted_stories, 0 AS unestimated, 30.0 AS scope_points, 3.0 * n AS accepted_points
        FROM ({_PROJECTS}) CROSS JOIN range(7) AS numbers (n)
    """,
    "project_management.forecast_distribution": f"""
        SELECT project_id, 'when' AS question, 100 AS horizon, 20 + n AS outcome, 40 AS trials, 0.4 AS share_pct,
            26 AS history_weeks, 'growing' AS scope
        FROM ({_PROJECTS}) CROSS JOIN range(250) AS numbers (n)
        UNION ALL
        SELECT project_id, 'how_many', horizon, horizon * 2 + n, 100, 1, 26, 'growing'
        FROM ({_PROJECTS}) CROSS JOIN range(100) AS numbers (n) CROSS JOIN (VALUES (1), (2), (4), (8), (12)) AS h (horizon)
    """,
    "project_management.forecast": f"""
        SELECT project_id, 'when' AS question, 100 AS horizon, percentile, 200 AS weeks, DATE '2030-04-30' AS date,
            'growing' AS scope, 26 AS history_weeks
        FROM ({_PROJECTS}) CROSS JOIN (VALUES (50), (85)) AS percentiles (percentile)
    """,
    "time_tracking.utilization_weekly": """
        SELECT
            'u' || person AS user_id,
            'A person' || chr(12) || 'with a long name ' || person // 2 AS user_name,
            DATE '2024-07-01' + CAST(7 * n AS INTEGER) AS week_start,
            n = 103 AS is_partial,
            40 AS capacity_hours, 0 AS leave_hours, 40 AS net_capacity_hours,
            20 + (person * 3 + n * 7) % 40 AS tracked_hours,
            10 AS billable_hours,
            2.5 * tracked_hours AS net_utilization_pct
        FROM range(60) AS people (person) CROSS JOIN range(104) AS numbers (n)
    """,
    "time_tracking.time_daily": """
        SELECT
            'u' || person AS user_id,
            DATE '2026-06-30' - CAST(n AS INTEGER) AS local_date,
            CASE WHEN person = 0 THEN NULL ELSE 'p' || person % 30 END AS project_id,
            1 + person % 8 AS tracked_hours
        FROM range(60) AS people (person) CROSS JOIN range(730) AS numbers (n)
    """,
    "time_tracking.project_finance": """
        SELECT 'p' || n AS project_id, 'A client' || chr(11) || 'project with a long name, number ' || n AS project_name
        FROM range(30) AS numbers (n)
    """,
    "time_tracking.project_budget": """
        SELECT
            'p' || n AS project_id, 'A client' || chr(11) || 'project with a long name, number ' || n AS project_name,
            CASE WHEN n % 2 = 0 THEN DATE '2026-06-01' ELSE DATE '2024-07-01' END AS cycle_start,
            CASE WHEN n % 2 = 0 THEN DATE '2026-06-30' END AS cycle_end,
            'time' AS basis, 100 AS estimate, 50 + n AS used, 50 + n AS used_pct,
            CASE WHEN n % 2 = 0 THEN 29 ELSE 729 END AS elapsed_days,
            CASE WHEN n % 2 = 0 THEN 60 + n END AS forecast_pct
        FROM range(30) AS numbers (n)
    """,
    "time_tracking.time_quality": """
        SELECT 'e' || n AS entry_id, finding, severity, 'look' AS detail
        FROM range(5000) AS numbers (n)
        JOIN (VALUES
            (2, 'no_task', 'info'), (3, 'no_project', 'warning'), (5, 'overlap', 'warning'), (7, 'unrated', 'warning'),
            (11, 'no_description', 'info'), (13, 'too_short', 'info'), (17, 'too_long', 'warning'),
            (19, 'running_stale', 'warning'), (23, 'future', 'error'), (29, 'negative', 'error'),
            (31, 'changed_after_lock', 'error')
        ) AS findings (every, finding, severity) ON n % every = 0
    """,
    "effort.estimate_calibration": f"""
        SELECT project_id, n AS estimate, 30 AS n, 5 * n AS p25_hours, 7 * n AS median_hours, 11 * n AS p75_hours
        FROM ({_PROJECTS}) CROSS JOIN range(40) AS numbers (n)
    """,
    "effort.capitalization_monthly": """
        SELECT
            'u' || n AS user_id, DATE '2024-07-01' + to_months(CAST(month AS INTEGER)) AS month, category, 'EUR' AS currency,
            30 + (n + month) % 50 AS hours
        FROM range(60) AS people (n) CROSS JOIN range(24) AS months (month)
        CROSS JOIN (VALUES ('capex'), ('opex'), ('unclassified')) AS categories (category)
    """,
    "effort.link_coverage": """
        SELECT
            user_id, week_start, 'p1' AS project_id, tracked_hours, 0.6 * tracked_hours AS linked_hours,
            0.1 * tracked_hours AS unmatched_reference_hours, 0.4 * tracked_hours AS unlinked_hours
        FROM time_tracking.utilization_weekly
    """,
}


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the tables that charts read."""
    for table, query in _ROWS.items():
        con.execute(f"INSERT INTO {table} BY NAME {query}")
