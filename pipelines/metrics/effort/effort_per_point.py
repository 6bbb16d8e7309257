"""Effort per point: what a point and an estimate came to in hours.

Here: ``effort_per_point`` and ``estimate_calibration``, which share their stories. Not here: what stories cost
(``story_effort``) and how many points were accepted (``iteration_metrics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

_ACCEPTED_STORIES = """
    SELECT
        story.project_id,
        story.story_id,
        story.iteration_number,
        story.estimate,
        story.points,
        coalesce(sum(effort.hours), 0) AS hours,
        coalesce(bool_or(effort.amounts_reason = 'history_truncated'), false) AS is_truncated
    FROM project_management.story_facts AS story
    LEFT JOIN effort.story_effort AS effort USING (story_id)
    WHERE story.current_state = 'accepted'
        AND story.story_type IS DISTINCT FROM 'release'
        AND NOT story.is_deleted
    GROUP BY ALL
"""

_PER_POINT = f"""
WITH
accepted_stories AS (
    {_ACCEPTED_STORIES}
),
iterations AS (
    SELECT
        project_id,
        iteration_number,
        count(*) FILTER (points > 0) AS pointed_stories,
        count(*) FILTER (enters) AS stories,
        sum(points) FILTER (enters) AS points,
        sum(hours) FILTER (enters) AS hours,
        sum(hours) AS all_hours,
        count(*) FILTER (is_truncated) AS truncated_stories
    FROM (SELECT *, points > 0 AND hours > 0 AND NOT is_truncated AS enters FROM accepted_stories)
    WHERE iteration_number IS NOT NULL
    GROUP BY ALL
)
SELECT
    project_id,
    iteration_number,
    stories,
    points,
    hours,
    hours / points AS hours_per_point,
    truncated_stories,
    100 * stories / nullif(pointed_stories, 0) AS story_coverage_pct,
    100 * coalesce(hours, 0) / nullif(all_hours, 0) AS hours_coverage_pct
FROM iterations
"""

_CALIBRATION = f"""
WITH
accepted_stories AS (
    {_ACCEPTED_STORIES}
),
estimates AS (
    SELECT
        project_id,
        estimate,
        count(*) AS n,
        median(hours) AS median_hours,
        quantile_disc(hours, [0.25, 0.75]) AS quartiles
    FROM accepted_stories
    WHERE hours > 0
        AND NOT is_truncated
        AND estimate IS NOT NULL
        AND estimate = points
    GROUP BY ALL
)
SELECT
    project_id,
    estimate,
    n,
    quartiles[1] AS p25_hours,
    median_hours,
    quartiles[2] AS p75_hours
FROM estimates
"""


def effort_per_point(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Hours a point took: one row per (project_id, iteration_number)."""
    return con.sql(_PER_POINT)


def estimate_calibration(
    con: duckdb.DuckDBPyConnection,
    _run: MetricRun,
) -> duckdb.DuckDBPyRelation:
    """Hours that stories of each estimate took: one row per (project_id, estimate)."""
    return con.sql(_CALIBRATION)


_INPUTS = ("effort.story_effort", "project_management.story_facts")

EFFORT_PER_POINT = MetricTable(
    schema="effort",
    name="effort_per_point",
    grain=("project_id", "iteration_number"),
    definition="""
Linked hours per point of the stories accepted in an iteration, whenever the hours were worked.

The iteration is `story_facts.iteration_number`. Only stories with points *and* linked time enter, on both sides of the ratio of sums; deleted stories
and releases do not. Nor do stories of which earlier time may be missing because history was not read from their
beginning (`amounts_reason` of `story_effort`): their hours are too few; `truncated_stories` counts them.

* `story_coverage_pct`: stories that enter, in percent of the iteration's accepted stories with points.
* `hours_coverage_pct`: their hours, in percent of the linked hours of all stories accepted in the iteration (the
  rest went into stories without points).

Example: 3 points with 12 h, 5 points with 20 h, 2 points without time, a chore with 8 h:
32 h / 8 points = 4 h a point; 2 of 3 stories = 66.7 %; 32 of 40 h = 80 %. Where the history of the second story is
cut off: 12 h / 3 points = 4 h a point; 1 of 3 stories; 12 of 40 h.
""",
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("iteration_number", "BIGINT", "Iteration of acceptance."),
        Column("stories", "BIGINT", "Accepted stories with points and linked time."),
        Column("points", "DOUBLE", "Their points; NULL where there are none."),
        Column("hours", "DOUBLE", "Their linked hours; NULL where there are none."),
        Column("hours_per_point", "DOUBLE", "hours / points; NULL where no story enters."),
        Column(
            "truncated_stories", "BIGINT", "Accepted stories of which earlier time may be missing."
        ),
        Column(
            "story_coverage_pct",
            "DOUBLE",
            "Percent of the accepted stories with points; NULL without any.",
        ),
        Column(
            "hours_coverage_pct",
            "DOUBLE",
            "Percent of the linked hours of accepted stories; NULL without any.",
        ),
    ),
    inputs=_INPUTS,
    compute=effort_per_point,
    headlines={
        "stories": "sum(stories)",
        "hours_coverage_pct": "avg(hours_coverage_pct)",
    },
)

ESTIMATE_CALIBRATION = MetricTable(
    schema="effort",
    name="estimate_calibration",
    grain=("project_id", "estimate"),
    definition="""
How many hours stories of one estimate took, over all accepted stories with that estimate and linked time, of any
iteration; stories of which earlier time may be missing do not count. An estimate of 0 counts here too; estimates that a project does not count (bugs and chores where they are
not estimated) and deleted stories do not. Percentiles are nearest rank: the smallest observed value with at least
that share of values at or below it.

Example: 2, 3, 5 and 20 h: p25 = 2, median = 4, p75 = 5.
""",
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("estimate", "DOUBLE", "Estimate in points."),
        Column("n", "BIGINT", "Accepted stories with this estimate and linked time."),
        Column("p25_hours", "DOUBLE", "First quartile of their hours."),
        Column("median_hours", "DOUBLE", "Median of their hours."),
        Column("p75_hours", "DOUBLE", "Third quartile of their hours."),
    ),
    inputs=_INPUTS,
    compute=estimate_calibration,
    headlines={
        "stories": "sum(n)",
    },
)
