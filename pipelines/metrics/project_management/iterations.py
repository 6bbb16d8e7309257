"""Iterations: the windows of time in which a project plans and measures.

Here: windows, lengths and strengths. Not here: what happened in them (``iteration_metrics``), nor which iteration a
story belongs to (``story_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per iteration that has begun: done ones and the current one.

**Window.** From local midnight to local midnight of the project's `week_start_day`, in the project's zone, so that a
week with a change of clocks has 167 or 169 hours. The start belongs to the iteration, the end to the next one.
Iteration 1 starts on the project's `start_date`; without one, on the `week_start_day` on or before `start_time`, else
on or before the creation of the project (or its first accepted story, where that is older).

**Length.** `iteration_length` weeks, or the override's length; every later boundary moves with it.

**Source.** `api`: as Tracker's iterations endpoint gave it. `derived`: computed from project settings and overrides,
for the numbers that the endpoint did not give; never overlapping a window that it gave.
Overrides are those of the overrides endpoint; of a project without any there, those found in activity since the
last change of the project's start date or week start (which resets them in Tracker).

**Unknown settings** have Tracker's defaults: one week, Monday, strength 1. Without a zone, days are UTC days and
`has_known_zone` is false.
"""

_DERIVED = """
WITH
    listed_overrides AS (
        SELECT project_id, number, length, team_strength
        FROM pivotal_tracker.iteration_overrides
    ),
    resets AS (
        SELECT project_id, max(project_version) AS reset_version
        FROM pivotal_tracker.activity
        WHERE kind = 'project_update_activity'
            AND regexp_matches(changes::VARCHAR, '"(week_start_day|start_date)"')
            AND occurred_at <= as_of()
        GROUP BY ALL
    ),
    override_changes AS (
        SELECT
            project_id,
            project_version,
            unnest(from_json(changes, '[{
                "kind": "VARCHAR",
                "change_type": "VARCHAR",
                "number": "BIGINT",
                "new_values": {"length": "BIGINT", "team_strength": "DOUBLE"}
            }]')) AS change
        FROM pivotal_tracker.activity
        WHERE contains(changes::VARCHAR, 'iteration_override')
            AND occurred_at <= as_of()
    ),
    logged_overrides AS (
        SELECT
            project_id,
            change.number AS number,
            arg_max(change.new_values.length, project_version) AS length,
            arg_max(change.new_values.team_strength, project_version) AS team_strength
        FROM override_changes
        LEFT JOIN resets USING (project_id)
        WHERE change.kind = 'iteration_override'
            AND project_version > coalesce(reset_version, 0)
        GROUP BY ALL
        HAVING arg_max(change.change_type, project_version) <> 'delete'
    ),
    overrides AS (
        SELECT * FROM listed_overrides
        UNION ALL
        SELECT * FROM logged_overrides
        ANTI JOIN listed_overrides USING (project_id)
    ),
    numbers AS (
        -- One iteration a week is the most there can be.
        SELECT
            *,
            unnest(range(1, 2 + date_diff('day', first_day, today) // 7)) AS number
        FROM project_calendars
        WHERE first_day <= today
    ),
    lengths AS (
        SELECT
            project_id,
            number,
            zone,
            known_zone,
            first_day,
            coalesce(length, iteration_length) AS length_weeks,
            coalesce(team_strength, 1) AS team_strength,
            overrides.number IS NOT NULL AS is_override
        FROM numbers
        LEFT JOIN overrides USING (project_id, number)
    ),
    days AS (
        SELECT
            *,
            first_day + (7 * coalesce(sum(length_weeks) OVER earlier, 0))::INTEGER AS start_date,
            start_date + (7 * length_weeks)::INTEGER AS finish_date
        FROM lengths
        WINDOW earlier AS (
            PARTITION BY project_id
            ORDER BY number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
SELECT
    project_id,
    number,
    local_midnight(start_date, zone) AS start_at,
    local_midnight(finish_date, zone) AS finish_at,
    start_date,
    length_weeks,
    team_strength,
    is_override,
    known_zone AS has_known_zone
FROM days
WHERE start_at <= as_of()
"""

_SQL = f"""
WITH
    derived AS ({_DERIVED}),
    api AS (
        SELECT
            project_id,
            number,
            start AS start_at,
            finish AS finish_at,
            local_date(start, zone) AS start_date,
            coalesce(length, iteration_length) AS length_weeks,
            coalesce(team_strength, 1) AS team_strength,
            coalesce(length, iteration_length) <> iteration_length
                OR coalesce(team_strength, 1) <> 1 AS is_override,
            known_zone AS has_known_zone,
            'api' AS source
        FROM pivotal_tracker.iterations
        JOIN project_calendars USING (project_id)
        WHERE start <= as_of()
            AND finish > start
    ),
    windows AS (
        SELECT * FROM api
        UNION ALL BY NAME
        SELECT *, 'derived' AS source
        FROM derived
        ANTI JOIN api USING (project_id, number)
        ANTI JOIN api
            ON api.project_id = derived.project_id
            AND api.start_at < derived.finish_at
            AND derived.start_at < api.finish_at
    )
SELECT
    project_id,
    number,
    start_at,
    finish_at,
    start_date,
    length_weeks,
    team_strength,
    is_override,
    finish_at <= as_of() AS is_done,
    finish_at > as_of() AS is_current,
    source,
    has_known_zone
FROM windows
"""


def derived_iterations(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The windows that settings and overrides give, whatever the API says; grain (project_id, number).

    Columns: project_id, number, start_at, finish_at, start_date, length_weeks, team_strength, is_override,
    has_known_zone. For comparison with the API's own windows.
    """
    define_calendar(con, run)
    return con.sql(_DERIVED)


def iterations(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Done and current iterations, the API's where it gave them; grain (project_id, number)."""
    define_calendar(con, run)
    return con.sql(_SQL)


ITERATIONS = MetricTable(
    schema="project_management",
    name="iterations",
    grain=("project_id", "number"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("number", "BIGINT", "Number of the iteration; the first is 1."),
        Column("start_at", "TIMESTAMPTZ", "Start: local midnight, part of the iteration."),
        Column("finish_at", "TIMESTAMPTZ", "End: local midnight, part of the next iteration."),
        Column("start_date", "DATE", "The local day of the start."),
        Column("length_weeks", "BIGINT", "Length in weeks, with the override applied."),
        Column("team_strength", "DOUBLE", "Strength of the team; 1 is 100 %."),
        Column("is_override", "BOOLEAN", "Whether length or strength were set for this iteration."),
        Column("is_done", "BOOLEAN", "Whether it has ended."),
        Column("is_current", "BOOLEAN", "Whether it is going on."),
        Column("source", "VARCHAR", "api or derived."),
        Column(
            "has_known_zone", "BOOLEAN", "False where UTC stands in for the project's unknown zone."
        ),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.iterations",
        "pivotal_tracker.iteration_overrides",
        "pivotal_tracker.activity",
    ),
    compute=iterations,
    headlines={
        "done_iterations": "count(*) FILTER (is_done)",
        "overridden_iterations": "count(*) FILTER (is_override)",
    },
)
