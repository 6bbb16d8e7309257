"""Laws that the tables obey whatever the history: each a query for violations, which must find no rows.

``$as_of`` is the moment of the computation.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from pipelines.metrics.model import MetricTable
from pipelines.metrics.project_management.tables import TABLES


def _always_there(table: MetricTable) -> list[str]:
    """The parts of its grain that always have a value."""
    groups = {column.name for column in table.columns if column.null_is_a_group}
    return [name for name in table.grain if name not in groups]


LAWS = {
    "the states of a story follow one another without gap": """
        SELECT story_id, seq, left_at, lead(entered_at) OVER life
        FROM project_management.story_states
        WINDOW life AS (PARTITION BY story_id ORDER BY seq)
        QUALIFY seq <> row_number() OVER life
            OR left_at < entered_at
            OR state = lag(state) OVER life
            OR left_at IS DISTINCT FROM lead(entered_at, 1, if(is_deleted, left_at, NULL)) OVER life
    """,
    "the states of a story fill its life": """
        SELECT story_id, sum(hours), any_value(created_at)
        FROM project_management.story_states
        JOIN project_management.story_facts USING (story_id)
        WHERE NOT story_facts.is_deleted
        GROUP BY story_id
        HAVING abs(sum(hours) - date_diff('second', min(entered_at), $as_of::TIMESTAMPTZ) / 3600) > 1e-6
            OR min(entered_at) > any_value(created_at)
    """,
    "a story's last state is its present one": """
        SELECT story_id, state, current_state
        FROM project_management.story_states
        JOIN project_management.story_facts USING (story_id)
        WHERE left_at IS NULL
            AND state <> current_state
    """,
    "a cycle holds its parts": """
        SELECT story_id, cycle_hours
        FROM project_management.story_facts
        WHERE started_hours + finished_hours + delivered_hours + rejected_hours > cycle_hours + 1e-9
            OR cycle_hours < 0
            OR lead_hours < cycle_hours
            OR (cycle_hours IS NULL) = (cycle_hours_reason IS NULL)
            OR NOT flow_efficiency_pct BETWEEN 0 AND 100.0001
            OR cycle_days_calendar NOT BETWEEN 1 AND cycle_hours / 23 + 2
            OR cycle_days_working > cycle_days_calendar
    """,
    "nothing waits longer than time passed": """
        SELECT story_id, cycle_hours
        FROM project_management.story_facts
        WHERE NOT coalesce(blocked_hours, 0) BETWEEN 0 AND coalesce(cycle_hours, 0) + 1e-9
            OR NOT coalesce(review_hours, 0) BETWEEN 0 AND coalesce(cycle_hours, 0) + 1e-9
            OR (blocked_hours IS NULL) = (blocked_hours_reason IS NULL)
            OR (review_hours IS NULL) = (review_hours_reason IS NULL)
        UNION ALL
        SELECT blocker_id, hours
        FROM project_management.story_blocks
        WHERE hours > hours_between(blocked_from, coalesce(blocked_to, $as_of::TIMESTAMPTZ)) + 1e-9
            OR hours < 0
            OR (hours IS NULL) = (hours_reason IS NULL)
            OR is_open = (ended_by IS NOT NULL)
            OR (is_open AND (is_resolved OR blocked_to IS NOT NULL))
    """,
    "who is blocked has an open blocker": """
        SELECT story_id
        FROM project_management.aging_wip
        WHERE blocked <> (story_id IN (SELECT story_id FROM project_management.story_blocks WHERE is_open))
            OR (blocked_since IS NOT NULL AND NOT blocked)
    """,
    "percentiles are ordered, and parts sum to the whole": """
        SELECT project_id, window_days, story_type, measure
        FROM project_management.time_in_state
        WHERE NOT (p50_hours <= p70_hours AND p70_hours <= p85_hours AND p85_hours <= p95_hours)
            OR NOT median_hours BETWEEN p50_hours AND p95_hours
            OR (n = 0) <> (p50_hours IS NULL)
            OR n_above_zero > n
        UNION ALL
        SELECT project_id, window_days, story_type, 'shares'
        FROM project_management.time_in_state
        WHERE measure IN ('started', 'finished', 'delivered', 'rejected', 'other')
        GROUP BY ALL
        HAVING abs(sum(share_of_cycle_pct) - 100) > 1e-4
        UNION ALL
        SELECT project_id, window_days, story_type, 'cycle_time_percentiles'
        FROM project_management.time_in_state AS part
        JOIN project_management.cycle_time_percentiles AS cycle USING (project_id, window_days, story_type)
        WHERE measure = 'cycle'
            AND (part.n, part.p50_hours, part.p85_hours) IS DISTINCT FROM (cycle.n, cycle.p50_hours, cycle.p85_hours)
    """,
    "limits enclose the mean, and signals lie outside or on one side": """
        SELECT *
        FROM project_management.predictability_weekly
        WHERE NOT (0 <= lower_limit AND lower_limit <= mean AND mean <= upper_limit)
            OR (signal = 'above_limit') IS DISTINCT FROM (accepted > upper_limit AND NOT is_partial)
                AND coalesce(signal = 'above_limit', false)
            OR (signal LIKE 'eight%' AND (accepted > mean) <> (signal = 'eight_above'))
            OR NOT coalesce(sle_attained_pct, 0) BETWEEN 0 AND 100
            OR (sle_attained_pct IS NULL) = (sle_reason IS NULL)
            OR (mean IS NULL) = (limits_reason IS NULL)
    """,
    "work in progress of people is that of the stories": """
        WITH owners AS (
            SELECT project_id, story_id, unnest(if(len(owner_ids) > 0, list_distinct(owner_ids), [NULL])) AS person_id
            FROM project_management.aging_wip
            JOIN project_management.story_facts USING (story_id, project_id)
        ),
        stories AS (
            SELECT project_id, person_id, count(*) AS stories
            FROM owners
            GROUP BY ALL
        )
        (SELECT project_id, person_id, stories FROM stories)
        EXCEPT (SELECT project_id, person_id, stories FROM project_management.work_in_progress)
        UNION ALL
        SELECT project_id, person_id, stories
        FROM project_management.work_in_progress
        WHERE blocked > stories
            OR stories_shared > stories
            OR stories + reviews_waiting = 0
    """,
    "what was planned and added, without what was removed, is the scope": """
        SELECT project_id, number
        FROM project_management.iteration_scope
        LEFT JOIN (
            FROM project_management.burnup_daily
            WHERE scope_kind = 'iteration'
            QUALIFY row_number() OVER (PARTITION BY scope_id ORDER BY date DESC) = 1
        ) AS last_day USING (scope_id)
        JOIN project_management.iteration_metrics AS metrics USING (project_id, number)
        WHERE planned_stories + added_stories - removed_stories <> iteration_scope.scope_stories
            OR abs(planned_points + added_points - removed_points - iteration_scope.scope_points) > 1e-6
            OR (planned_stories IS NULL) <> (scope_reason IS NOT NULL)
            OR carried_over_twice > iteration_scope.carried_over
            OR iteration_scope.carried_over + completed_stories > iteration_scope.scope_stories
            OR (scope_reason IS NULL AND last_day.scope_stories IS DISTINCT FROM iteration_scope.scope_stories)
            OR abs(last_day.scope_points - iteration_scope.scope_points) > 1e-6
            OR completed_stories <> stories_accepted
    """,
    "cumulative flow never falls": """
        SELECT project_id, date, state
        FROM project_management.flow_daily
        QUALIFY cumulative_entered < lag(cumulative_entered, 1, 0) OVER (PARTITION BY project_id, state ORDER BY date)
    """,
    "no state has been entered by more stories than the one before it": """
        WITH ranks AS (
            SELECT *, list_position(
                ['unscheduled', 'unstarted', 'started', 'finished', 'delivered', 'accepted'], state
            ) AS rank
            FROM project_management.flow_daily
        )
        SELECT project_id, date, state
        FROM ranks
        WHERE rank IS NOT NULL
        QUALIFY cumulative_entered > lag(cumulative_entered) OVER (PARTITION BY project_id, date ORDER BY rank)
    """,
    "every story is in one state every day": """
        SELECT project_id, date
        FROM project_management.flow_daily
        GROUP BY ALL
        HAVING sum(in_state) + max(cumulative_deleted)
                <> max(cumulative_entered) FILTER (state = 'unscheduled')
            OR max(wip) <> sum(in_state) FILTER (state IN ('started', 'finished', 'delivered', 'rejected'))
            OR min(in_state) < 0
    """,
    "points and counts of stories, iterations, weeks and burn-up agree": """
        WITH
            stories AS (
                SELECT
                    project_id,
                    sum(points) AS points,
                    count(*) AS accepted,
                    coalesce(sum(points) FILTER (iteration_number IS NOT NULL), 0) AS iteration_points
                FROM project_management.story_facts
                WHERE accepted_at IS NOT NULL
                    AND story_type <> 'release'
                    AND NOT is_deleted
                GROUP BY ALL
            ),
            iterations AS (
                SELECT project_id, sum(points) AS iteration_points
                FROM project_management.iteration_metrics
                GROUP BY ALL
            ),
            mix AS (
                SELECT project_id, sum(points) AS mix_points
                FROM project_management.story_mix
                GROUP BY ALL
            ),
            -- What was deleted in a later week than that of its acceptance stays in that week.
            deleted AS (
                SELECT project_id, sum(points) AS deleted_points, count(*) AS deleted_accepted
                FROM project_management.story_facts
                JOIN project_calendars USING (project_id)
                WHERE is_deleted
                    AND story_type <> 'release'
                    AND week_start(local_date(accepted_at, zone), week_starts_on)
                        < week_start(local_date(deleted_at, zone), week_starts_on)
                GROUP BY ALL
            ),
            weeks AS (
                SELECT
                    project_id,
                    sum(points) - coalesce(any_value(deleted_points), 0) AS week_points,
                    sum(accepted) - coalesce(any_value(deleted_accepted), 0) AS week_accepted
                FROM project_management.throughput_weekly
                LEFT JOIN deleted USING (project_id)
                WHERE story_type <> 'release'
                GROUP BY ALL
            ),
            burnup AS (
                SELECT scope_id AS project_id, accepted_points, accepted_stories
                FROM project_management.burnup_daily
                WHERE scope_kind = 'project'
                QUALIFY row_number() OVER (PARTITION BY scope_id ORDER BY date DESC) = 1
            )
        SELECT *
        FROM stories
        LEFT JOIN iterations USING (project_id)
        LEFT JOIN mix USING (project_id)
        LEFT JOIN weeks USING (project_id)
        LEFT JOIN burnup USING (project_id)
        WHERE abs(stories.iteration_points - iterations.iteration_points) > 1e-6
            OR abs(stories.iteration_points - mix_points) > 1e-6
            OR abs(points - week_points) > 1e-6
            OR accepted <> week_accepted
            OR abs(points - accepted_points) > 1e-6
            OR accepted <> accepted_stories
            OR accepted_stories IS NULL
    """,
    "the last day of a burn-up is today's scope": """
        WITH
            today AS (
                SELECT *
                FROM project_management.burnup_daily
                QUALIFY row_number() OVER (PARTITION BY scope_kind, scope_id ORDER BY date DESC) = 1
            ),
            stories AS (
                SELECT *
                FROM project_management.story_facts
                WHERE NOT is_deleted
                    AND story_type <> 'release'
            ),
            scopes AS (
                SELECT 'project' AS scope_kind, project_id AS scope_id, points
                FROM stories
                WHERE current_state <> 'unscheduled'
                UNION ALL
                SELECT 'label' AS scope_kind, unnest(label_ids) AS scope_id, points
                FROM stories
                UNION ALL
                SELECT 'epic' AS scope_kind, unnest(epic_ids) AS scope_id, points
                FROM stories
            ),
            expected AS (
                SELECT scope_kind, scope_id, count(*) AS stories, sum(points) AS points
                FROM scopes
                GROUP BY ALL
            )
        SELECT *
        FROM expected
        LEFT JOIN today USING (scope_kind, scope_id)
        WHERE scope_stories IS DISTINCT FROM stories
            OR abs(scope_points - points) > 1e-6
    """,
    "open stories of a week are those before, with what was added, without what was accepted": """
        SELECT project_id, week_start, story_type
        FROM project_management.throughput_weekly
        WINDOW life AS (PARTITION BY project_id, story_type ORDER BY week_start)
        QUALIFY open_stories <> lag(open_stories, 1, 0) OVER life + scope_growth - accepted
            OR open_stories < 0
    """,
    "open stories of the current week are those of the stories": """
        WITH
            weeks AS (
                SELECT project_id, story_type, open_stories
                FROM project_management.throughput_weekly
                WHERE is_partial
            ),
            stories AS (
                SELECT project_id, story_type, count(*) AS open_stories
                FROM project_management.story_facts
                WHERE NOT is_deleted
                    AND current_state NOT IN ('unscheduled', 'accepted')
                GROUP BY ALL
            )
        SELECT *
        FROM weeks
        FULL JOIN stories USING (project_id, story_type)
        WHERE coalesce(weeks.open_stories, 0) <> coalesce(stories.open_stories, 0)
    """,
    "forecasts are ordered by confidence, and without a date they say why": """
        SELECT project_id, question, horizon, scope, percentile
        FROM project_management.forecast
        WINDOW confidences AS (PARTITION BY project_id, question, horizon, scope ORDER BY percentile)
        QUALIFY coalesce(weeks, 1e9) < lag(coalesce(weeks, 1e9)) OVER confidences
            OR items > lag(items) OVER confidences
            OR (weeks IS NULL) <> (weeks_reason IS NOT NULL)
    """,
    "an epic or release is at 100 % when nothing of it is open": """
        SELECT epic_id, done_pct
        FROM project_management.epic_progress
        WHERE (done_pct = 100) <> (stories > 0 AND accepted_stories = stories)
            OR done_pct NOT BETWEEN 0 AND 100
        UNION ALL
        SELECT release_id, done_pct
        FROM project_management.release_status
        WHERE (done_pct = 100) <> (stories > 0 AND accepted_stories = stories)
            OR done_pct NOT BETWEEN 0 AND 100
    """,
    "calibration counts the backtests that are over": """
        SELECT project_id, question, scope, percentile
        FROM project_management.forecast_calibration
        WHERE hits > n
            OR (hit_pct IS NULL) <> (hit_pct_reason IS NOT NULL)
            OR (verdict = 'too_short') <> (n < 10)
    """,
    "windows of a project do not overlap": """
        SELECT project_id, number
        FROM project_management.iterations
        QUALIFY start_at < lag(finish_at) OVER (PARTITION BY project_id ORDER BY number)
    """,
} | {
    f"the grain of {table.name} is a key": f"""
        SELECT {", ".join(table.grain)}
        FROM {table.address}
        GROUP BY ALL
        HAVING count(*) > 1
            OR {" OR ".join(f"{column} IS NULL" for column in _always_there(table))}
    """
    for table in TABLES
}


def violations(
    con: duckdb.DuckDBPyConnection, law: str, as_of: datetime
) -> list[tuple[object, ...]]:
    """What breaks a law; all tables must have been computed as of that moment."""
    query = LAWS[law]
    return con.execute(query, {"as_of": as_of} if "$as_of" in query else {}).fetchall()
