"""What stories waited for: their blockers and reviews, as temporary tables made once from the raw ones.

Here: ``story_parts`` (every known blocker and review, once each) and ``story_waits`` (from when to when each of them was
unresolved or undecided). Not here: sums per story (``story_facts``), the table of blockers (``story_blocks``).

The lists have a part as it was last read, the log has its changes. A change of a part does not move its story, so that a
list may be older than the log: what is dated later counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Grain: one logged change of one blocker or review.
_PART_CHANGES = """
CREATE OR REPLACE TEMP TABLE part_changes AS
WITH changes AS (
    SELECT
        project_id,
        project_version,
        occurred_at,
        unnest(from_json(changes, '[{
            "kind": "VARCHAR",
            "change_type": "VARCHAR",
            "id": "BIGINT",
            "new_values": {
                "story_id": "BIGINT",
                "person_id": "BIGINT",
                "reviewer_id": "BIGINT",
                "description": "VARCHAR",
                "resolved": "BOOLEAN",
                "status": "VARCHAR"
            }
        }]')) AS change
    FROM pivotal_tracker.activity
    -- Most activity is about neither, and looking is much cheaper than parsing.
    WHERE contains(changes::VARCHAR, '"blocker"')
        OR contains(changes::VARCHAR, '"review"')
)
SELECT
    change.kind AS kind,
    change.id AS part_id,
    project_id,
    project_version,
    plausible(occurred_at) AS occurred_at,
    change.change_type AS change_type,
    change.new_values AS new,
    -- NULL where the change left it alone. What is created waits, unless it says otherwise.
    if(
        change.kind = 'blocker',
        change.new_values.resolved,
        change.new_values.status IN ('pass', 'revise')
    ) AS is_over
FROM changes
WHERE change.kind IN ('blocker', 'review')
    AND change.id IS NOT NULL;
"""

# Grain: (kind, part_id), of parts created up to as_of(). One that is in no list any more is as it was when last seen;
# one that no list ever had is as the log says it was created.
_STORY_PARTS = """
CREATE OR REPLACE TEMP TABLE story_parts AS
WITH
    listed AS (
        SELECT 'blocker' AS kind, id, story_id, project_id, person_id, description, resolved AS is_over,
            created_at, updated_at, NULL::TIMESTAMPTZ AS last_seen_at
        FROM pivotal_tracker.blockers
        UNION ALL BY NAME
        SELECT 'blocker' AS kind, id, story_id, project_id, person_id, description, resolved AS is_over,
            created_at, updated_at, _last_seen_at AS last_seen_at
        FROM pivotal_tracker.blockers_deleted
        UNION ALL BY NAME
        SELECT 'review' AS kind, id, story_id, project_id, reviewer_id AS person_id, status IN ('pass', 'revise') AS is_over,
            created_at, updated_at, NULL::TIMESTAMPTZ AS last_seen_at
        FROM pivotal_tracker.reviews
        UNION ALL BY NAME
        SELECT 'review' AS kind, id, story_id, project_id, reviewer_id AS person_id, status IN ('pass', 'revise') AS is_over,
            created_at, updated_at, _last_seen_at AS last_seen_at
        FROM pivotal_tracker.reviews_deleted
    ),
    parts AS (
        SELECT * RENAME (id AS part_id), true AS is_listed
        FROM listed
        UNION ALL BY NAME
        SELECT
            kind,
            part_id,
            new.story_id AS story_id,
            project_id,
            coalesce(new.person_id, new.reviewer_id) AS person_id,
            new.description AS description,
            is_over,
            occurred_at AS created_at,
            occurred_at AS updated_at,
            false AS is_listed
        FROM part_changes
        WHERE change_type = 'create'
            AND new.story_id IS NOT NULL
    )
