"""Cycle time: how long finished stories took, by percentile.

Here: the distribution of cycles per project, type and window. Not here: the cycle of one story (``story_facts``), the
age of stories in progress (``aging_wip``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per project, window and story type (feature, bug, chore, and all of them together), also where there is
nothing to measure: then `n` is 0 and the percentiles are NULL.

Measured are the `cycle_hours` of stories whose last acceptance lies in the window: the last 30, 90 or 365 days before
now (24-hour days), or `all` of the past. `window_days` is text because of `all`. Stories without a cycle (never
started, or a start that is not known) and deleted stories are not in it.

Percentiles are nearest rank: the smallest observed cycle with at least p % of the cycles at or below it. The median is
the mean of the two in the middle where their number is even. Example: 10, 20, 40 and 100 h: median 30, p50 20.
"""

#: CTEs of what cycles and states are measured over: the windows by the last acceptance, and the types of stories.
WINDOWS_AND_TYPES = """
    windows AS (
        SELECT * FROM (VALUES
            ('30', as_of() - INTERVAL 720 HOUR),
            ('90', as_of() - INTERVAL 2160 HOUR),
            ('365', as_of() - INTERVAL 8760 HOUR),
            ('all', TIMESTAMPTZ '-infinity')
        ) AS windows (window_days, begins_at)
    ),
    types AS (
        SELECT unnest(['feature', 'bug', 'chore', 'all']) AS story_type
    )"""

_SQL = f"""
WITH{WINDOWS_AND_TYPES},
    cycles AS (
        SELECT
            project_id,
            unnest([story_type, 'all']) AS story_type,
            last_accepted_at,
            cycle_hours
        FROM project_management.story_facts
        WHERE cycle_hours IS NOT NULL
            AND story_type <> 'release'
            AND NOT is_deleted
    ),
    percentiles AS (
        SELECT
            project_id,
            window_days,
            story_type,
            count(*) AS n,
            median(cycle_hours) AS median_hours,
            quantile_disc(cycle_hours, [0.5, 0.7, 0.85, 0.95]) AS hours
        FROM cycles
        JOIN windows ON last_accepted_at > begins_at
        GROUP BY ALL
    )
SELECT
    project_id,
    window_days,
    story_type,
    coalesce(n, 0) AS n,
    median_hours,
    hours[1] AS p50_hours,
    hours[2] AS p70_hours,
    hours[3] AS p85_hours,
    hours[4] AS p95_hours
FROM project_calendars
CROSS JOIN windows
CROSS JOIN types
LEFT JOIN percentiles USING (project_id, window_days, story_type)
"""


def cycle_time_percentiles(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """Percentiles of cycle time; grain (project_id, window_days, story_type)."""
    define_calendar(con, run)
    return con.sql(_SQL)


CYCLE_TIME_PERCENTILES = MetricTable(
    schema="project_management",
    name="cycle_time_percentiles",
    grain=("project_id", "window_days", "story_type"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("window_days", "VARCHAR", "30, 90, 365 or all."),
        Column("story_type", "VARCHAR", "feature, bug, chore or all."),
        Column("n", "BIGINT", "Stories measured."),
        Column("median_hours", "DOUBLE", "Median of their hours."),
        Column("p50_hours", "DOUBLE", "Hours within which half of the stories were done."),
        Column("p70_hours", "DOUBLE", "Hours within which 70 % of the stories were done."),
        Column("p85_hours", "DOUBLE", "Hours within which 85 % of the stories were done."),
        Column("p95_hours", "DOUBLE", "Hours within which 95 % of the stories were done."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_facts",
    ),
    compute=cycle_time_percentiles,
    overlaps="The windows are in each other, and the type all holds the others; count project_management.story_facts instead.",
    headlines={
        "slowest_p85_hours": "max(p85_hours) FILTER (window_days = '90' AND story_type = 'all')",
    },
)
