"""Time in state: where the time of finished stories went.

Here: the distribution of each part of a story's life, per project, type and window. Not here: the parts of one story
(``story_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.cycle_time import WINDOWS_AND_TYPES

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per project, window, story type (feature, bug, chore, and all of them together) and measure, also where there is
nothing to measure: then `n` is 0 and the hours are NULL. Windows and stories are those of `cycle_time_percentiles`: the
last acceptance lies in the last 30, 90 or 365 days before now, or in `all` of the past; no releases, no deleted stories.

**Measures** are the hours of `story_facts`: `lead`, `queue`, `cycle`; of the cycle `started`, `finished`, `delivered`,
`rejected`, and `other` for the rest of it (accepted before a re-opening, or back in the backlog); `blocked` and `review`,
which overlap with the states. A story counts with 0 hours where it was never in a state; `n_above_zero` counts the
others. It does not count where its hours are not known, so that `n` differs between measures.

Percentiles are nearest rank, the median is the mean of the two in the middle where their number is even.
`share_of_cycle_pct` = sum of the measure / sum of the cycles of the same stories; NULL for lead and queue, which are not
part of a cycle. The shares of the four states and of `other` sum to 100. `flow_efficiency_pct` of all rows of a window =
sum of started hours / sum of cycle hours.

Example: two stories with cycles of 10 and 30 hours, of which 5 and 10 were started and 5 and 20 delivered: started has
p50 5, p85 10 and a share of 37.5 %, which is the flow efficiency, too; delivered has a share of 62.5 %.
"""

_SQL = (
    f"WITH{WINDOWS_AND_TYPES},"
    + """
    measures AS (
        SELECT unnest([
            'lead', 'queue', 'cycle', 'started', 'finished', 'delivered', 'rejected', 'other', 'blocked', 'review'
        ]) AS measure
    ),
    stories AS (
        SELECT
            *,
            -- Rounded, because what is left of a difference such as 0.3 - 0.1 - 0.2 is not quite 0.
            CASE
                WHEN cycle_hours IS NOT NULL
                    THEN greatest(
                        0, round(cycle_hours - started_hours - finished_hours - delivered_hours - rejected_hours, 6)
                    )
            END AS other_hours
        FROM project_management.story_facts
        WHERE last_accepted_at IS NOT NULL
            AND story_type <> 'release'
            AND NOT is_deleted
    ),
    parts AS (
        SELECT
            project_id,
            [story_type, 'all'] AS story_types,
            last_accepted_at,
            cycle_hours,
            unnest([
                {'measure': 'lead', 'hours': lead_hours},
                {'measure': 'queue', 'hours': queue_hours},
                {'measure': 'cycle', 'hours': cycle_hours},
                {'measure': 'started', 'hours': started_hours},
                {'measure': 'finished', 'hours': finished_hours},
                {'measure': 'delivered', 'hours': delivered_hours},
                {'measure': 'rejected', 'hours': rejected_hours},
                {'measure': 'other', 'hours': other_hours},
                {'measure': 'blocked', 'hours': blocked_hours},
                {'measure': 'review', 'hours': review_hours}
            ]) AS part
        FROM stories
    ),
    typed_parts AS (
        SELECT * EXCLUDE (story_types), unnest(story_types) AS story_type
        FROM parts
        WHERE part.hours IS NOT NULL
    ),
    measured AS (
        SELECT
            project_id,
            window_days,
            story_type,
            part.measure AS measure,
            count(*) AS n,
            count(*) FILTER (part.hours > 0) AS n_above_zero,
            sum(part.hours) AS total_hours,
            median(part.hours) AS median_hours,
            quantile_disc(part.hours, [0.5, 0.7, 0.85, 0.95]) AS hours,
            100 * total_hours / nullif(sum(cycle_hours), 0) AS share_pct
        FROM typed_parts
        JOIN windows ON last_accepted_at > begins_at
        GROUP BY ALL
    )
SELECT
    project_id,
    window_days,
    story_type,
    measure,
    coalesce(n, 0) AS n,
    coalesce(n_above_zero, 0) AS n_above_zero,
    total_hours,
    median_hours,
    hours[1] AS p50_hours,
    hours[2] AS p70_hours,
    hours[3] AS p85_hours,
    hours[4] AS p95_hours,
    if(measure IN ('lead', 'queue'), NULL, share_pct) AS share_of_cycle_pct,
    max(share_pct) FILTER (measure = 'started') OVER (
        PARTITION BY project_id, window_days, story_type
    ) AS flow_efficiency_pct
FROM project_calendars
CROSS JOIN windows
CROSS JOIN types
CROSS JOIN measures
LEFT JOIN measured USING (project_id, window_days, story_type, measure)
"""
)


def time_in_state(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Percentiles of each part of a story's life; grain (project_id, window_days, story_type, measure)."""
    define_calendar(con, run)
    return con.sql(_SQL)


TIME_IN_STATE = MetricTable(
    schema="project_management",
    name="time_in_state",
    grain=("project_id", "window_days", "story_type", "measure"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("window_days", "VARCHAR", "30, 90, 365 or all."),
        Column("story_type", "VARCHAR", "feature, bug, chore or all."),
        Column(
            "measure",
            "VARCHAR",
            "lead, queue, cycle, started, finished, delivered, rejected, other, blocked or review.",
        ),
        Column("n", "BIGINT", "Stories measured, those with 0 hours included."),
        Column("n_above_zero", "BIGINT", "Those of them with more than 0 hours."),
        Column("total_hours", "DOUBLE", "Sum of their hours."),
        Column("median_hours", "DOUBLE", "Median of their hours."),
        Column("p50_hours", "DOUBLE", "Hours that half of the stories did not exceed."),
        Column("p70_hours", "DOUBLE", "Hours that 70 % of the stories did not exceed."),
        Column("p85_hours", "DOUBLE", "Hours that 85 % of the stories did not exceed."),
        Column("p95_hours", "DOUBLE", "Hours that 95 % of the stories did not exceed."),
        Column("share_of_cycle_pct", "DOUBLE", "Total hours in percent of the stories' cycles."),
        Column(
            "flow_efficiency_pct",
            "DOUBLE",
            "Started hours in percent of the cycles of all stories of the window and type.",
        ),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_facts",
    ),
    compute=time_in_state,
    overlaps="The windows are in each other, and so are the measures; add up project_management.story_facts instead.",
    headlines={
        "lowest_flow_efficiency_pct": (
            "min(flow_efficiency_pct) FILTER (window_days = '90' AND story_type = 'all')"
        ),
    },
)
