"""Who has how much work in progress."""

from __future__ import annotations

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-03-31 00:00"
COLUMNS = "person_id, name, stories, stories_shared, points, oldest_age_days, blocked"


def test_a_shared_story_counts_for_each_owner() -> None:
    """The example of the definition, with a story that nobody owns and one that is not in progress. Ann's own story began
    on March 29: days 29, 30, 31.
    """
    con = warehouse()
    add_story(con, 1, ("started", "2026-03-29 00:00"), owner_ids=[2], estimate=3)
    add_story(con, 2, ("started", "2026-03-30 00:00"), owner_ids=[2, 3], estimate=2)
    add_story(con, 3, ("finished", "2026-03-30 00:00"), story_type="bug")
    add_story(con, 4, ("unstarted", "2026-03-30 00:00"), owner_ids=[3], estimate=8)
    insert(
        con, "pivotal_tracker.project_memberships", [{"id": 1, "person": {"id": 2, "name": "Ann"}}]
    )
    made = instant("2026-03-30 00:00")
    blocker = {"id": 1, "story_id": 2, "resolved": False, "created_at": made, "updated_at": made}
    insert(con, "pivotal_tracker.blockers", [blocker])
    assert computed(con, "work_in_progress", COLUMNS, as_of=NOW) == [
        (2, "Ann", 2, 1, 5.0, 3, 1),
        (3, None, 1, 1, 2.0, 2, 1),
        (None, None, 1, 0, 0.0, None, 0),
    ]


def test_reviews_wait_until_they_are_decided() -> None:
    """Person 5 was asked twice and decided once; a review of an accepted story is waited for no more."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-03-29 00:00"), owner_ids=[2])
    add_story(con, 2, ("started", "2026-03-29 00:00"), ("accepted", "2026-03-30 00:00"))
    made = instant("2026-03-29 12:00")
    for review_id, story_id, reviewer, status in (
        (1, 1, 5, "unstarted"),
        (2, 1, 5, "pass"),
        (3, 2, 5, "in_review"),
        (4, 1, None, "in_review"),
        (5, 1, 2, "in_review"),
    ):
        row = {"id": review_id, "story_id": story_id, "reviewer_id": reviewer, "status": status}
        insert(con, "pivotal_tracker.reviews", [{**row, "created_at": made, "updated_at": made}])
    columns = "person_id, stories, reviews_waiting"
    assert computed(con, "work_in_progress", columns, as_of=NOW) == [
        (2, 1, 1),
        (5, 0, 1),
        (None, 0, 1),
    ]


def test_nothing_in_progress_is_no_row() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-03-29 00:00"), owner_ids=[2])
    assert computed(con, "work_in_progress", "person_id", as_of=NOW) == []
