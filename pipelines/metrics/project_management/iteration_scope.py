"""Iteration scope: what an iteration was to hold, what was added and removed meanwhile, and what came of it.

Not here: how the reads of an iteration are found (``iteration_reads``), velocity and cycle times (``iteration_metrics``),
its course by days (``burnup``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.made_ids import made_id
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import iteration_reads
from pipelines.metrics.project_management.stories import define_stories

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per iteration that has begun. Tracker does not keep what an iteration was to hold: a done iteration lists what was
accepted in it. So its scope is what the syncs saw while it was going on.

**Planned** are the stories of the iteration in the first read after it began, if that was at most 24 hours later. Otherwise
nobody knows: planned, added, removed and carried over are NULL with `scope_reason = 'not_observed'`, as for all iterations
before the first sync. **Added** and **removed** are the differences from each read to the next. A story that was taken out
and put back is removed once and added once. A story that was accepted in the iteration and that no read had shown in it
is added, too. So planned + added - removed = scope at the end (of the current iteration: now). Releases do not count.

**Points** are those of the moment: planned with the estimate at the first read, added and removed with that of the read that
showed it, the scope with that at the end, replayed from activity. A story of the scope that is estimated higher adds points
and no story, one that is estimated lower removes them.

**Completed** are the stories accepted in the iteration, as in `iteration_metrics`; `completed_of_planned_pct` is the share of
the planned stories that are among them. **Carried over** are the stories of the scope at the end of a done iteration that
were neither accepted, deleted nor back in the icebox then; `carried_over_twice` are those of them that had been carried over
from the iteration before, too (NULL where that one was not observed).

`scope_id` is the `scope_id` of the iteration's days in `burnup_daily`.

Example: stories A (3 points) and B (2) are planned. On Tuesday C (1) comes in, on Wednesday B goes out, on Thursday A is
estimated 5. A is accepted. Planned 2 stories and 5 points, added 1 and 3, removed 1 and 2, scope at the end 2 and 6,
completed 1 and 5, 50 % of the planned stories; C is carried over.
"""

#: SQL of an iteration's id among scopes: numbers of different projects are told apart.
SCOPE_ID = made_id("project_id || '/' || number")

_SQL = f"""
WITH
    pointed AS (
        SELECT
            member.*,
            coalesce(now_points.points, 0) AS points,
            coalesce(next_points.points, 0) AS points_at_next
        FROM iteration_members AS member
        LEFT JOIN story_points AS now_points
            ON now_points.story_id = member.story_id
            AND member.instant >= now_points.valid_from
            AND member.instant < now_points.valid_to
        LEFT JOIN story_points AS next_points
            ON next_points.story_id = member.story_id
            AND member.next_instant >= next_points.valid_from
            AND member.next_instant < next_points.valid_to
    ),
    turns AS (
        SELECT
            story.*,
            story.story_id IS NOT NULL AS is_story,
            before.story_id IS NOT NULL AS was_there,
            after.story_id IS NOT NULL AS stays
        FROM pointed AS story
        LEFT JOIN iteration_members AS before
            ON before.project_id = story.project_id
            AND before.number = story.number
            AND before.story_id = story.story_id
            AND before.place = story.place - 1
        LEFT JOIN iteration_members AS after
            ON after.project_id = story.project_id
            AND after.number = story.number
            AND after.story_id = story.story_id
            AND after.place = story.place + 1
    ),
    sums AS (
        SELECT
            project_id,
            number,
            count(*) FILTER (is_story AND place = 0) AS planned_stories,
            coalesce(sum(points) FILTER (place = 0), 0) AS planned_points,
            count(*) FILTER (is_story AND place > 0 AND NOT was_there) AS added_stories,
            coalesce(sum(points) FILTER (place > 0 AND NOT was_there), 0)
                + coalesce(sum(greatest(0, points_at_next - points)) FILTER (NOT is_last), 0) AS added_points,
            count(*) FILTER (is_story AND NOT is_last AND NOT stays) AS removed_stories,
            coalesce(sum(points_at_next) FILTER (NOT is_last AND NOT stays), 0)
                + coalesce(sum(greatest(0, points - points_at_next)) FILTER (NOT is_last), 0) AS removed_points,
            count(*) FILTER (is_story AND is_last) AS scope_stories,
            coalesce(sum(points) FILTER (is_last), 0) AS scope_points,
            count(*) FILTER (is_accepted AND place = 0) AS planned_completed
        FROM turns
        GROUP BY ALL
    ),
    first_reads AS (
        SELECT project_id, number, min(instant) AS observed_from
        FROM iteration_members
        GROUP BY ALL
    ),
    carried AS (
        SELECT member.project_id, member.number, member.story_id
        FROM iteration_members AS member
        JOIN project_management.iterations AS iteration USING (project_id, number)
        JOIN project_management.story_states AS state
            ON state.story_id = member.story_id
            AND state.entered_at < finish_at
            AND coalesce(state.left_at >= finish_at, true)
        WHERE is_last
            AND is_done
            AND NOT is_accepted
            AND state.state NOT IN ('unscheduled', 'accepted')
    ),
    carried_counts AS (
        SELECT
            now.project_id,
            now.number,
            count(*) AS carried_over,
            count(before.story_id) AS carried_over_twice
        FROM carried AS now
        LEFT JOIN carried AS before
            ON before.project_id = now.project_id
            AND before.number = now.number - 1
            AND before.story_id = now.story_id
        GROUP BY ALL
    ),
    completed AS (
        SELECT
            project_id,
            iteration_number AS number,
            count(*) AS completed_stories,
            sum(points) AS completed_points
        FROM project_management.story_facts
        WHERE iteration_number IS NOT NULL
            AND story_type <> 'release'
            AND NOT is_deleted
        GROUP BY ALL
    )
SELECT
    project_id,
    number,
    {SCOPE_ID} AS scope_id,
    start_date,
    is_done,
    planned_stories,
    round(planned_points, 6) AS planned_points,
    added_stories,
    round(added_points, 6) AS added_points,
    removed_stories,
    round(removed_points, 6) AS removed_points,
    scope_stories,
    round(scope_points, 6) AS scope_points,
    coalesce(completed_stories, 0) AS completed_stories,
    coalesce(completed_points, 0) AS completed_points,
    100 * planned_completed / nullif(planned_stories, 0) AS completed_of_planned_pct,
    if(is_done AND observed_from IS NOT NULL, coalesce(carried_over, 0), NULL) AS carried_over,
    if(
        is_done AND observed_from IS NOT NULL
            AND lag(observed_from) OVER (PARTITION BY project_id ORDER BY number) IS NOT NULL,
        coalesce(carried_over_twice, 0),
        NULL
    ) AS carried_over_twice,
    observed_from,
    if(observed_from IS NULL, 'not_observed', NULL) AS scope_reason
FROM project_management.iterations
LEFT JOIN sums USING (project_id, number)
LEFT JOIN first_reads USING (project_id, number)
LEFT JOIN carried_counts USING (project_id, number)
LEFT JOIN completed USING (project_id, number)
"""


