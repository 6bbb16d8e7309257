"""Flow: how many stories have come how far, day by day.

Here: cumulative flow, the snapshot of each day, work in progress and its age. Not here: single stories in progress
(``aging_wip``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per local day of the project and state, from the day of its first story up to today; all eight states every day.
A day is what is true at its end (for today: now). Releases do not count; a story that moved counts in its present
project with its whole life. A deleted story counts on the days before it was deleted.

**`cumulative_entered`** counts the stories that have entered this state or a later one, each from the day of its
*first* entry, so that it never falls; a state that was skipped inherits the day of the next one. Deleted stories stay
in it, and `cumulative_deleted` counts them: the stories in all states of a day are the `cumulative_entered` of
unscheduled less those. The order is
unscheduled < unstarted = planned < started < finished < delivered < accepted. `rejected` has no place in it: its row
counts the stories ever rejected, and who was rejected had been delivered.

**`in_state`** counts the stories in the state at the end of the day, `points_in_state` their points (estimates as
they are now), `in_state_assumed` those of which only an assumption says so (see `story_states.is_assumed`).

**`wip`** counts the stories started and not accepted (started, finished, delivered, rejected), the same on every row
of a day. **`wip_age_median_hours`** is the median of their ages since their first start, where that is known; of an
even number, the mean of the two in the middle.

Example: a story is started on Monday and deleted on Thursday. It is in progress on Monday, Tuesday and Wednesday, and from
Thursday on in no state; it stays among those that have entered started.
"""