SELECT * REPLACE (
    coalesce(is_over, false) AS is_over,
    plausible(created_at) AS created_at,
    plausible(updated_at) AS updated_at
)
FROM parts
WHERE coalesce(plausible(created_at) <= as_of(), true)
QUALIFY row_number() OVER (
    PARTITION BY kind, part_id
    ORDER BY is_listed DESC, last_seen_at IS NULL DESC, last_seen_at DESC, created_at
) = 1;
"""

# Grain: one time without interruption in which a part waited. ends_at is NULL while it does. begins_at is -infinity and
# ends_at infinity where nobody knows when; is_dated is then false. ended_by: resolved (a review: decided), removed, or
# what ended the story: accepted, deleted.
_STORY_WAITS = """
CREATE OR REPLACE TEMP TABLE story_waits AS
WITH
    moments AS (
        SELECT kind, part_id, 0 AS phase, coalesce(created_at, '-infinity') AS instant, 'waits' AS event
        FROM story_parts
        UNION ALL BY NAME
        SELECT
            kind,
            part_id,
            1 AS phase,
            occurred_at AS instant,
            project_version,
            CASE
                WHEN change_type = 'delete' THEN 'removed'
                WHEN coalesce(is_over, false) THEN 'resolved'
                ELSE 'waits'
            END AS event
        FROM part_changes
        SEMI JOIN story_parts USING (kind, part_id)
        WHERE change_type IN ('create', 'delete')
            OR is_over IS NOT NULL
        UNION ALL BY NAME
        SELECT
            kind,
            part_id,
            2 AS phase,
            coalesce(updated_at, if(is_over, 'infinity'::TIMESTAMPTZ, created_at), '-infinity') AS instant,
            if(is_over, 'resolved', 'waits') AS event
        FROM story_parts
        UNION ALL BY NAME
        SELECT kind, part_id, 3 AS phase, last_seen_at AS instant, 'removed' AS event
        FROM story_parts
        WHERE last_seen_at IS NOT NULL
            AND NOT EXISTS (
                FROM part_changes AS change
                WHERE change.kind = story_parts.kind
                    AND change.part_id = story_parts.part_id
                    AND change_type = 'delete'
            )
    ),
    turns AS (
        SELECT *, event = 'waits' AS is_waiting
        FROM moments
        -- An end that nobody dated lies in the past all the same.
        WHERE instant <= as_of()
            OR instant = 'infinity'
        WINDOW life AS (PARTITION BY kind, part_id ORDER BY instant, phase, project_version)
        QUALIFY is_waiting IS DISTINCT FROM lag(is_waiting) OVER life
    ),
    spells AS (
        SELECT
            kind,
            part_id,
            is_waiting,
            instant AS begins_at,
            lead(instant) OVER life AS ends_at,
            lead(event) OVER life AS ended_by
        FROM turns
        WINDOW life AS (PARTITION BY kind, part_id ORDER BY instant, phase, project_version)
    ),
    story_ends AS (
        SELECT
            story_id,
            if(state = 'accepted', entered_at, left_at) AS over_at,
            if(state = 'accepted', 'accepted', 'deleted') AS over_by
        FROM project_management.story_states
        SEMI JOIN story_parts USING (story_id)
        QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY seq DESC) = 1
    )
SELECT
    kind,
    part_id,
    story_id,
    spells.begins_at,
    begins_at > '-infinity' AND coalesce(spells.ends_at < 'infinity', true) AS is_dated,
    if(over_at <= coalesce(spells.ends_at, 'infinity'), greatest(over_at, begins_at), spells.ends_at) AS ends_at,
    if(over_at <= coalesce(spells.ends_at, 'infinity'), over_by, ended_by) AS ended_by
FROM spells
JOIN story_parts USING (kind, part_id)
LEFT JOIN story_ends USING (story_id)
WHERE is_waiting;
"""

#: Grain: story_id, of stories that waited. Parts of a WITH clause that has ``lives`` (story_id, first_started_at,
#: last_accepted_at): the hours of the cycle in which a blocker or a review was open; several at once count once.
WAITS_IN_CYCLES = """
    waits_in_cycles AS (
        SELECT
            story_id,
            kind,
            is_dated,
            greatest(begins_at, first_started_at) AS begins_at,
            least(coalesce(ends_at, 'infinity'), last_accepted_at) AS ends_at
        FROM story_waits
        JOIN lives USING (story_id)
        WHERE NOT is_dated
            OR (begins_at < last_accepted_at AND coalesce(ends_at > first_started_at, true))
    ),
    waits_so_far AS (
        SELECT
            *,
            max(ends_at) OVER (
                PARTITION BY story_id, kind, is_dated
                ORDER BY begins_at, ends_at
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS counted_until
        FROM waits_in_cycles
    ),
    waited AS (
        SELECT
            story_id,
            kind,
            bool_and(is_dated) AS is_dated,
            sum(
                greatest(0, hours_between(greatest(begins_at, coalesce(counted_until, begins_at)), ends_at))
            ) FILTER (is_dated) AS hours
        FROM waits_so_far
        GROUP BY ALL
    )"""


def define_story_waits(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables on a connection that has the words of ``calendar``; they read story_states, too."""
    con.execute(_PART_CHANGES)
    con.execute(_STORY_PARTS)
    con.execute(_STORY_WAITS)
