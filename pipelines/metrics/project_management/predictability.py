"""Predictability: whether weekly throughput stays within its own limits, and whether the service level is kept.

Not here: throughput itself (``throughput_weekly``), how well forecasts did (``forecast_backtest``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per project and week. Weeks are those of `throughput_weekly`; `accepted` counts all types but releases. The
current week `is_partial`: it enters no limit and has no signal.

**Natural process limits** of an individuals chart (XmR) over all complete weeks of the project: `mean` of accepted, and
`mean` -/+ 2.66 times the mean of the moving ranges (the differences between a week and the one before, without sign).
The lower limit is at least 0. With fewer than 12 complete weeks there are none: `limits_reason = 'too_few_weeks'`.
What lies within the limits is the usual variation of the process; to ask for the reason of a single week leads nowhere.

**Signals.** `above_limit` and `below_limit`: the week lies outside. Else `eight_above` and `eight_below`: it is at least
the eighth complete week in a row on the same side of the mean.

**Service level.** `sle_hours` is the 85 % nearest-rank percentile of the `cycle_hours` of stories whose last acceptance
lies in the 90 days (of 24 hours) before the week's start; so the week itself has no part in it. `sle_attained_pct` is the
share of the stories accepted in the week whose cycle took at most so long: about 85 where the process is what it was.
`sle_stories` counts them. Without stories in the week, or in the 90 days, it is NULL, and `sle_reason` says
`no_stories_in_week` or `no_history`.

Example: 12 weeks with 4, 6, 4, 6 ... accepted stories: mean 5, moving ranges of 2, limits 5 - 5.32 (so 0) and 10.32.
"""

#: Constants of the definition.
_LEAST_WEEKS = 12
_SCALE = 2.66
_RUN = 8

_SQL = f"""
WITH
    weeks AS (
        SELECT project_id, week_start, is_partial, sum(accepted)::BIGINT AS accepted
        FROM project_management.throughput_weekly
        WHERE story_type <> 'release'
        GROUP BY ALL
    ),
    ranges AS (
        SELECT *, abs(accepted - lag(accepted) OVER (PARTITION BY project_id ORDER BY week_start)) AS moving_range
        FROM weeks
        WHERE NOT is_partial
    ),
    limits AS (
        SELECT
            project_id,
            avg(accepted) AS mean,
            greatest(0, mean - {_SCALE} * avg(moving_range)) AS lower_limit,
            mean + {_SCALE} * avg(moving_range) AS upper_limit
        FROM ranges
        GROUP BY ALL
        HAVING count(*) >= {_LEAST_WEEKS}
    ),
    sides AS (
        SELECT ranges.project_id, week_start, sign(accepted - mean) AS side
        FROM ranges
        JOIN limits USING (project_id)
    ),
    runs AS (
        SELECT
            project_id,
            week_start,
            side,
            row_number() OVER (PARTITION BY project_id ORDER BY week_start)
                - row_number() OVER (PARTITION BY project_id, side ORDER BY week_start) AS run
        FROM sides
    ),
    run_lengths AS (
        SELECT
            project_id,
            week_start,
            side,
            row_number() OVER (PARTITION BY project_id, side, run ORDER BY week_start) AS weeks_on_side
        FROM runs
    ),
    cycles AS (
        SELECT
            project_id,
            cycle_hours,
            last_accepted_at,
            week_start(local_date(last_accepted_at, zone), week_starts_on) AS week_start
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE cycle_hours IS NOT NULL
            AND story_type <> 'release'
            AND NOT is_deleted
    ),
    starts AS (
        SELECT project_id, week_start, local_midnight(week_start, zone) AS starts_at
        FROM weeks
        JOIN project_calendars USING (project_id)
    ),
    levels AS (
        SELECT project_id, starts.week_start, quantile_disc(cycle_hours, 0.85) AS sle_hours
        FROM starts
        JOIN cycles USING (project_id)
        WHERE last_accepted_at < starts_at
            AND last_accepted_at >= starts_at - INTERVAL 2160 HOUR
        GROUP BY ALL
    ),
    attained AS (
        SELECT
            project_id,
            week_start,
            count(*) AS sle_stories,
            100 * count(*) FILTER (cycle_hours <= sle_hours) / count(*) AS sle_attained_pct
        FROM cycles
        LEFT JOIN levels USING (project_id, week_start)
        GROUP BY ALL
    )
SELECT
    project_id,
    week_start,
    accepted,
    is_partial,
    mean,
    lower_limit,
    upper_limit,
    if(mean IS NULL, 'too_few_weeks', NULL) AS limits_reason,
    CASE
        WHEN is_partial OR mean IS NULL THEN NULL
        WHEN accepted > upper_limit THEN 'above_limit'
        WHEN accepted < lower_limit THEN 'below_limit'
        WHEN weeks_on_side >= {_RUN} AND side > 0 THEN 'eight_above'
        WHEN weeks_on_side >= {_RUN} AND side < 0 THEN 'eight_below'
    END AS signal,
    sle_hours,
    coalesce(sle_stories, 0) AS sle_stories,
    if(sle_hours IS NULL, NULL, sle_attained_pct) AS sle_attained_pct,
    CASE
        WHEN sle_stories IS NULL THEN 'no_stories_in_week'
        WHEN sle_hours IS NULL THEN 'no_history'
    END AS sle_reason
FROM weeks
LEFT JOIN limits USING (project_id)
LEFT JOIN run_lengths USING (project_id, week_start)
LEFT JOIN levels USING (project_id, week_start)
LEFT JOIN attained USING (project_id, week_start)
"""


def predictability_weekly(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """Limits, signals and service level of each week; grain (project_id, week_start)."""
    define_calendar(con, run)
    return con.sql(_SQL)


PREDICTABILITY_WEEKLY = MetricTable(
    schema="project_management",
    name="predictability_weekly",
    grain=("project_id", "week_start"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("week_start", "DATE", "First day of the week, in the project's zone."),
        Column("accepted", "BIGINT", "Stories accepted in the week, without releases."),
        Column("is_partial", "BOOLEAN", "Whether the week is not over."),
        Column("mean", "DOUBLE", "Mean of accepted over the project's complete weeks."),
        Column("lower_limit", "DOUBLE", "Lower natural process limit, at least 0."),
        Column("upper_limit", "DOUBLE", "Upper natural process limit."),
        Column("limits_reason", "VARCHAR", "Why there are no limits: too_few_weeks."),
        Column(
            "signal", "VARCHAR", "above_limit, below_limit, eight_above or eight_below; NULL: none."
        ),
        Column(
            "sle_hours", "DOUBLE", "85 % of the cycles of the 90 days before took at most so long."
        ),
        Column("sle_stories", "BIGINT", "Stories accepted in the week that have a cycle."),
        Column("sle_attained_pct", "DOUBLE", "Percentage of them that took at most sle_hours."),
        Column(
            "sle_reason", "VARCHAR", "Why nothing was attained: no_stories_in_week or no_history."
        ),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_facts",
        "project_management.throughput_weekly",
    ),
    compute=predictability_weekly,
    headlines={
        "weeks_with_a_signal": "count(*) FILTER (signal IS NOT NULL)",
    },
)
