"""Scope and accepted work, as of each day."""

from __future__ import annotations

from datetime import date

from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_change,
    add_project,
    add_story,
    computed,
    delete_story,
    warehouse,
)
from pipelines_tests.support.tables import insert


def test_estimates_are_those_of_the_day() -> None:
    """Created unestimated on Jan 5, estimated 2 on Jan 6, changed to 5 on Jan 7, accepted Jan 8.

    Scope 0, 2, 5, 5; accepted 0, 0, 0, 5; unestimated 1, 0, 0, 0.
    """
    con = warehouse()
    add_story(
        con, 1, ("unstarted", "2026-01-05 09:00"), ("accepted", "2026-01-08 09:00"), estimate=5
    )
    add_change(con, 1, "2026-01-06 09:00", {"estimate": None}, {"estimate": 2})
    add_change(con, 1, "2026-01-07 09:00", {"estimate": 2}, {"estimate": 5})
    columns = "date, scope_points, accepted_points, scope_stories, accepted_stories, unestimated, is_replayed"
    assert computed(con, "burnup_daily", columns, as_of="2026-01-08 20:00") == [
        (date(2026, 1, 5), 0.0, 0.0, 1, 0, 1, True),
        (date(2026, 1, 6), 2.0, 0.0, 1, 0, 0, True),
        (date(2026, 1, 7), 5.0, 0.0, 1, 0, 0, True),
        (date(2026, 1, 8), 5.0, 5.0, 1, 1, 0, True),
    ]


def test_an_estimate_that_was_taken_away_is_gone() -> None:
    """Tracker leaves absent values out: the change has an original estimate and no new one."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), estimate=None)
    add_change(con, 1, "2026-01-06 09:00", {"estimate": 3}, {})
    columns = "scope_points, unestimated"
    assert computed(con, "burnup_daily", columns, as_of="2026-01-06 20:00") == [(3.0, 0), (0.0, 1)]


def test_before_the_log_the_earliest_known_value_stands_and_is_not_called_replayed() -> None:
    """Transitions reach back to Jan 5; the log begins on Jan 7 with a change from 2 to 5 points."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), activity=False, estimate=5)
    add_change(con, 1, "2026-01-07 09:00", {"estimate": 2}, {"estimate": 5})
    rows = computed(con, "burnup_daily", "scope_points, is_replayed", as_of="2026-01-08 20:00")
    assert rows == [(2.0, False), (2.0, False), (5.0, True), (5.0, True)]


def test_without_any_log_todays_values_stand_for_every_day() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), activity=False, estimate=5)
    rows = computed(con, "burnup_daily", "scope_points, is_replayed", as_of="2026-01-06 20:00")
    assert rows == [(5.0, False), (5.0, False)]


