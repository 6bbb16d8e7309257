"""Story states: which state each story was in, from when to when, and how that is known.

Here: the intervals of ``current_state``. Not here: durations of whole cycles (``story_facts``), counts per day
(``flow_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.stories import define_stories

if TYPE_CHECKING:
    import duckdb

#: SQL of the table for those whose rows do not change while nothing happens: ``hours`` of open intervals count up to now. What
#: is computed from this is computed again when something happened only (see ``watched``).
STATES_WITHOUT_HOURS = "(SELECT * EXCLUDE (hours) FROM project_management.story_states)"

_DEFINITION = """
One row per interval that a story spent in one state. The intervals of a story follow one another without gap from
its creation (or its first known event, if older) up to now; the last one is open: `left_at` is NULL and `hours`
count up to `as_of`. A deleted story's last interval ends with its deletion, that of a story that went on in another system
with the day of the migration (see `story_facts`). What is dated after `as_of` has not
happened.

**Events.** A state is entered by

1. a row of story_transitions, or of `delivery.transitions` (`source = 'transitions'`);
2. a change of `current_state` in an activity's `changes`, where there is no transition of the same story, project
   and project version (`'activity'`). So the two logs complete each other, whichever reaches further back;
3. the story's own dates (`'story'`): a story whose last event is not its `current_state` entered it at its
   `accepted_at` if it is accepted, else, at the latest, at its `updated_at`.

They are ordered by time; within a second by project version; events in another project than the story's present one
come before those in its own, so that a story that moved is one story. Entering a state that it is already in
(both projects of a move may log it) starts no new interval.

**The beginning.** The first interval starts at the story's creation. Its state is that of an event dated at creation
or of the `create` change within a minute of it. Otherwise it is assumed: the state that the first event left, where
activity tells; for a story without any event its present state, if that comes before `started`; else `unscheduled`.

**`is_assumed`** marks intervals whose beginning is not known: an assumed first interval, and a present state that is
dated by `updated_at`. Nothing that is computed from an entry into a state uses the entry of an assumed interval.

**`direction`** compares with the state before in unscheduled < unstarted = planned < rejected < started < finished <
delivered < accepted, and entering `rejected` is always backward. NULL for the first interval and between unstarted
and planned.
"""

_SQL = """
WITH
    transitions AS (
        SELECT story_id, project_id, project_version, state, occurred_at, performed_by_id
        FROM pivotal_tracker.story_transitions
        WHERE plausible(occurred_at) <= as_of()
        UNION ALL
        SELECT story_id, project_id, seq, state, occurred_at, NULL
        FROM delivery_transitions
        WHERE plausible(occurred_at) <= as_of()
            AND state <> 'canceled'
    ),
    logged AS (
        SELECT
            story_id,
            story_changes.project_id,
            project_version,
            new.current_state AS state,
            occurred_at,
            performed_by_id,
            change_type = 'create'
                AND occurred_at <= created_at + INTERVAL 1 MINUTE AS is_creation,
            -- A story created long before (an import) was in no known state until then.
            if(change_type = 'update' OR is_creation, original.current_state, NULL) AS state_before
        FROM story_changes
        JOIN known_stories USING (story_id)
        WHERE new.current_state IS NOT NULL
    ),
    events AS (
        SELECT
            story_id,
            project_id,
            project_version,
            coalesce(transitions.state, logged.state) AS state,
            coalesce(transitions.occurred_at, logged.occurred_at) AS entered_at,
            coalesce(transitions.performed_by_id, logged.performed_by_id) AS performed_by_id,
            if(transitions.state IS NULL, 'activity', 'transitions') AS source,
            logged.state_before,
            coalesce(logged.is_creation, false) AS is_creation
        FROM transitions
        FULL JOIN logged USING (story_id, project_id, project_version)
    ),
    -- A life is a beginning (phase 0), its events (1) and what the story says of itself now (2).
    moments AS (
        SELECT story_id, 0 AS phase, created_at AS entered_at, NULL::VARCHAR AS state
        FROM known_stories
        UNION ALL BY NAME
        SELECT events.*, 1 AS phase, events.project_id = known_stories.project_id AS is_here
        FROM events
        JOIN known_stories USING (story_id)
        WHERE coalesce(events.entered_at < migrated_at, true)
        UNION ALL BY NAME
        SELECT
            story_id,
            2 AS phase,
            current_state AS state,
            least(if(current_state = 'accepted', coalesce(accepted_at, updated_at), updated_at), migrated_at) AS entered_at,
            current_state = 'accepted' AND accepted_at IS NOT NULL AS is_dated
        FROM known_stories
        WHERE current_state IS NOT NULL
    ),
    neighbours AS (
        SELECT
            *,
            lag(phase) OVER life AS phase_before,
            lag(entered_at) OVER life AS entered_before,
            lead(phase) OVER life AS next_phase,
            lead(entered_at) OVER life AS next_entered_at,
            lead(state) OVER life AS next_state,
            lead(state_before) OVER life AS left_state,
            lead(is_creation) OVER life AS next_is_creation,
            lead(performed_by_id) OVER life AS next_performed_by_id,
            lead(source) OVER life AS next_source
        FROM moments
        WINDOW life AS (
            PARTITION BY story_id
            ORDER BY phase, entered_at, is_here, project_version
        )
    ),
    beginnings AS (
        SELECT
            story_id,
            phase,
            coalesce(entered_at, next_entered_at) AS entered_at,
            CASE
                WHEN next_phase = 1 THEN coalesce(left_state, 'unscheduled')
                WHEN next_state IN ('unscheduled', 'unstarted', 'planned') THEN next_state
                ELSE 'unscheduled'
            END AS state,
            if(next_is_creation, next_performed_by_id, NULL) AS performed_by_id,
            CASE
                WHEN next_is_creation THEN next_source
                WHEN left_state IS NOT NULL THEN 'activity'
                ELSE 'story'
            END AS source,
            NOT coalesce(next_is_creation, false) AS is_assumed
        FROM neighbours
        WHERE phase = 0
            -- An event at or before creation is the beginning itself.
            AND NOT coalesce(next_phase = 1 AND next_entered_at <= entered_at, false)
    ),
    present AS (
        SELECT
            story_id,
            phase,
            state,
            greatest(entered_at, entered_before) AS entered_at,
            'story' AS source,
            NOT is_dated
                OR (phase_before = 1 AND entered_at < entered_before) AS is_assumed
        FROM neighbours
        WHERE phase = 2
            AND coalesce(entered_at <= as_of(), true)
    ),
    entries AS (
        SELECT * FROM beginnings
        UNION ALL BY NAME
        SELECT
            story_id, phase, entered_at, is_here, project_version, state, performed_by_id, source,
            false AS is_assumed
        FROM neighbours
        WHERE phase = 1
        UNION ALL BY NAME
        SELECT * FROM present
    ),
    changes_of_state AS (
        SELECT *
        FROM entries
        WHERE entered_at IS NOT NULL
        WINDOW life AS (
            PARTITION BY story_id
            ORDER BY phase, entered_at, is_here, project_version
        )
        QUALIFY state IS DISTINCT FROM lag(state) OVER life
    ),
    dated AS (
        SELECT
            changes_of_state.*,
            known_stories.project_id,
            zone,
            local_date(entered_at, zone) AS entered_on,
            deleted_at,
            is_deleted
        FROM changes_of_state
        JOIN known_stories USING (story_id)
        -- A deleted story may outlive its project.
        LEFT JOIN project_calendars ON project_calendars.project_id = known_stories.project_id
    ),
    intervals AS (
        SELECT
            *,
            row_number() OVER life AS seq,
            lag(state) OVER life AS previous_state,
            lead(entered_at) OVER life AS next_entered_at,
            lead(entered_on) OVER life AS next_entered_on
        FROM dated
        WINDOW life AS (
            PARTITION BY story_id
            ORDER BY phase, entered_at, is_here, project_version
        )
    ),
    ranks AS (
        SELECT MAP {
            'unscheduled': 0,
            'unstarted': 1,
            'planned': 1,
            'rejected': 2,
            'started': 3,
            'finished': 4,
            'delivered': 5,
            'accepted': 6
        } AS rank_of
    )
