"""Burn-up: how scope and accepted work of projects, epics, releases and labels grew, day by day.

Here: the replay of scope, estimates, types, labels and projects of stories. Not here: how an epic or release stands
today (``progress``), when it will be done (``forecast``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import iteration_reads
from pipelines.metrics.project_management.burnup_iterations import ITERATION_DAYS
from pipelines.metrics.project_management.stories import define_stories

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per scope and local day of its project, from the first day with a story in scope up to today. A day is what was
true at its end (for today: now).

**Scopes.** `project`: all stories but releases and the icebox (`unscheduled`). `epic` and `label`: all stories with the
label, but releases. `release`: the stories above its marker, as Tracker lists them, but releases. A deleted story is in
its scopes on the days before it was deleted. `iteration`: the stories that the last read of the day showed in it, as in
`iteration_scope`, which has its `scope_id`; only iterations that were observed, from their first read to their end.

Example: two stories of 3 and 2 points are in the backlog on Monday; the second is deleted on Wednesday. The scope is 5
points on Monday and Tuesday, and 3 from Wednesday on.

**As of that day.** State comes from story_states; estimate, type, labels and project of each story are replayed from the
`changes` of activity. Where the log does not reach, the earliest known value stands for the time before, and
`is_replayed` is false: it is true from the day on which the project's log begins. Which stories a release holds is not
logged, so its rows take today's stories for every day, and `is_replayed` is false. The last day always agrees with
`story_facts`.

**Points** count as in `story_facts.points`, with the estimate and type of the day. `unestimated` counts the stories in
scope that could have an estimate and have none.
"""

