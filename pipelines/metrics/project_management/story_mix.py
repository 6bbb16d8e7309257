"""Story mix: how the work of an iteration divides into features, bugs and chores.

Not here: the iteration's totals (``iteration_metrics``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per iteration and story type (feature, bug, chore; also those with nothing in it). `accepted` and `points`
count stories accepted in the iteration, `created` those created in it, without deleted stories. `share_pct` is the
type's part of the iteration's accepted stories, NULL where none was accepted.
"""

_SQL = """
WITH
    types AS (
        SELECT unnest(['feature', 'bug', 'chore']) AS story_type
    ),
    accepted AS (
        SELECT
            project_id,
            iteration_number,
            story_type,
            count(*) AS accepted,
            sum(points) AS points
        FROM project_management.story_facts
        WHERE NOT is_deleted
        GROUP BY ALL
    ),
    created AS (
        SELECT
            iteration.project_id,
            iteration.number AS iteration_number,
            story_type,
            count(*) AS created
        FROM project_management.story_facts AS story
        ASOF JOIN project_management.iterations AS iteration
            ON iteration.project_id = story.project_id
            AND iteration.start_at <= story.created_at
        WHERE NOT is_deleted
            AND created_at < finish_at
        GROUP BY ALL
    ),
    cells AS (
        SELECT project_id, number AS iteration_number, story_type
        FROM project_management.iterations
        CROSS JOIN types
    )
SELECT
    project_id,
    iteration_number,
    story_type,
    coalesce(accepted, 0) AS accepted,
    coalesce(points, 0) AS points,
    coalesce(created, 0) AS created,
    100.0 * coalesce(accepted, 0)
        / sum(accepted) OVER (PARTITION BY project_id, iteration_number) AS share_pct
FROM cells
LEFT JOIN accepted USING (project_id, iteration_number, story_type)
LEFT JOIN created USING (project_id, iteration_number, story_type)
"""


def story_mix(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Accepted and created work by type; grain (project_id, iteration_number, story_type)."""
    return con.sql(_SQL)


STORY_MIX = MetricTable(
    schema="project_management",
    name="story_mix",
    grain=("project_id", "iteration_number", "story_type"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("iteration_number", "BIGINT", "Number of the iteration."),
        Column("story_type", "VARCHAR", "feature, bug or chore."),
        Column("accepted", "BIGINT", "Stories accepted in the iteration."),
        Column("points", "DOUBLE", "Points of those stories."),
        Column("created", "BIGINT", "Stories created in the iteration."),
        Column("share_pct", "DOUBLE", "Part of the iteration's accepted stories, in percent."),
    ),
    inputs=("project_management.iterations", "project_management.story_facts"),
    compute=story_mix,
    headlines={
        "accepted": "sum(accepted)",
    },
)
