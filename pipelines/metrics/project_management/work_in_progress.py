"""Work in progress: who has how much of it, and whose verdict is waited for.

Not here: the age of single stories (``aging_wip``), work in progress over time (``flow_daily``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.story_waits import define_story_waits
from pipelines.metrics.project_management.tracker_people import define_tracker_people

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per project and person who owns a story in progress there, or whose review is waited for; `person_id` NULL has the
stories without an owner and the reviews without a reviewer.

**In progress** are the stories of `aging_wip`. A story with several owners counts in full for each of them, so rows do not
add up to the project; `stories_shared` says how many of them have other owners, too. `points` as in `story_facts`,
`oldest_age_days` and `blocked` as in `aging_wip`; the age is NULL where no start is known.

**`reviews_waiting`**: reviews of stories that are neither accepted nor deleted which this person was asked for and has not
decided (pass or revise).

Example: Ann owns a story of 3 points alone and one of 2 points with Bo: Ann has 2 stories and 5 points, 1 of them shared,
Bo has 1 story and 2 points.
"""

_SQL = """
WITH
    owned AS (
        SELECT
            aging.project_id,
            unnest(if(len(owner_ids) > 0, list_distinct(owner_ids), [NULL])) AS person_id,
            len(list_distinct(owner_ids)) > 1 AS is_shared,
            points,
            age_days,
            blocked
        FROM project_management.aging_wip AS aging
        JOIN project_management.story_facts USING (story_id)
    ),
    owners AS (
        SELECT
            project_id,
            person_id,
            count(*) AS stories,
            count(*) FILTER (is_shared) AS stories_shared,
            sum(points) AS points,
            max(age_days) AS oldest_age_days,
            CASE WHEN count(blocked) = count(*) THEN count(*) FILTER (blocked) END AS blocked
        FROM owned
        GROUP BY ALL
    ),
    reviewers AS (
        SELECT facts.project_id, person_id, count(*) AS reviews_waiting
        FROM story_waits
        JOIN story_parts USING (kind, part_id)
        JOIN project_management.story_facts AS facts ON facts.story_id = story_waits.story_id
        WHERE kind = 'review'
            AND ends_at IS NULL
            AND NOT is_deleted
        GROUP BY ALL
    ),
    people AS (
        SELECT project_id, person_id FROM owners
        UNION
        SELECT project_id, person_id FROM reviewers
    )
SELECT
    people.project_id,
    people.person_id,
    name,
    coalesce(stories, 0) AS stories,
    coalesce(stories_shared, 0) AS stories_shared,
    coalesce(points, 0) AS points,
    oldest_age_days,
    if(owners.project_id IS NULL, 0, blocked) AS blocked,
    coalesce(reviews_waiting, 0) AS reviews_waiting
FROM people
LEFT JOIN owners
    ON owners.project_id = people.project_id
    AND owners.person_id IS NOT DISTINCT FROM people.person_id
LEFT JOIN reviewers
    ON reviewers.project_id = people.project_id
    AND reviewers.person_id IS NOT DISTINCT FROM people.person_id
LEFT JOIN tracker_people ON tracker_people.person_id = people.person_id
"""


def work_in_progress(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Stories in progress and reviews waiting by person; grain (project_id, person_id)."""
    define_calendar(con, run)
    define_story_waits(con)
    define_tracker_people(con)
    return con.sql(_SQL)


WORK_IN_PROGRESS = MetricTable(
    schema="project_management",
    name="work_in_progress",
    grain=("project_id", "person_id"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column(
            "person_id",
            "BIGINT",
            "Tracker person; NULL for stories and reviews that are nobody's.",
            null_is_a_group=True,
        ),
        Column("name", "VARCHAR", "Name of the person; NULL where it is not known."),
        Column("stories", "BIGINT", "Stories in progress that the person owns."),
        Column("stories_shared", "BIGINT", "Those of them that have other owners, too."),
        Column("points", "DOUBLE", "Points of those stories."),
        Column("oldest_age_days", "BIGINT", "Age of the oldest of them, in local days."),
        Column("blocked", "BIGINT", "Those of them that are blocked."),
        Column("reviews_waiting", "BIGINT", "Reviews that the person has not decided."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.activity",
        "pivotal_tracker.blockers",
        "pivotal_tracker.blockers_deleted",
        "pivotal_tracker.reviews",
        "pivotal_tracker.reviews_deleted",
        "pivotal_tracker.project_memberships",
        "pivotal_tracker.project_memberships_deleted",
        "project_management.story_states",
        "project_management.story_facts",
        "project_management.aging_wip",
    ),
    compute=work_in_progress,
    overlaps="A story with two owners counts for each of them; count project_management.aging_wip instead.",
    headlines={
        "most_stories_of_a_person": "max(stories) FILTER (person_id IS NOT NULL)",
        "reviews_waiting": "sum(reviews_waiting)",
    },
)