_SQL = """
WITH
    counted_stories AS (
        SELECT
            story_id,
            project_id,
            points,
            first_started_at,
            local_date(deleted_at, zone) AS deleted_on
        FROM project_management.story_facts
        JOIN project_calendars USING (project_id)
        WHERE story_type <> 'release'
    ),
    stays AS (
        SELECT
            story_id,
            counted_stories.project_id,
            state,
            points,
            is_assumed,
            first_started_at,
            entered_on AS first_date,
            left_on AS left_date
        FROM project_management.story_states
        JOIN counted_stories USING (story_id)
    ),
    first_entries AS (
        SELECT
            story_id,
            project_id,
            min(first_date) AS unscheduled,
            min(first_date) FILTER (state <> 'unscheduled') AS unstarted,
            min(first_date) FILTER (state <> 'unscheduled') AS planned,
            min(first_date) FILTER (
                state IN ('started', 'finished', 'delivered', 'rejected', 'accepted')
            ) AS started,
            min(first_date) FILTER (state IN ('finished', 'delivered', 'rejected', 'accepted')) AS finished,
            min(first_date) FILTER (state IN ('delivered', 'rejected', 'accepted')) AS delivered,
            min(first_date) FILTER (state = 'rejected') AS rejected,
            min(first_date) FILTER (state = 'accepted') AS accepted
        FROM stays
        GROUP BY ALL
    ),
    first_dates AS (
        UNPIVOT first_entries
        ON unscheduled, unstarted, planned, started, finished, delivered, rejected, accepted
        INTO NAME state VALUE date
    ),
    entered AS (
        SELECT project_id, date, state, count(*) AS entered
        FROM first_dates
        GROUP BY ALL
    ),
    deleted AS (
        SELECT project_id, deleted_on AS date, count(*) AS deleted
        FROM counted_stories
        WHERE deleted_on IS NOT NULL
        GROUP BY ALL
    ),
    -- Stays that begin and end on one day are in no snapshot.
    overnight_stays AS (
        SELECT *
        FROM stays
        WHERE left_date IS NULL
            OR left_date > first_date
    ),
    moves AS (
        SELECT project_id, first_date AS date, state, 1 AS stories, points, is_assumed::INTEGER AS assumed
        FROM overnight_stays
        UNION ALL
        SELECT project_id, left_date AS date, state, -1 AS stories, -points AS points, -is_assumed::INTEGER AS assumed
        FROM overnight_stays
        WHERE left_date IS NOT NULL
    ),
    net_moves AS (
        SELECT
            project_id,
            date,
            state,
            sum(stories) AS stories,
            sum(points) AS points,
            sum(assumed) AS assumed
        FROM moves
        GROUP BY ALL
    ),
    days AS (
        SELECT
            project_id,
            unnest(generate_series(
                min(first_date), any_value(today), INTERVAL 1 DAY
            ))::DATE AS date
        FROM stays
        JOIN project_calendars USING (project_id)
        GROUP BY ALL
    ),
    states AS (
        SELECT unnest([
            'unscheduled', 'unstarted', 'planned', 'started', 'finished', 'delivered', 'rejected', 'accepted'
        ]) AS state
    ),
    flow AS (
        SELECT
            project_id,
            date,
            state,
            coalesce(sum(entered) OVER so_far, 0)::BIGINT AS cumulative_entered,
            coalesce(sum(deleted) OVER so_far, 0)::BIGINT AS cumulative_deleted,
            coalesce(sum(stories) OVER so_far, 0)::BIGINT AS in_state,
            -- Rounded, because sums of additions and subtractions such as 0.1 leave crumbs.
            round(coalesce(sum(points) OVER so_far, 0), 6) AS points_in_state,
            coalesce(sum(assumed) OVER so_far, 0)::BIGINT AS in_state_assumed
        FROM days
        CROSS JOIN states
        LEFT JOIN entered USING (project_id, date, state)
        LEFT JOIN net_moves USING (project_id, date, state)
        LEFT JOIN deleted USING (project_id, date)
        WINDOW so_far AS (
            PARTITION BY project_id, state
            ORDER BY date
        )
    ),
    day_ends AS (
        SELECT
            project_id,
            date,
            least(local_midnight(date + 1, zone), as_of()) AS ends_at
        FROM days
        JOIN project_calendars USING (project_id)
    ),
    days_in_progress AS (
        SELECT
            project_id,
            first_started_at,
            unnest(generate_series(
                first_date, coalesce(left_date - 1, today), INTERVAL 1 DAY
            ))::DATE AS date
        FROM overnight_stays
        JOIN project_calendars USING (project_id)
        WHERE state IN ('started', 'finished', 'delivered', 'rejected')
    ),
    ages AS (
        SELECT
            project_id,
            date,
            median(hours_between(first_started_at, ends_at)) AS wip_age_median_hours
        FROM days_in_progress
        JOIN day_ends USING (project_id, date)
        GROUP BY ALL
    )
SELECT
    flow.*,
    sum(in_state) FILTER (state IN ('started', 'finished', 'delivered', 'rejected'))
        OVER (PARTITION BY project_id, date)::BIGINT AS wip,
    wip_age_median_hours
FROM flow
LEFT JOIN ages USING (project_id, date)
"""


def flow_daily(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Cumulative flow and daily snapshot of every state; grain (project_id, date, state)."""
    define_calendar(con, run)
    return con.sql(_SQL)


FLOW_DAILY = MetricTable(
    schema="project_management",
    name="flow_daily",
    grain=("project_id", "date", "state"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("date", "DATE", "Local day in the project's zone."),
        Column("state", "VARCHAR", "One of Tracker's eight states."),
        Column(
            "cumulative_entered", "BIGINT", "Stories that have entered this state or a later one."
        ),
        Column("cumulative_deleted", "BIGINT", "Stories deleted so far, in whatever state."),
        Column("in_state", "BIGINT", "Stories in the state at the end of the day."),
        Column("points_in_state", "DOUBLE", "Points of those stories."),
        Column(
            "in_state_assumed", "BIGINT", "Those of them that are only assumed to be in the state."
        ),
        Column("wip", "BIGINT", "Stories in progress at the end of the day, in any state."),
        Column(
            "wip_age_median_hours", "DOUBLE", "Median hours since the first start of those stories."
        ),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.story_states",
        "project_management.story_facts",
    ),
    compute=flow_daily,
    headlines={
        "days": "count(DISTINCT date)",
    },
)