# A field of a moment is NULL where the moment leaves it alone, else {before, after}, so that "set to nothing" differs.
_SQL = f"""
WITH
    counted_stories AS (
        SELECT story_id, project_id, zone, today, estimate, story_type, label_ids, deleted_at
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE story_type <> 'release'
    ),
    logged AS (
        SELECT
            story_id,
            occurred_at,
            project_version,
            CASE
                WHEN coalesce(original.estimate, new.estimate) IS NOT NULL
                    THEN {{'before': original.estimate, 'after': new.estimate}}
            END AS estimate,
            CASE
                WHEN coalesce(original.label_ids, new.label_ids) IS NOT NULL
                    THEN {{'before': original.label_ids, 'after': new.label_ids}}
            END AS label_ids,
            -- A story has a type and a project at any time, so that one side tells for the other.
            CASE
                WHEN coalesce(original.story_type, new.story_type) IS NOT NULL
                    THEN {{
                        'before': coalesce(original.story_type, new.story_type),
                        'after': coalesce(new.story_type, original.story_type)
                    }}
            END AS story_type,
            CASE
                WHEN coalesce(original.project_id, new.project_id) IS NOT NULL
                    THEN {{
                        'before': coalesce(original.project_id, new.project_id),
                        'after': coalesce(new.project_id, original.project_id)
                    }}
            END AS project
        FROM story_changes
    ),
    moments AS (
        SELECT story_id, entered_at AS instant, seq AS place, entered_on AS date, state
        FROM project_management.story_states
        SEMI JOIN counted_stories USING (story_id)
        UNION ALL BY NAME
        SELECT
            story_id,
            occurred_at AS instant,
            project_version AS place,
            local_date(occurred_at, zone) AS date,
            logged.estimate,
            logged.label_ids,
            logged.story_type,
            project
        FROM logged
        JOIN counted_stories USING (story_id)
        WHERE coalesce(occurred_at < deleted_at, true)
            AND (
                logged.estimate IS NOT NULL
                OR logged.label_ids IS NOT NULL
                OR logged.story_type IS NOT NULL
                OR project IS NOT NULL
            )
        UNION ALL BY NAME
        SELECT
            story_id,
            coalesce(deleted_at, as_of()) AS instant,
            if(deleted_at IS NULL, today, local_date(deleted_at, zone)) AS date,
            deleted_at IS NOT NULL AS is_gone,
            {{'before': estimate, 'after': estimate}} AS estimate,
            {{'before': label_ids, 'after': label_ids}} AS label_ids,
            {{'before': story_type, 'after': story_type}} AS story_type,
            {{'before': project_id, 'after': project_id}} AS project
        FROM counted_stories
    ),
    replay AS (
        SELECT
            story_id,
            date,
            coalesce(is_gone, false) AS is_gone,
            lead(date) OVER life AS end_date,
            last_value(state IGNORE NULLS) OVER so_far AS state,
            last_value(estimate IGNORE NULLS) OVER so_far AS last_estimate,
            first_value(estimate IGNORE NULLS) OVER to_come AS next_estimate,
            last_value(story_type IGNORE NULLS) OVER so_far AS last_type,
            first_value(story_type IGNORE NULLS) OVER to_come AS next_type,
            last_value(label_ids IGNORE NULLS) OVER so_far AS last_labels,
            first_value(label_ids IGNORE NULLS) OVER to_come AS next_labels,
            last_value(project IGNORE NULLS) OVER so_far AS last_project,
            first_value(project IGNORE NULLS) OVER to_come AS next_project
        FROM moments
        WINDOW
            life AS (
                PARTITION BY story_id
                ORDER BY instant, place
            ),
            so_far AS (
                PARTITION BY story_id
                ORDER BY instant, place
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            to_come AS (
                PARTITION BY story_id
                ORDER BY instant, place
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            )
    ),
    -- What was true of each story at the end of the days from date up to, without, end_date.
    day_ends AS (
        SELECT
            story_id,
            date,
            end_date,
            state,
            if(last_estimate IS NULL, next_estimate.before, last_estimate.after) AS estimate,
            if(last_type IS NULL, next_type.before, last_type.after) AS story_type,
            if(last_labels IS NULL, next_labels.before, last_labels.after) AS label_ids,
            if(last_project IS NULL, next_project.before, last_project.after) AS project_id
        FROM replay
        WHERE end_date IS DISTINCT FROM date
            AND NOT is_gone
    ),
    spans AS (
        SELECT
            story_id,
            project_id,
            date,
            end_date,
            state,
            label_ids,
            state = 'accepted' AS is_accepted,
            story_type = 'feature' OR estimates_bugs_and_chores AS is_estimable,
            if(is_estimable, coalesce(estimate, 0), 0) AS points,
            is_estimable AND estimate IS NULL AS is_unestimated
        FROM day_ends
        JOIN project_calendars USING (project_id)
        WHERE story_type <> 'release'
            AND state IS NOT NULL
    ),
    release_stories AS (
        SELECT id AS release_id, unnest(from_json(story_ids, '["BIGINT"]')) AS story_id
        FROM pivotal_tracker.releases
    ),
    scoped AS (
        SELECT 'project' AS scope_kind, project_id AS scope_id, spans.*
        FROM spans
        WHERE state <> 'unscheduled'
        UNION ALL
        SELECT 'label' AS scope_kind, unnest(list_distinct(label_ids)) AS scope_id, spans.*
        FROM spans
        UNION ALL
        SELECT 'release' AS scope_kind, release_id AS scope_id, spans.*
        FROM spans
        JOIN release_stories USING (story_id)
    ),
    joins_and_leaves AS (
        SELECT scope_kind, scope_id, date, 1 AS sign, points, is_accepted, is_unestimated
        FROM scoped
        UNION ALL
        SELECT scope_kind, scope_id, end_date AS date, -1 AS sign, points, is_accepted, is_unestimated
        FROM scoped
        WHERE end_date IS NOT NULL
    ),
    changes AS (
        SELECT
            scope_kind,
            scope_id,
            date,
            sum(sign * points) AS points,
            sum(sign * points) FILTER (is_accepted) AS accepted_points,
            sum(sign) AS stories,
            sum(sign) FILTER (is_accepted) AS accepted_stories,
            sum(sign) FILTER (is_unestimated) AS unestimated
        FROM joins_and_leaves
        GROUP BY ALL
    ),
    labels AS (
        SELECT id AS label_id, project_id
        FROM pivotal_tracker.labels
        UNION
        SELECT unnest(label_ids) AS label_id, project_id
        FROM counted_stories
    ),
    scopes AS (
        SELECT 'project' AS scope_kind, project_id AS scope_id, project_id, 'project' AS counted_as, scope_id AS counted_id
        FROM project_calendars
        UNION ALL
        SELECT 'label' AS scope_kind, label_id AS scope_id, min(project_id) AS project_id, 'label', label_id
        FROM labels
        GROUP BY ALL
        UNION ALL
        -- An epic is the stories with its label.
        SELECT 'epic' AS scope_kind, id AS scope_id, project_id, 'label', try_cast(label ->> 'id' AS BIGINT)
        FROM pivotal_tracker.epics
        UNION ALL
        SELECT 'release' AS scope_kind, id AS scope_id, project_id, 'release', id
        FROM pivotal_tracker.releases
    ),
    scope_changes AS (
        SELECT scopes.scope_kind, scopes.scope_id, project_id, changes.* EXCLUDE (scope_kind, scope_id)
        FROM scopes
        JOIN changes
            ON changes.scope_kind = counted_as
            AND changes.scope_id = counted_id
    ),
    logs AS (
        SELECT project_id, local_date(min(plausible(occurred_at)), any_value(zone)) AS begins_on
        FROM pivotal_tracker.activity
        JOIN project_calendars USING (project_id)
        GROUP BY ALL
    ),
    totals AS (
        SELECT
            scope_kind,
            scope_id,
            project_id,
            date,
            lead(date) OVER so_far AS next_date,
            -- Rounded, because sums of additions and subtractions such as 0.1 leave crumbs.
            round(coalesce(sum(points) OVER so_far, 0), 6) AS scope_points,
            round(coalesce(sum(accepted_points) OVER so_far, 0), 6) AS accepted_points,
            (sum(stories) OVER so_far)::BIGINT AS scope_stories,
            coalesce(sum(accepted_stories) OVER so_far, 0)::BIGINT AS accepted_stories,
            coalesce(sum(unestimated) OVER so_far, 0)::BIGINT AS unestimated
        FROM scope_changes
        WINDOW so_far AS (
            PARTITION BY scope_kind, scope_id
            ORDER BY date
        )
    ),
    iteration_days AS (
        {ITERATION_DAYS}
    ),
    -- From each change to the day before the next one nothing changes.
    days AS (
        SELECT
            * EXCLUDE (date, next_date),
            unnest(generate_series(date, coalesce(next_date - 1, today), INTERVAL 1 DAY))::DATE AS date
        FROM totals
        JOIN project_calendars USING (project_id)
    )
SELECT
    scope_kind,
    scope_id,
    date,
    scope_points,
    accepted_points,
    scope_stories,
    accepted_stories,
    unestimated,
    scope_kind <> 'release' AND coalesce(date >= begins_on, false) AS is_replayed
FROM (
    SELECT * FROM days
    UNION ALL BY NAME
    SELECT 'iteration' AS scope_kind, * FROM iteration_days
)
LEFT JOIN logs USING (project_id)
"""


