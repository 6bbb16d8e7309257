"""Story facts: one row per story with everything that is measured about a single one.

Here: cycle, lead and queue times, times in states, counts, the iteration of its acceptance. Not here: sums over
stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.stories import define_stories
from pipelines.metrics.project_management.story_waits import WAITS_IN_CYCLES, define_story_waits

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per story of any type, releases and deleted stories included.

**Cycle** (Tracker's rule): from the first `started` to the last `accepted`, elapsed. It has a value only while the
story is accepted; `cycle_hours_reason` says why not: `not_accepted`; `never_started` when the known history reaches
back to the story's creation and holds no start; `history_truncated` when it does not reach back that far and holds
no start, or when the moment of acceptance is not known.

**Times in states** (`started_hours` ... `rejected_hours`) count inside the cycle. Time spent *accepted* before a
re-opening, or back in the backlog, is part of the cycle but of none of these columns.

**Waiting times** count inside the cycle, too, whatever the state: `blocked_hours` while one of its blockers was open (as
in `story_blocks`), `review_hours` while one of its reviews was asked for and not decided (pass or revise). Several at once
count once. Without a cycle, or where the source does not date a blocker or review (`not_dated`), they are NULL, and
`blocked_hours_reason` and `review_hours_reason` say so. Example: started on Monday at 9:00, accepted on Tuesday at 9:00;
one blocker from Monday 8:00 to 12:00, another one from 11:00 to 13:00: blocked 4 of 24 hours.

**Counts** (`started_count` ... `rejected_count`) are known entries into the state in the whole life; `reopened_count`
is how often the story left `accepted`. With a truncated history they are lower bounds.

**Days.** `cycle_days_calendar` counts the local days from the first start to the last acceptance, both included, in
the project's zone; `cycle_days_working` counts those of them that are working days by the settings.

**Lead** = created to last accepted. **Queue** = created to first started. **Flow efficiency** = started hours / cycle
hours.

**History** is complete when the earliest known event is dated within a minute of creation (or is the creation).

**Iteration** = the one whose window holds the story's own `accepted_at` (where a host does not send that, the last
known acceptance).

**Gone on elsewhere.** A story that the crosswalk names (`PIPELINES_STORY_CROSSWALK`) and that is not accepted here leaves
Tracker's scope at the beginning of the day that the settings name, `[migration] day`, in the project's zone:
`migrated_at`. From then on it is like a deleted story (`is_deleted`), so that forecasts, aging and work in progress do not
count what is done in another system; the days before keep it. Example: two of three open stories are named, the day is
April 30: three are in scope on April 29, one from April 30 on.

**As of then.** Name, type, estimate, owners and labels are those of the moment that counts as now, as far as activity tells what
changed later. Example: 3 points on January 8th, 5 since the 9th: 3 as of the 8th.

**Points** = the estimate of a feature; of a bug or chore only if the project estimates them; none is 0, and so is a
release's.
"""

