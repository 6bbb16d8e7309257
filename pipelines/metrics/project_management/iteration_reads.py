"""What the syncs saw of each iteration while it was going on.

Here: ``iteration_members`` (the stories of an iteration at each read that showed others than the one before) and
``story_points`` (what a story counted with, when). Not here: sums (``iteration_scope``), days (``burnup``).

A read of Tracker is known by the versions that it left: of any iteration of the project, or of the project itself, whose
``current_iteration_number`` changes when an iteration begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun

#: The tables that tell of reads.
INPUTS = (
    "pivotal_tracker.projects",
    "pivotal_tracker.projects_history",
    "pivotal_tracker.iterations",
    "pivotal_tracker.iterations_history",
    "pivotal_tracker.iterations_deleted",
)

# Grain: one version of one iteration. valid_to is NULL for what the source says now.
_VERSIONS = """
CREATE OR REPLACE TEMP TABLE iteration_versions AS
SELECT project_id, number, story_ids, _extracted_at AS valid_from, NULL::TIMESTAMPTZ AS valid_to
FROM pivotal_tracker.iterations
UNION ALL
SELECT project_id, number, story_ids, _extracted_at AS valid_from, _last_seen_at AS valid_to
FROM pivotal_tracker.iterations_deleted
UNION ALL
SELECT project_id, number, story_ids, _valid_from, _valid_to
FROM pivotal_tracker.iterations_history;
"""

# Grain: (project_id, read_at).
_READS = """
CREATE OR REPLACE TEMP TABLE iteration_reads AS
SELECT project_id, valid_from AS read_at FROM iteration_versions
UNION
SELECT project_id, valid_to FROM iteration_versions WHERE valid_to IS NOT NULL
UNION
SELECT id, _extracted_at FROM pivotal_tracker.projects
UNION
SELECT id, _valid_from FROM pivotal_tracker.projects_history
UNION
SELECT id, _valid_to FROM pivotal_tracker.projects_history WHERE _valid_to IS NOT NULL;
"""

# Grain: (project_id, number, place, story_id), of iterations whose first read lies in their first day. place 0 is that read;
# each further one shows other stories than the one before; the last one is the end of the iteration, or now, with the
# stories that were accepted in it without any read having shown them there.
_MEMBERS = """
CREATE OR REPLACE TEMP TABLE iteration_members AS
WITH
    first_reads AS (
        SELECT iteration.*, read_at AS first_read_at
        FROM project_management.iterations AS iteration
        ASOF JOIN (FROM iteration_reads WHERE read_at IS NOT NULL AND read_at <= reads_until()) AS reads
            ON reads.project_id = iteration.project_id
            AND iteration.start_at <= reads.read_at
        WHERE read_at < finish_at
            AND read_at <= start_at + INTERVAL 24 HOUR
    ),
    seen AS (
        SELECT
            project_id,
            number,
            greatest(valid_from, first_read_at) AS instant,
            finish_at,
            from_json(story_ids, '["BIGINT"]') AS story_ids
        FROM first_reads
        JOIN iteration_versions AS version USING (project_id, number)
        WHERE version.story_ids IS NOT NULL
            AND valid_from < finish_at
            AND valid_from <= reads_until()
            AND coalesce(valid_to > first_read_at, true)
    ),
    accepted AS (
        SELECT project_id, iteration_number AS number, list(story_id) AS story_ids
        FROM project_management.story_facts
        WHERE iteration_number IS NOT NULL
            AND NOT is_deleted
        GROUP BY ALL
    ),
    ends AS (
        SELECT
            project_id,
            number,
            greatest(least(finish_at, as_of()), max(instant)) AS instant,
            arg_max(seen.story_ids, instant) AS seen_ids
        FROM seen
        GROUP BY project_id, number, finish_at
    ),
    steps AS (
        SELECT project_id, number, instant, 0 AS is_end, story_ids
        FROM seen
        UNION ALL
        SELECT project_id, number, instant, 1 AS is_end, coalesce(seen_ids, []) || coalesce(story_ids, [])
        FROM ends
        LEFT JOIN accepted USING (project_id, number)
    ),
    places AS (
        SELECT
            *,
            row_number() OVER life - 1 AS place,
            lead(instant) OVER life AS next_instant,
            row_number() OVER life = count(*) OVER (PARTITION BY project_id, number) AS is_last
        FROM steps
        WINDOW life AS (PARTITION BY project_id, number ORDER BY instant, is_end)
    ),
    named AS (
        SELECT * EXCLUDE (story_ids), unnest(list_distinct(story_ids)) AS story_id
        FROM places
    ),
    -- A read may show an iteration without stories.
    known AS (
        SELECT named.*, accepted_at, iteration_number = number AS is_accepted
        FROM named
        JOIN project_management.story_facts USING (story_id)
        WHERE story_type <> 'release'
    )
SELECT places.* EXCLUDE (story_ids), story_id, accepted_at, coalesce(is_accepted, false) AS is_accepted
FROM places
LEFT JOIN known USING (project_id, number, place);
"""

# Grain: one time without a change of a story's estimate, of the stories above. Type as it is now, like in story_facts.
_POINTS = """
CREATE OR REPLACE TEMP TABLE story_points AS
WITH
    stories AS (
        SELECT story_id, estimate, story_type = 'feature' OR estimates_bugs_and_chores AS is_estimable
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE story_id IN (SELECT story_id FROM iteration_members)
    ),
    changes AS (
        SELECT story_id, occurred_at, project_version, original.estimate AS old_estimate, new.estimate AS new_estimate
        FROM all_story_changes
        SEMI JOIN stories USING (story_id)
        WHERE coalesce(original.estimate, new.estimate) IS NOT NULL
    ),
    spans AS (
        SELECT
            story_id,
            occurred_at AS valid_from,
            lead(occurred_at, 1, 'infinity') OVER life AS valid_to,
            new_estimate AS estimate
        FROM changes
        WINDOW life AS (PARTITION BY story_id ORDER BY occurred_at, project_version)
        UNION ALL
        SELECT story_id, '-infinity'::TIMESTAMPTZ, min(occurred_at), arg_min(old_estimate, (occurred_at, project_version))
        FROM changes
        GROUP BY ALL
        UNION ALL
        SELECT story_id, '-infinity'::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ, estimate
        FROM stories
        ANTI JOIN changes USING (story_id)
    )
SELECT
    story_id,
    valid_from,
    valid_to,
    if(is_estimable, coalesce(spans.estimate, 0), 0) AS points,
    is_estimable AND spans.estimate IS NULL AS is_unestimated
FROM spans
JOIN stories USING (story_id);
"""


def define_iteration_reads(con: duckdb.DuckDBPyConnection, run: MetricRun) -> None:
    """Make the temporary tables; the connection has the words of ``stories``, and iterations and story_facts are there."""
    until = run.reads_until.isoformat() if run.reads_until else "infinity"
    con.execute(f"CREATE OR REPLACE TEMP MACRO reads_until() AS TIMESTAMPTZ '{until}'")
    for statement in (_VERSIONS, _READS, _MEMBERS, _POINTS):
        con.execute(statement)
