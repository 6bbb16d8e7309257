"""Iteration metrics: what each iteration achieved, and the velocity that follows from it.

Here: sums over the stories of an iteration, velocity, volatility. Not here: which story belongs to which iteration
(``story_facts``), the shares of story types (``story_mix``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per done iteration and one for the current one, with its counts so far. Stories are those accepted in the
iteration's window, without releases and deleted stories.

**Points** = sum of the stories' points (`story_facts.points`: estimates as they are now; a bug's or chore's only if
the project estimates them). **Effective points** = points / team strength / length x the project's default length;
NULL when the strength is 0.

**Velocity** at the end of a done iteration looks at the last `velocity_averaged_over` done iterations up to this one:
`sum(points / team_strength) / sum(length_weeks)` x the project's default length. An iteration of strength 0 keeps its
place among them but adds to neither sum. `velocity_exact` is unrounded, `velocity` rounded down (after rounding to a
billionth, so that 0.3 / 0.1 counts as 3).
It is the project's `initial_velocity` when none of them is usable, and again when all iterations of a full window have
zero points (`velocity_is_initial`). The current iteration carries the velocity of the done iterations before it.

**Velocity in force** (`velocity_in_force`) is what a team planned with during the iteration, and what Tracker's own field
`velocity` of an iteration is: the velocity at the end of the one before, of the first the project's `initial_velocity`.

Example: three one-week iterations of strength 1 with 9, 4 and 6 points, averaged over 3: exact 6.33, velocity 6. If
the second had strength 0.5: (9 + 8 + 6) / 3 = 7.67, velocity 7. In force are 10 (initial), 9, 6 and, in the fourth
iteration, 6; with the strength of 0.5: 10, 9, 8 and 7.

**Volatility** = population standard deviation / mean of the effective points of the same iterations, in percent; NULL
with fewer than two usable ones or a mean of 0.

**Cycle times** are of the stories' `cycle_hours`, where they have one: the median (of an even number the mean of the two
in the middle, as in Tracker), and the nearest-rank percentile at 85 %. Example: 10, 20, 40 and 100 h: median 30, 85 % 100.

**Rejection rate** = accepted features and bugs that were ever rejected / accepted features and bugs, in percent.

**Bugs created** counts bugs by their creation in the window. **Carried over** counts stories that were started and
not accepted when the iteration ended; NULL for the current one.
"""