SELECT
    story_id,
    seq,
    project_id,
    state,
    entered_at,
    CASE
        WHEN next_entered_at IS NOT NULL THEN next_entered_at
        WHEN is_deleted THEN greatest(deleted_at, entered_at)
    END AS left_at,
    hours_between(entered_at, coalesce(left_at, as_of())) AS hours,
    CASE
        WHEN previous_state IS NULL THEN NULL
        WHEN state = 'rejected' THEN 'backward'
        WHEN rank_of[state] > rank_of[previous_state] THEN 'forward'
        WHEN rank_of[state] < rank_of[previous_state] THEN 'backward'
    END AS direction,
    performed_by_id,
    source,
    is_assumed,
    entered_on,
    CASE
        WHEN next_entered_at IS NOT NULL THEN next_entered_on
        WHEN is_deleted THEN local_date(left_at, zone)
    END AS left_on,
    is_deleted
FROM intervals
CROSS JOIN ranks
"""


def story_states(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Intervals of every story's states; grain (story_id, seq)."""
    define_stories(con, run)
    return con.sql(_SQL)


STORY_STATES = MetricTable(
    schema="project_management",
    name="story_states",
    grain=("story_id", "seq"),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story, releases and deleted stories included."),
        Column("seq", "BIGINT", "Number of the interval in the story's life; the first is 1."),
        Column("project_id", "BIGINT", "The project that the story is in now."),
        Column("state", "VARCHAR", "Tracker's current_state during the interval."),
        Column("entered_at", "TIMESTAMPTZ", "Start of the interval, part of it."),
        Column("left_at", "TIMESTAMPTZ", "End of the interval; NULL while the story is in it."),
        Column("hours", "DOUBLE", "Elapsed hours, up to as_of for the open interval."),
        Column(
            "direction", "VARCHAR", "forward or backward from the state before; NULL where neither."
        ),
        Column("performed_by_id", "BIGINT", "Tracker person who brought the story into the state."),
        Column(
            "source", "VARCHAR", "How it is known: transitions, activity or story (its own dates)."
        ),
        Column("is_assumed", "BOOLEAN", "Whether the beginning of the interval is not known."),
        Column("entered_on", "DATE", "Local day of entered_at in the project's zone."),
        Column("left_on", "DATE", "Local day of left_at in the project's zone."),
        Column("is_deleted", "BOOLEAN", "Whether the story was deleted at the source."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.stories_deleted",
        "delivery.items",
        "delivery.transitions",
        "pivotal_tracker.story_transitions",
        "pivotal_tracker.activity",
    ),
    compute=story_states,
    settings=("migration",),
    uses_crosswalk=True,
    headlines={
        "open_intervals": "count(*) FILTER (left_at IS NULL)",
        "moves_backward": "count(*) FILTER (direction = 'backward')",
    },
)
