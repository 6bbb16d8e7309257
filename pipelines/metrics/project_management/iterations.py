"""Iterations: the windows of time in which a project plans and measures.

Here: the table. Not here: how windows are found that a source does not name (``iteration_windows``), what happened in
them (``iteration_metrics``), nor which iteration a story belongs to (``story_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.iteration_windows import EXPECTED, WINDOWS

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per iteration that has begun: done ones and the current one. They tile time: each ends where the next one
starts, and every moment since the first one lies in exactly one of them.

**Window.** From local midnight to local midnight of the project's `week_start_day`, in the project's zone, so that a
week with a change of clocks has 167 or 169 hours. The start belongs to the iteration, the end to the next one.

**Source.** `api`: as the source named it, Tracker's endpoint or the columns of an export. `derived`: not named, such as
the empty iterations that an export leaves out.

**Derived windows** follow from the nearest named ones:

* Between two named ones they fill the time between. Their lengths are those that were set; for the others, one change
  from the usual length before them to that after them, if it fits; else the project's, if it fits; else they are as equal
  as whole weeks allow.
* After the last named one they go on from its end, with `iteration_length` weeks or the override's.
* Before the first named one they begin on the project's `start_date` (or `start_time`), if the source names it and the
  numbers fit between; else they are counted back, with the length most common among the first three named ones.
* Without any, iteration 1 starts on the project's `start_date`; without one, on the `week_start_day` on or before
  `start_time`, else on or before the creation of the project (or its first accepted story, where that is older).

Where named windows contradict each other, the later number tells: an earlier one ends where the later one starts, and
is left out where it starts after it. A number for which there is not a week of room is left out.

Example: iteration 10 ends on May 22, iteration 13 of one week starts on June 5. Iterations 11 and 12 have one week
each, although iteration 10 had two.

**Overrides** are those of the overrides endpoint; of a project without any there, those found in activity since the
last change of the project's start date or week start (which resets them in Tracker). One that was deleted, set back to
null, or that the project's `iteration_override_numbers` no longer names, has ended.

**Unknown settings** have Tracker's defaults: one week, Monday, strength 1. Without a zone, days are UTC days and
`has_known_zone` is false.
"""

_SQL = f"""
WITH{WINDOWS}
SELECT
    project_id,
    number,
    start_at,
    finish_at,
    start_date,
    length_weeks,
    team_strength,
    length_weeks <> iteration_length OR team_strength <> 1 AS is_override,
    finish_at <= as_of() AS is_done,
    finish_at > as_of() AS is_current,
    source,
    known_zone AS has_known_zone
FROM windows
JOIN calendars USING (project_id)
WHERE start_at <= as_of()
"""


def expected_iterations(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The windows that named iterations should have; grain (project_id, number).

    Columns: project_id, number, start_at, finish_at. For comparison with the source's own windows.
    """
    define_calendar(con, run)
    return con.sql(EXPECTED)


def iterations(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Done and current iterations, the source's where it names them; grain (project_id, number)."""
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
        Column(
            "is_override",
            "BOOLEAN",
            "Whether length or strength differ from the project's settings.",
        ),
        Column("is_done", "BOOLEAN", "Whether it has ended."),
        Column("is_current", "BOOLEAN", "Whether it is going on."),
        Column("source", "VARCHAR", "api where the source names it, else derived."),
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