_SQL = """
WITH
    counted_stories AS (
        SELECT *
        FROM project_management.story_facts
        WHERE story_type <> 'release'
            AND NOT is_deleted
    ),
    accepted AS (
        SELECT
            project_id,
            iteration_number AS number,
            count(*) AS stories_accepted,
            sum(points) AS points,
            count(*) FILTER (story_type = 'feature') AS features,
            count(*) FILTER (story_type = 'bug') AS bugs,
            count(*) FILTER (story_type = 'chore') AS chores,
            median(cycle_hours) AS cycle_median_hours,
            quantile_disc(cycle_hours, 0.85) AS cycle_p85_hours,
            100.0 * count(*) FILTER (was_rejected AND story_type IN ('feature', 'bug'))
                / nullif(features + bugs, 0) AS rejection_rate_pct
        FROM counted_stories
        WHERE iteration_number IS NOT NULL
        GROUP BY ALL
    ),
    created_bugs AS (
        SELECT iteration.project_id, iteration.number, count(*) AS bugs_created
        FROM counted_stories AS story
        ASOF JOIN project_management.iterations AS iteration
            ON iteration.project_id = story.project_id
            AND iteration.start_at <= story.created_at
        WHERE story_type = 'bug'
            AND created_at < finish_at
        GROUP BY ALL
    ),
    -- Stories in progress after each moment at which one began or ceased to be.
    progress_changes AS (
        SELECT story.project_id, unnest([
            {'instant': entered_at, 'change': 1},
            {'instant': left_at, 'change': -1}
        ], recursive := true)
        FROM project_management.story_states
        JOIN counted_stories AS story USING (story_id)
        WHERE state IN ('started', 'finished', 'delivered', 'rejected')
    ),
    progress AS (
        SELECT
            project_id,
            instant,
            sum(change) OVER (PARTITION BY project_id ORDER BY instant) AS stories
        FROM progress_changes
        WHERE instant IS NOT NULL
    ),
    carried_over AS (
        SELECT iteration.project_id, number, stories::BIGINT AS carried_over
        FROM project_management.iterations AS iteration
        ASOF JOIN progress
            ON progress.project_id = iteration.project_id
            AND progress.instant < iteration.finish_at
    ),
    counted AS (
        SELECT
            iteration.*,
            coalesce(stories_accepted, 0) AS stories_accepted,
            coalesce(accepted.points, 0) AS points,
            coalesce(features, 0) AS features,
            coalesce(bugs, 0) AS bugs,
            coalesce(chores, 0) AS chores,
            cycle_median_hours,
            cycle_p85_hours,
            rejection_rate_pct
        FROM project_management.iterations AS iteration
        LEFT JOIN accepted USING (project_id, number)
    ),
    iterations AS (
        SELECT
            counted.*,
            iteration_length,
            velocity_averaged_over,
            initial_velocity,
            points / nullif(team_strength, 0) AS full_strength_points,
            full_strength_points / length_weeks * iteration_length AS effective_points,
            if(team_strength = 0, NULL, length_weeks) AS usable_weeks,
            row_number() OVER (PARTITION BY project_id ORDER BY number) AS place
        FROM counted
        JOIN project_calendars USING (project_id)
    ),
    averages AS (
        SELECT
            iteration.project_id,
            iteration.number,
            iteration.iteration_length,
            iteration.velocity_averaged_over,
            iteration.initial_velocity,
            count(done.number) AS done_iterations,
            sum(done.points) AS done_points,
            sum(done.full_strength_points) / sum(done.usable_weeks) AS points_per_week,
            count(done.effective_points) AS usable_iterations,
            100 * stddev_pop(done.effective_points) / nullif(avg(done.effective_points), 0) AS spread_pct
        FROM iterations AS iteration
        LEFT JOIN iterations AS done
            ON done.project_id = iteration.project_id
            AND done.is_done
            AND done.place <= iteration.place
            AND done.place > iteration.place - iteration.is_current::INTEGER - iteration.velocity_averaged_over
        GROUP BY ALL
    ),
    velocities AS (
        SELECT
            project_id,
            number,
            usable_iterations = 0
                OR (done_iterations = velocity_averaged_over AND done_points = 0) AS velocity_is_initial,
            if(velocity_is_initial, initial_velocity, points_per_week * iteration_length) AS velocity_exact,
            if(usable_iterations > 1, spread_pct, NULL) AS volatility_pct
        FROM averages
    )
SELECT
    project_id,
    number,
    is_done,
    stories_accepted,
    points,
    effective_points,
    features,
    bugs,
    chores,
    velocity_exact,
    floor(round(velocity_exact, 9))::BIGINT AS velocity,
    velocity_is_initial,
    coalesce(
        lag(floor(round(velocity_exact, 9))::BIGINT) OVER (PARTITION BY project_id ORDER BY number),
        initial_velocity
    ) AS velocity_in_force,
    volatility_pct,
    cycle_median_hours,
    cycle_p85_hours,
    rejection_rate_pct,
    coalesce(bugs_created, 0) AS bugs_created,
    if(is_done, coalesce(carried_over, 0), NULL) AS carried_over
FROM iterations
JOIN velocities USING (project_id, number)
LEFT JOIN created_bugs USING (project_id, number)
LEFT JOIN carried_over USING (project_id, number)
"""


def iteration_metrics(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Counts, points, velocity and quality of every iteration; grain (project_id, number)."""
    define_calendar(con, run)
    return con.sql(_SQL)


ITERATION_METRICS = MetricTable(
    schema="project_management",
    name="iteration_metrics",
    grain=("project_id", "number"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("number", "BIGINT", "Number of the iteration."),
        Column("is_done", "BOOLEAN", "Whether the iteration has ended; if not, the counts go on."),
        Column("stories_accepted", "BIGINT", "Stories accepted in it, without releases."),
        Column("points", "DOUBLE", "Points of those stories."),
        Column("effective_points", "DOUBLE", "Points at full strength and default length."),
        Column("features", "BIGINT", "Accepted features."),
        Column("bugs", "BIGINT", "Accepted bugs."),
        Column("chores", "BIGINT", "Accepted chores."),
        Column(
            "velocity_exact",
            "DOUBLE",
            "Velocity in points per iteration of default length, unrounded.",
        ),
        Column("velocity", "BIGINT", "Velocity rounded down, as Tracker shows it."),
        Column("velocity_is_initial", "BOOLEAN", "Whether it is the project's initial velocity."),
        Column("velocity_in_force", "BIGINT", "Velocity that held during the iteration."),
        Column(
            "volatility_pct", "DOUBLE", "Spread of the effective points in percent of their mean."
        ),
        Column("cycle_median_hours", "DOUBLE", "Median cycle of the accepted stories in hours."),
        Column("cycle_p85_hours", "DOUBLE", "85th percentile of their cycles in hours."),
        Column(
            "rejection_rate_pct", "DOUBLE", "Ever-rejected share of the accepted features and bugs."
        ),
        Column("bugs_created", "BIGINT", "Bugs created in the iteration."),
        Column("carried_over", "BIGINT", "Stories in progress at its end; NULL while it goes on."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.iterations",
        "project_management.story_states",
        "project_management.story_facts",
    ),
    compute=iteration_metrics,
    headlines={
        "stories_accepted": "sum(stories_accepted)",
        "iterations_without_points": "count(*) FILTER (is_done AND points = 0)",
    },
)
