"""Table ``history_coverage``: what was read of each project and task, beside Clockify's own total.

Here: whether history before the first day that was read is missing. Not here: what a metric makes of that.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking.durations import estimate_seconds
from pipelines.metrics.time_tracking.intervals import INTERVALS, PLAUSIBLE_SECONDS
from pipelines.metrics.time_tracking.local_days import elapsed_seconds
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

#: Two totals agree when they differ by no more than this.
_TOLERANCE_SECONDS = 60
#: A history is cut off where work was going on when reading began: the first entry lies in these days.
_FIRST_DAYS = 7
#: And where much is missing, in percent of the total; a few hours less are lost entries.
_LEAST_PCT = 2

SQL = f"""
WITH
{INTERVALS},
-- What had ended when the project was read is in its total; of a timer that ran then at most what it had gathered.
timed AS (
    SELECT
        entry.project_id,
        entry.task_id,
        entry.started_at,
        entry.type = 'REGULAR' AS is_work,
        CASE WHEN NOT is_open THEN {elapsed_seconds("entry.started_at", "ends_at")} END AS elapsed,
        {PLAUSIBLE_SECONDS} AS seconds,
        coalesce(ends_at <= project._extracted_at, true) AS was_over,
        -- A timer that somebody forgot for longer than an entry may last would make any total plausible.
        CASE WHEN
            is_open
            AND {elapsed_seconds("entry.started_at", "project._extracted_at")} BETWEEN 0 AND getvariable('implausible_seconds')
        THEN {elapsed_seconds("entry.started_at", "project._extracted_at")} END AS open_seconds
    FROM intervals AS entry
    LEFT JOIN clockify.projects AS project ON project.id = entry.project_id
),
read_by_task AS (
    SELECT
        project_id,
        task_id,
        sum(seconds) FILTER (is_work) AS work,
        sum(seconds) FILTER (is_work AND was_over) AS work_then,
        sum(seconds) FILTER (was_over) AS everything_then,
        sum(open_seconds) AS open_then,
        min(started_at) AS first_entry_at
    FROM timed
    GROUP BY ALL
),
read AS (
    SELECT 'project' AS kind, project_id AS id, * EXCLUDE (project_id, task_id)
    FROM read_by_task
    UNION ALL BY NAME
    SELECT 'task' AS kind, task_id AS id, * EXCLUDE (project_id, task_id)
    FROM read_by_task
),
read_sums AS (
    SELECT
        kind,
        id,
        coalesce(sum(work), 0)::BIGINT AS work,
        coalesce(sum(work_then), 0)::BIGINT AS work_then,
        coalesce(sum(everything_then), 0)::BIGINT + coalesce(sum(open_then), 0)::BIGINT AS most_then,
        min(first_entry_at)::DATE AS first_entry_on
    FROM read
    WHERE id IS NOT NULL
    GROUP BY ALL
),
told AS (
    SELECT 'project' AS kind, id, name, id AS project_id, duration
    FROM clockify.projects
    UNION ALL
    SELECT 'task', id, name, project_id, duration
    FROM clockify.tasks
),
compared AS (
    SELECT
        kind,
        id,
        told.name,
        told.project_id,
        coalesce(read_sums.work, 0) AS work,
        coalesce(read_sums.work_then, 0) AS work_then,
        coalesce(read_sums.most_then, 0) AS most_then,
        nullif({estimate_seconds("told.duration")}, 0) AS total,
        read_sums.first_entry_on,
        -- Work on one of its tasks may have paused when reading began, while that on the project went on.
        least(read_sums.first_entry_on, of_project.first_entry_on) AS going_on_since,
        coalesce(getvariable('first_day_read')::DATE, (SELECT min(first_entry_at)::DATE FROM read_by_task)) AS first_day_read
    FROM told
    LEFT JOIN read_sums USING (kind, id)
    LEFT JOIN read_sums AS of_project ON of_project.kind = 'project' AND of_project.id = told.project_id
)
SELECT
    kind,
    id,
    name,
    project_id,
    work / 3600 AS read_hours,
    total / 3600 AS clockify_hours,
    first_entry_on,
    first_day_read,
    CASE
        WHEN total IS NULL THEN 'not_told'
        -- Whether Clockify counts breaks and leave booked on a project is not documented: either is right.
        WHEN total BETWEEN work_then - {_TOLERANCE_SECONDS} AND most_then + {_TOLERANCE_SECONDS} THEN 'complete'
        WHEN total < work_then THEN 'disagrees'
        WHEN (total - most_then) * 100 <= total * {_LEAST_PCT} THEN 'disagrees'
        WHEN coalesce(going_on_since > first_day_read + {_FIRST_DAYS}, false) THEN 'disagrees'
        ELSE 'history_truncated'
    END AS status,
    CASE WHEN status = 'history_truncated' THEN total - work_then ELSE 0 END / 3600 AS missing_hours
