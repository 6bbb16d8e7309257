"""Table ``task_accuracy``: what was estimated for each task and what it took.

Here: estimates of Clockify tasks. Not here: budgets of projects, estimates of stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.durations import estimate_seconds
from pipelines.metrics.time_tracking.ever_known import ever_known

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
known_tasks AS (
    {ever_known("tasks")}
),
tracked AS (
    SELECT
        task_id,
        sum(seconds)::BIGINT AS seconds
    FROM time_tracking.time_entry_facts
    WHERE
        is_work
        AND task_id IS NOT NULL
    GROUP BY ALL
),
history AS (
    SELECT id, round(missing_hours * 3600)::BIGINT AS missing
    FROM time_tracking.history_coverage
    WHERE
        kind = 'task'
        AND status = 'history_truncated'
),
compared AS (
    SELECT
        task.id AS task_id,
        task.name AS task_name,
        task.project_id,
        nullif({estimate_seconds("task.estimate")}, 0) AS estimated,
        coalesce(tracked.seconds, 0) + coalesce(history.missing, 0) AS tracked,
        CASE WHEN history.missing > 0 THEN 'clockify' ELSE 'entries' END AS hours_source,
        task.status,
        task.is_deleted
    FROM known_tasks AS task
    LEFT JOIN tracked ON tracked.task_id = task.id
    LEFT JOIN history ON history.id = task.id
)
SELECT
    task_id,
    task_name,
    project_id,
    estimated / 3600 AS estimate_hours,
    tracked / 3600 AS tracked_hours,
    hours_source,
    (tracked - estimated) / 3600 AS delta_hours,
    100 * tracked / estimated AS ratio_pct,
    status,
    is_deleted
FROM compared
"""


def task_accuracy(
    connection: duckdb.DuckDBPyConnection, _run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per task: see ``TASK_ACCURACY.definition``."""
    return connection.sql(SQL)


TASK_ACCURACY = MetricTable(
    schema="time_tracking",
    name="task_accuracy",
    grain=("task_id",),
    definition="""
One row per task, done or not, deleted ones included. `tracked_hours` is all work on the task.
`delta_hours` = tracked - estimate, `ratio_pct` = tracked / estimate; both NULL without an estimate (0 is none).

Where work on the task lies before the first day that was read (see `history_coverage`), `tracked_hours` is Clockify's
own total, and `hours_source` is `clockify`.

Example: 16 h estimated, 20 h tracked: delta 4 h, ratio 125 %. Where 12 h of the 20 were read and Clockify's total is
20 h, too.
""",
    columns=(
        Column("task_id", "VARCHAR", "Task."),
        Column("task_name", "VARCHAR", "Task's name."),
        Column("project_id", "VARCHAR", "Project of the task."),
        Column("estimate_hours", "DOUBLE", "Estimate; NULL without one."),
        Column("tracked_hours", "DOUBLE", "Hours of work on the task."),
        Column("hours_source", "VARCHAR", "entries, or clockify where its total is used."),
        Column("delta_hours", "DOUBLE", "Tracked - estimate."),
        Column("ratio_pct", "DOUBLE", "Tracked / estimate, percent."),
        Column("status", "VARCHAR", "ACTIVE or DONE, as in Clockify."),
        Column("is_deleted", "BOOLEAN", "The source no longer lists the task."),
    ),
    inputs=("time_tracking.time_entry_facts", "time_tracking.history_coverage", "clockify.tasks"),
    compute=task_accuracy,
    headlines={
        "tasks_with_estimate": "count(estimate_hours)",
        "tasks_over_estimate": "count(*) FILTER (delta_hours > 0)",
    },
)