_SQL = f"""
WITH
    lives AS (
        SELECT
            story_id,
            arg_max(state, seq) AS current_state,
            min(entered_at) FILTER (state = 'started' AND NOT is_assumed) AS first_started_at,
            CASE
                WHEN current_state = 'accepted' AND NOT arg_max(is_assumed, seq)
                    THEN arg_max(entered_at, seq)
            END AS last_accepted_at,
            count(*) FILTER (state = 'started' AND NOT is_assumed) AS started_count,
            count(*) FILTER (state = 'finished' AND NOT is_assumed) AS finished_count,
            count(*) FILTER (state = 'delivered' AND NOT is_assumed) AS delivered_count,
            count(*) FILTER (state = 'rejected' AND NOT is_assumed) AS rejected_count,
            count(*) FILTER (state = 'accepted') - (current_state = 'accepted')::INTEGER AS reopened_count,
            bool_or(
                seq = 1 AND (NOT is_assumed OR coalesce(left_at <= entered_at + INTERVAL 1 MINUTE, false))
            ) AS history_complete
        FROM project_management.story_states
        GROUP BY ALL
    ),{WAITS_IN_CYCLES},
    cycles AS (
        SELECT
            story_id,
            sum(hours) FILTER (state = 'started') AS started_hours,
            sum(hours) FILTER (state = 'finished') AS finished_hours,
            sum(hours) FILTER (state = 'delivered') AS delivered_hours,
            sum(hours) FILTER (state = 'rejected') AS rejected_hours
        FROM project_management.story_states
        JOIN lives USING (story_id)
        WHERE entered_at >= first_started_at
            AND left_at <= last_accepted_at
        GROUP BY ALL
    ),
    memberships AS (
        SELECT id AS epic_id, try_cast(label ->> 'id' AS BIGINT) AS label_id
        FROM pivotal_tracker.epics
    ),
    labelled AS (
        SELECT story_id, try_cast(unnest(json_extract_string(labels, '$[*].id')) AS BIGINT) AS label_id
        FROM known_stories
    ),
    epics AS (
        SELECT story_id, list(DISTINCT epic_id ORDER BY epic_id) AS epic_ids
        FROM labelled
        JOIN memberships USING (label_id)
        GROUP BY ALL
    ),
    stories AS (
        SELECT
            known_stories.* EXCLUDE (current_state, accepted_at),
            coalesce(lives.current_state, known_stories.current_state) AS current_state,
            CASE
                WHEN lives.current_state = 'accepted' AND accepted_at <= as_of() THEN accepted_at
                ELSE last_accepted_at
            END AS accepted_at,
            first_started_at,
            last_accepted_at,
            coalesce(started_count, 0) AS started_count,
            coalesce(finished_count, 0) AS finished_count,
            coalesce(delivered_count, 0) AS delivered_count,
            coalesce(rejected_count, 0) AS rejected_count,
            coalesce(reopened_count, 0) AS reopened_count,
            coalesce(history_complete, false) AS history_complete,
            zone,
            CASE
                WHEN story_type = 'feature' OR (story_type IN ('bug', 'chore') AND estimates_bugs_and_chores)
                    THEN coalesce(estimate, 0)
                ELSE 0
            END AS points
        FROM known_stories
        -- A deleted story may outlive its project.
        LEFT JOIN project_calendars USING (project_id)
        LEFT JOIN lives USING (story_id)
    )
SELECT
    stories.story_id,
    stories.project_id,
    name,
    story_type,
    current_state,
    estimate,
    points,
    coalesce(from_json(owner_ids, '["BIGINT"]'), []) AS owner_ids,
    coalesce(list_transform(json_extract_string(labels, '$[*].id'), lambda id: try_cast(id AS BIGINT)), []) AS label_ids,
    coalesce(json_extract_string(labels, '$[*].name'), []) AS label_names,
    coalesce(epic_ids, []) AS epic_ids,
    created_at,
    first_started_at,
    last_accepted_at,
    accepted_at,
    hours_between(first_started_at, last_accepted_at) AS cycle_hours,
    CASE
        WHEN cycle_hours IS NOT NULL THEN NULL
        WHEN current_state IS DISTINCT FROM 'accepted' THEN 'not_accepted'
        WHEN history_complete AND last_accepted_at IS NOT NULL THEN 'never_started'
        ELSE 'history_truncated'
    END AS cycle_hours_reason,
    CASE
        WHEN cycle_hours IS NOT NULL THEN 1 + date_diff(
            'day', local_date(first_started_at, zone), local_date(last_accepted_at, zone)
        )
    END AS cycle_days_calendar,
    CASE
        WHEN cycle_hours IS NOT NULL
            THEN working_days(local_date(first_started_at, zone), local_date(last_accepted_at, zone))
    END AS cycle_days_working,
    hours_between(created_at, last_accepted_at) AS lead_hours,
    hours_between(created_at, first_started_at) AS queue_hours,
    if(cycle_hours IS NULL, NULL, coalesce(started_hours, 0)) AS started_hours,
    if(cycle_hours IS NULL, NULL, coalesce(finished_hours, 0)) AS finished_hours,
    if(cycle_hours IS NULL, NULL, coalesce(delivered_hours, 0)) AS delivered_hours,
    if(cycle_hours IS NULL, NULL, coalesce(rejected_hours, 0)) AS rejected_hours,
    CASE WHEN coalesce(block.is_dated, true) AND cycle_hours IS NOT NULL THEN coalesce(block.hours, 0) END AS blocked_hours,
    CASE WHEN blocked_hours IS NULL THEN coalesce(cycle_hours_reason, 'not_dated') END AS blocked_hours_reason,
    CASE WHEN coalesce(review.is_dated, true) AND cycle_hours IS NOT NULL THEN coalesce(review.hours, 0) END AS review_hours,
    CASE WHEN review_hours IS NULL THEN coalesce(cycle_hours_reason, 'not_dated') END AS review_hours_reason,
    started_count,
    finished_count,
    delivered_count,
    rejected_count,
    100 * cycles.started_hours / nullif(cycle_hours, 0) AS flow_efficiency_pct,
    rejected_count > 0 AS was_rejected,
    reopened_count,
    if(accepted_at < finish_at, number, NULL) AS iteration_number,
    history_complete,
    is_deleted,
    deleted_at,
    migrated_at
FROM stories
LEFT JOIN cycles USING (story_id)
LEFT JOIN epics USING (story_id)
LEFT JOIN waited AS block ON block.story_id = stories.story_id AND block.kind = 'blocker'
LEFT JOIN waited AS review ON review.story_id = stories.story_id AND review.kind = 'review'
ASOF LEFT JOIN project_management.iterations AS iteration
    ON iteration.project_id = stories.project_id
    AND iteration.start_at <= stories.accepted_at
"""