FROM compared
"""


def history_coverage(
    connection: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """One row per project and per task: see ``HISTORY_COVERAGE.definition``."""
    implausible = run.settings.time_tracking.quality.implausible_hours
    return query(
        connection,
        SQL,
        implausible_seconds=round(implausible * 3600),
        first_day_read=first_day_read(connection),
    )


def first_day_read(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The first day of which time entries were read; None where that is not kept."""
    if not exists(connection, "_pipelines.days_read"):
        return None
    row = connection.execute(
        "SELECT min(day) FROM _pipelines.days_read WHERE namespace = 'clockify' AND stream = 'time_entries'"
    ).fetchone()
    return row[0] if row else None


HISTORY_COVERAGE = MetricTable(
    schema="time_tracking",
    name="history_coverage",
    grain=("kind", "id"),
    definition=f"""
One row per project and per task that Clockify lists: the hours of work that were read, whatever `as_of`, beside
Clockify's own total of all time (`projects.duration`, `tasks.duration`).

`status` is

* `complete`: both agree to {_TOLERANCE_SECONDS} s, as far as entries had ended when the project was read; a timer that ran
  then may have been stopped in between, unless it had run for longer than `[time_tracking.quality] implausible_hours`;
* `history_truncated`: Clockify's total is larger by more than {_LEAST_PCT} %, and work was going on when reading began:
  the first entry that was read of the project lies in the first {_FIRST_DAYS} days of what was read, or there is none. What is missing
  lies before `PIPELINES_START_DATE`, or belongs to people who were removed from the workspace; `missing_hours` says how
  much. Sums over all time take Clockify's total then, and leave money open;
* `disagrees`: anything else; the check `hours_of_entries_and_clockify` of `effort.reconciliation` fails;
* `not_told`: Clockify tells no total, or 0.

Example: reading began on November 1st. A project has 40 h in what was read, its first entry on November 2nd, and a total
of 133.6 h: `history_truncated`, 93.6 h are missing. Another one has its first entry on December 1st, 40 h and a total of
41 h: `disagrees`.
""",
    columns=(
        Column("kind", "VARCHAR", "project or task."),
        Column("id", "VARCHAR", "Project or task."),
        Column("name", "VARCHAR", "Its name."),
        Column("project_id", "VARCHAR", "The project itself, or the project of the task."),
        Column("read_hours", "DOUBLE", "Hours of work in the entries that were read."),
        Column("clockify_hours", "DOUBLE", "Clockify's total; NULL where it tells none."),
        Column("first_entry_on", "DATE", "UTC day of the first entry that was read."),
        Column("first_day_read", "DATE", "First day of which entries were read."),
        Column(
            "status", "VARCHAR", "complete, history_truncated, disagrees or not_told, see above."
        ),
        Column(
            "missing_hours", "DOUBLE", "Hours before what was read; 0 unless history_truncated."
        ),
    ),
    inputs=("clockify.time_entries", "clockify.projects", "clockify.tasks"),
    compute=history_coverage,
    overlaps="A project holds its tasks.",
    headlines={
        "truncated": "count(*) FILTER (status = 'history_truncated')",
        "disagreeing": "count(*) FILTER (status = 'disagrees')",
    },
    settings=("time_tracking.quality.implausible_hours",),
)