def test_the_last_day_agrees_with_the_stories_whatever_the_log_lost() -> None:
    """The log ends with 2 points, the story has 8: the change was lost, and is dated today."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), estimate=8)
    add_change(con, 1, "2026-01-05 10:00", {"estimate": None}, {"estimate": 2})
    assert computed(con, "burnup_daily", "scope_points", as_of="2026-01-07 20:00") == [
        2.0,
        2.0,
        8.0,
    ]


def test_the_icebox_and_releases_are_not_in_a_projects_scope() -> None:
    """Story 1 is in the icebox until Jan 6 and again from Jan 8. A bug counts no points where bugs are not estimated."""
    con = warehouse()
    add_story(
        con,
        1,
        ("unscheduled", "2026-01-05 09:00"),
        ("unstarted", "2026-01-06 09:00"),
        ("unscheduled", "2026-01-08 09:00"),
        estimate=3,
    )
    add_story(con, 2, ("unstarted", "2026-01-05 09:00"), story_type="release")
    add_story(con, 3, ("unstarted", "2026-01-07 09:00"), story_type="bug", estimate=2)
    columns = "date, scope_points, scope_stories, unestimated"
    assert computed(con, "burnup_daily", columns, as_of="2026-01-08 20:00") == [
        (date(2026, 1, 6), 3.0, 1, 0),
        (date(2026, 1, 7), 3.0, 2, 0),
        (date(2026, 1, 8), 0.0, 1, 0),
    ]


def test_labels_and_epics_as_of_the_day() -> None:
    """Story 1 (icebox, 3 points) has label 30 from Jan 6 to 7; story 2 (5 points, accepted) has 30 and 31 throughout.

    Label 30: 5, 8, 5; label 31 and its epic 51: 5 every day. The icebox counts here.
    """
    con = warehouse()
    labels = [{"id": 30, "name": "a"}, {"id": 31, "name": "b"}]
    insert(con, "pivotal_tracker.labels", [{"project_id": 1, **label} for label in labels])
    insert(con, "pivotal_tracker.epics", [{"id": 51, "project_id": 1, "label": labels[1]}])
    add_story(con, 1, ("unscheduled", "2026-01-05 09:00"), estimate=3)
    add_change(con, 1, "2026-01-06 09:00", {"label_ids": []}, {"label_ids": [30]})
    add_change(con, 1, "2026-01-07 09:00", {"label_ids": [30]}, {"label_ids": []})
    add_story(con, 2, ("accepted", "2026-01-05 09:00"), estimate=5, labels=labels)
    columns = "scope_kind, scope_id, scope_points, accepted_points"
    rows = computed(
        con, "burnup_daily", columns, as_of="2026-01-07 20:00", where="scope_kind <> 'project'"
    )
    assert rows == [
        ("epic", 51, 5.0, 5.0),
        ("epic", 51, 5.0, 5.0),
        ("epic", 51, 5.0, 5.0),
        ("label", 30, 5.0, 5.0),
        ("label", 30, 8.0, 5.0),
        ("label", 30, 5.0, 5.0),
        ("label", 31, 5.0, 5.0),
        ("label", 31, 5.0, 5.0),
        ("label", 31, 5.0, 5.0),
    ]


def test_a_release_takes_todays_stories_for_every_day() -> None:
    con = warehouse()
    add_story(
        con, 1, ("unstarted", "2026-01-05 09:00"), ("accepted", "2026-01-06 09:00"), estimate=3
    )
    add_story(con, 9, ("unstarted", "2026-01-05 09:00"), story_type="release")
    insert(con, "pivotal_tracker.releases", [{"id": 9, "project_id": 1, "story_ids": [1]}])
    columns = "scope_points, accepted_points, is_replayed"
    rows = computed(
        con, "burnup_daily", columns, as_of="2026-01-06 20:00", where="scope_kind = 'release'"
    )
    assert rows == [(3.0, 0.0, False), (3.0, 3.0, False)]


def test_a_moved_story_leaves_one_scope_and_joins_the_other_on_that_day() -> None:
    """In project 2 until Jan 6, then in project 1; both log the move."""
    con = warehouse()
    add_project(con, 2)
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), project_id=2, estimate=3)
    con.execute("UPDATE pivotal_tracker.stories SET project_id = 1")
    for project_id in (2, 1):
        add_change(
            con, 1, "2026-01-06 09:00", {"project_id": 2}, {"project_id": 1}, project_id=project_id
        )
    rows = computed(con, "burnup_daily", "scope_id, date, scope_points", as_of="2026-01-07 20:00")
    assert rows == [
        (1, date(2026, 1, 6), 3.0),
        (1, date(2026, 1, 7), 3.0),
        (2, date(2026, 1, 5), 3.0),
        (2, date(2026, 1, 6), 0.0),
        (2, date(2026, 1, 7), 0.0),
    ]


def test_a_type_change_changes_points_from_that_day() -> None:
    """A feature of 3 points became a bug on Jan 6; the project does not estimate bugs."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), story_type="bug", estimate=3)
    add_change(con, 1, "2026-01-06 09:00", {"story_type": "feature"}, {"story_type": "bug"})
    assert computed(con, "burnup_daily", "scope_points", as_of="2026-01-06 20:00") == [3.0, 0.0]


def test_fractions_leave_no_crumbs() -> None:
    """Ten stories of 0.1 points come and go: 1.0 exactly, then 0.0 exactly."""
    con = warehouse()
    for story_id in range(10):
        moves = [("unstarted", "2026-01-05 09:00"), ("unscheduled", "2026-01-06 09:00")]
        add_story(con, story_id, *moves, estimate=0.1)
    assert computed(con, "burnup_daily", "scope_points", as_of="2026-01-06 20:00") == [1.0, 0.0]


def test_a_deleted_story_stays_in_the_scope_of_the_days_before() -> None:
    """3 and 2 points from Monday, Jan 5; the second is deleted on Wednesday: 5, 5, 3, 3 points, in project and label.

    It had 1 point until Tuesday: 4 on Monday. As of Tuesday night, when it was there, the days are the same.
    """
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), estimate=3, labels=[{"id": 31}])
    add_story(con, 2, ("unstarted", "2026-01-05 09:00"), estimate=2, labels=[{"id": 31}])
    add_change(con, 2, "2026-01-06 09:00", {"estimate": 1}, {"estimate": 2})
    before = computed(
        con, "burnup_daily", "scope_kind, date, scope_points", as_of="2026-01-06 20:00"
    )
    delete_story(con, 2, "2026-01-07 09:00")
    for scope_kind in ("project", "label"):
        columns = "scope_points, scope_stories, unestimated"
        where = f"scope_kind = '{scope_kind}'"
        assert computed(con, "burnup_daily", columns, as_of="2026-01-08 20:00", where=where) == [
            (4.0, 2, 0),
            (5.0, 2, 0),
            (3.0, 1, 0),
            (3.0, 1, 0),
        ]
    assert before == computed(
        con, "burnup_daily", "scope_kind, date, scope_points", as_of="2026-01-06 20:00"
    )


def test_days_are_those_of_the_projects_zone() -> None:
    """Denver: estimated at Jan 7 06:00Z, which is the evening of Jan 6."""
    con = warehouse(zone="America/Denver")
    add_story(con, 1, ("unstarted", "2026-01-05 18:00"), estimate=3)
    add_change(con, 1, "2026-01-07 06:00", {"estimate": 1}, {"estimate": 3})
    add_activity(con, "comment_create_activity", "2026-01-05 18:00", [])
    rows = computed(con, "burnup_daily", "date, scope_points", as_of="2026-01-07 06:30")
    assert rows == [(date(2026, 1, 5), 1.0), (date(2026, 1, 6), 3.0)]