def story_facts(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Every story with its times and counts; grain story_id."""
    define_stories(con, run)
    define_story_waits(con)
    return con.sql(_SQL)


STORY_FACTS = MetricTable(
    schema="project_management",
    name="story_facts",
    grain=("story_id",),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story."),
        Column("project_id", "BIGINT", "The project that the story is in now."),
        Column("name", "VARCHAR", "Title of the story."),
        Column("story_type", "VARCHAR", "feature, bug, chore or release."),
        Column(
            "current_state", "VARCHAR", "State of the story now; of a deleted story when last seen."
        ),
        Column("estimate", "DOUBLE", "Estimate as Tracker has it now; NULL when not estimated."),
        Column("points", "DOUBLE", "Points that the story counts with."),
        Column("owner_ids", "BIGINT[]", "Tracker persons who own the story."),
        Column("label_ids", "BIGINT[]", "Ids of its labels."),
        Column("label_names", "VARCHAR[]", "Names of its labels, in the order of label_ids."),
        Column("epic_ids", "BIGINT[]", "Epics whose label it carries."),
        Column("created_at", "TIMESTAMPTZ", "When it was created."),
        Column("first_started_at", "TIMESTAMPTZ", "First known entry into started."),
        Column(
            "last_accepted_at",
            "TIMESTAMPTZ",
            "Last known entry into accepted, while it is accepted.",
        ),
        Column("accepted_at", "TIMESTAMPTZ", "Tracker's own accepted_at, which iterations go by."),
        Column("cycle_hours", "DOUBLE", "Hours from the first start to the last acceptance."),
        Column(
            "cycle_hours_reason",
            "VARCHAR",
            "Why there is no cycle: not_accepted, never_started or history_truncated.",
        ),
        Column(
            "cycle_days_calendar", "BIGINT", "Local days of the cycle, first and last included."
        ),
        Column("cycle_days_working", "INTEGER", "Working days among them."),
        Column("lead_hours", "DOUBLE", "Hours from creation to the last acceptance."),
        Column("queue_hours", "DOUBLE", "Hours from creation to the first start."),
        Column("started_hours", "DOUBLE", "Hours of the cycle in started."),
        Column("finished_hours", "DOUBLE", "Hours of the cycle in finished."),
        Column("delivered_hours", "DOUBLE", "Hours of the cycle in delivered."),
        Column("rejected_hours", "DOUBLE", "Hours of the cycle in rejected."),
        Column("blocked_hours", "DOUBLE", "Hours of the cycle in which it was blocked."),
        Column(
            "blocked_hours_reason",
            "VARCHAR",
            "Why there are none: cycle_hours_reason, or not_dated.",
        ),
        Column("review_hours", "DOUBLE", "Hours of the cycle in which it waited for a review."),
        Column(
            "review_hours_reason",
            "VARCHAR",
            "Why there are none: cycle_hours_reason, or not_dated.",
        ),
        Column("started_count", "BIGINT", "Known entries into started."),
        Column("finished_count", "BIGINT", "Known entries into finished."),
        Column("delivered_count", "BIGINT", "Known entries into delivered."),
        Column("rejected_count", "BIGINT", "Known entries into rejected."),
        Column("flow_efficiency_pct", "DOUBLE", "started_hours in percent of cycle_hours."),
        Column("was_rejected", "BOOLEAN", "Whether it was ever rejected, as far as is known."),
        Column("reopened_count", "BIGINT", "How often it left accepted."),
        Column(
            "iteration_number",
            "BIGINT",
            "The iteration it was accepted in; NULL before the first one.",
        ),
        Column(
            "history_complete", "BOOLEAN", "Whether its known history reaches back to its creation."
        ),
        Column(
            "is_deleted", "BOOLEAN", "Whether it was deleted at the source, or went on elsewhere."
        ),
        Column(
            "deleted_at",
            "TIMESTAMPTZ",
            "When it was deleted; where no log tells, when it was last seen.",
        ),
        Column("migrated_at", "TIMESTAMPTZ", "When it went on in another system, still open."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.stories_deleted",
        "delivery.items",
        "delivery.transitions",
        "pivotal_tracker.activity",
        "pivotal_tracker.blockers",
        "pivotal_tracker.blockers_deleted",
        "pivotal_tracker.reviews",
        "pivotal_tracker.reviews_deleted",
        "pivotal_tracker.epics",
        "project_management.iterations",
        "project_management.story_states",
    ),
    compute=story_facts,
    headlines={
        "stories": "count(*) FILTER (NOT is_deleted)",
        "accepted_stories": "count(*) FILTER (current_state = 'accepted' AND NOT is_deleted)",
        "median_cycle_hours": "median(cycle_hours) FILTER (NOT is_deleted)",
        "went_on_elsewhere": "count(*) FILTER (migrated_at IS NOT NULL)",
        "stories_without_cycle_time": "count(*) FILTER (cycle_hours IS NULL AND NOT is_deleted)",
    },
    settings=("time_tracking.working_days", "migration"),
    uses_crosswalk=True,
)
