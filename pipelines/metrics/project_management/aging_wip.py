"""Aging work in progress: how old each started story is, compared with how long stories usually take.

Not here: the usual cycle times themselves (``cycle_time``), counts of work in progress (``flow_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.optional import if_readable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.story_blocks import STORY_BLOCKS
from pipelines.metrics.project_management.tracker_people import define_tracker_people

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per story in progress now: started, finished, delivered or rejected; no releases, no deleted stories.

**Age** = first start to now. `age_days` counts local days, the first and today included. Without a known start the age
is NULL and `age_hours_reason` says why: `never_started` when the complete history holds no start (the story went past
`started`), else `history_truncated`.

**Percentile.** `percentile_vs_history` is the percentage of the project's finished stories (all types, all of the past,
with a known cycle) whose cycle was at most this age; NULL when the project has none. `band` puts the age among the
nearest-rank percentiles of the same cycles: `to_p50`, `p50_to_p70`, `p70_to_p85`, `p85_to_p95`, `over_p95`.

**Blocked** when one of its blockers is open, as in `story_blocks`, NULL where that could not be computed; `blocked_since` is when the oldest of them began, NULL
where the source does not date it. `owner_names` are the owners, in Tracker's order; who is no member and was none is
given by id.
"""

# To be completed with what to read blockers from.
_SQL = """
WITH
    cycles AS (
        SELECT project_id, cycle_hours
        FROM project_management.story_facts
        WHERE cycle_hours IS NOT NULL
            AND NOT is_deleted
    ),
    history AS (
        SELECT
            project_id,
            cycle_hours,
            100 * cume_dist() OVER (PARTITION BY project_id ORDER BY cycle_hours) AS percentile
        FROM cycles
        QUALIFY row_number() OVER (PARTITION BY project_id, cycle_hours) = 1
    ),
    percentiles AS (
        SELECT project_id, quantile_disc(cycle_hours, [0.5, 0.7, 0.85, 0.95]) AS hours
        FROM cycles
        GROUP BY ALL
    ),
    last_moves AS (
        SELECT story_id, max(entered_at) FILTER (NOT is_assumed) AS last_moved_at
        FROM project_management.story_states
        GROUP BY ALL
    ),
    blocked AS (
        SELECT story_id, min(open_since) AS blocked_since
        FROM {blocks}
        WHERE is_open
        GROUP BY ALL
    ),
    owners AS (
        SELECT story_id, unnest(owner_ids) AS person_id, generate_subscripts(owner_ids, 1) AS place
        FROM project_management.story_facts
    ),
    named_owners AS (
        SELECT story_id, list(coalesce(name, '#' || person_id) ORDER BY place) AS owner_names
        FROM owners
        LEFT JOIN tracker_people USING (person_id)
        GROUP BY ALL
    ),
    in_progress AS (
        SELECT
            *,
            hours_between(first_started_at, as_of()) AS age_hours,
            1 + date_diff('day', local_date(first_started_at, zone), today) AS age_days
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE current_state IN ('started', 'finished', 'delivered', 'rejected')
            AND story_type <> 'release'
            AND NOT is_deleted
    )
SELECT
    in_progress.story_id,
    in_progress.project_id,
    current_state,
    age_hours,
    CASE
        WHEN age_hours IS NULL THEN if(history_complete, 'never_started', 'history_truncated')
    END AS age_hours_reason,
    age_days,
    CASE
        WHEN age_hours IS NOT NULL AND hours IS NOT NULL THEN coalesce(percentile, 0)
    END AS percentile_vs_history,
    CASE
        WHEN percentile_vs_history IS NULL THEN NULL
        WHEN age_hours <= hours[1] THEN 'to_p50'
        WHEN age_hours <= hours[2] THEN 'p50_to_p70'
        WHEN age_hours <= hours[3] THEN 'p70_to_p85'
        WHEN age_hours <= hours[4] THEN 'p85_to_p95'
        ELSE 'over_p95'
    END AS band,
    last_moved_at,
    CASE WHEN {has_blocks} THEN blocked.story_id IS NOT NULL END AS blocked,
    blocked_since,
    coalesce(owner_names, []) AS owner_names
FROM in_progress
ASOF LEFT JOIN history
    ON history.project_id = in_progress.project_id
    AND history.cycle_hours <= in_progress.age_hours
LEFT JOIN percentiles ON percentiles.project_id = in_progress.project_id
LEFT JOIN last_moves ON last_moves.story_id = in_progress.story_id
LEFT JOIN blocked ON blocked.story_id = in_progress.story_id
LEFT JOIN named_owners ON named_owners.story_id = in_progress.story_id
"""


def aging_wip(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Stories in progress with their age; grain story_id."""
    define_calendar(con, run)
    define_tracker_people(con)
    return con.sql(
        _SQL.format(
            blocks=if_readable(STORY_BLOCKS, run),
            has_blocks=STORY_BLOCKS.address not in run.left_out,
        )
    )


AGING_WIP = MetricTable(
    schema="project_management",
    name="aging_wip",
    grain=("story_id",),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story."),
        Column("project_id", "BIGINT", "The project that the story is in."),
        Column("current_state", "VARCHAR", "started, finished, delivered or rejected."),
        Column("age_hours", "DOUBLE", "Hours since its first start."),
        Column(
            "age_hours_reason",
            "VARCHAR",
            "Why there is no age: never_started or history_truncated.",
        ),
        Column(
            "age_days", "BIGINT", "Local days since its first start, first day and today included."
        ),
        Column(
            "percentile_vs_history",
            "DOUBLE",
            "Percentage of finished stories that took at most this long.",
        ),
        Column("band", "VARCHAR", "to_p50, p50_to_p70, p70_to_p85, p85_to_p95 or over_p95."),
        Column("last_moved_at", "TIMESTAMPTZ", "Last known change of its state."),
        Column("blocked", "BOOLEAN", "Whether a blocker of it is open."),
        Column("blocked_since", "TIMESTAMPTZ", "When the oldest of its open blockers began."),
        Column("owner_names", "VARCHAR[]", "Names of the persons who own it."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.project_memberships",
        "pivotal_tracker.project_memberships_deleted",
        "project_management.story_states",
        "project_management.story_blocks",
        "project_management.story_facts",
    ),
    optional=(STORY_BLOCKS.address,),
    compute=aging_wip,
    headlines={
        "stories_in_progress": "count(*)",
        "oldest_days": "max(age_days)",
        "blocked": "count(*) FILTER (blocked)",
    },
)