def burnup_daily(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Scope and accepted work of every scope and day; grain (scope_kind, scope_id, date)."""
    define_stories(con, run)
    iteration_reads.define_iteration_reads(con, run)
    return con.sql(_SQL)


BURNUP_DAILY = MetricTable(
    schema="project_management",
    name="burnup_daily",
    grain=("scope_kind", "scope_id", "date"),
    definition=_DEFINITION,
    columns=(
        Column("scope_kind", "VARCHAR", "project, epic, release, label or iteration."),
        Column("scope_id", "BIGINT", "Id of the project, epic, release, label or iteration."),
        Column("date", "DATE", "Local day in the zone of the scope's project."),
        Column("scope_points", "DOUBLE", "Points of the stories in scope at the end of the day."),
        Column("accepted_points", "DOUBLE", "Points of those of them that were accepted."),
        Column("scope_stories", "BIGINT", "Stories in scope at the end of the day."),
        Column("accepted_stories", "BIGINT", "Those of them that were accepted."),
        Column("unestimated", "BIGINT", "Those of them that could have an estimate and had none."),
        Column("is_replayed", "BOOLEAN", "Whether the log tells the values of that day."),
    ),
    inputs=(
        *iteration_reads.INPUTS,
        "pivotal_tracker.stories",
        "pivotal_tracker.stories_deleted",
        "delivery.items",
        "delivery.transitions",
        "pivotal_tracker.activity",
        "pivotal_tracker.labels",
        "pivotal_tracker.epics",
        "pivotal_tracker.releases",
        "project_management.iterations",
        "project_management.story_states",
        "project_management.story_facts",
    ),
    compute=burnup_daily,
    overlaps="Each day shows the whole scope again, and the scopes are in each other: a project holds its epics.",
    headlines={
        "scopes": "count(DISTINCT (scope_kind, scope_id))",
    },
)