def iteration_scope(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Planned, added, removed and completed work of iterations; grain (project_id, number)."""
    define_stories(con, run)
    iteration_reads.define_iteration_reads(con, run)
    return con.sql(_SQL)


ITERATION_SCOPE = MetricTable(
    schema="project_management",
    name="iteration_scope",
    grain=("project_id", "number"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("number", "BIGINT", "Number of the iteration."),
        Column("scope_id", "BIGINT", "Id of the iteration in burnup_daily."),
        Column("start_date", "DATE", "The local day on which it starts."),
        Column("is_done", "BOOLEAN", "Whether it has ended."),
        Column("planned_stories", "BIGINT", "Stories in it at the first read after it began."),
        Column("planned_points", "DOUBLE", "Points of those stories then."),
        Column("added_stories", "BIGINT", "Stories that came in later."),
        Column("added_points", "DOUBLE", "Points that came in later, by stories or estimates."),
        Column("removed_stories", "BIGINT", "Stories that were taken out."),
        Column("removed_points", "DOUBLE", "Points that went out, by stories or estimates."),
        Column("scope_stories", "BIGINT", "Stories in it at its end, or now."),
        Column("scope_points", "DOUBLE", "Points of those stories then."),
        Column("completed_stories", "BIGINT", "Stories accepted in it."),
        Column("completed_points", "DOUBLE", "Points of those stories."),
        Column(
            "completed_of_planned_pct",
            "DOUBLE",
            "Share of the planned stories that were accepted in it.",
        ),
        Column(
            "carried_over", "BIGINT", "Stories of the scope still open at its end; NULL before."
        ),
        Column("carried_over_twice", "BIGINT", "Those of them that were carried into it already."),
        Column("observed_from", "TIMESTAMPTZ", "The first read after it began."),
        Column("scope_reason", "VARCHAR", "Why the scope is not known: not_observed."),
    ),
    inputs=(
        "pivotal_tracker.stories",
        "pivotal_tracker.stories_deleted",
        "delivery.items",
        "delivery.transitions",
        "pivotal_tracker.activity",
        *iteration_reads.INPUTS,
        "project_management.iterations",
        "project_management.story_states",
        "project_management.story_facts",
    ),
    compute=iteration_scope,
    headlines={
        "iterations_observed": "count(*) FILTER (scope_reason IS NULL)",
    },
)
