"""Cycle, lead and queue times, counts, and the iteration of a story."""

from __future__ import annotations

import pytest

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-02-02 00:00"


def test_cycle_runs_from_the_first_start_to_the_last_acceptance() -> None:
    """Created Mon 9:00, started 10:00, finished 12:00, delivered 13:00, rejected 15:00, restarted 16:00, finished 18:00,
    delivered 19:00, accepted 20:00, re-opened Tue 8:00, accepted Tue 10:00.

    Cycle 10:00 to Tue 10:00 = 24 h: started 2 + 2 + 2 = 6, finished 1 + 1 = 2, delivered 2 + 1 = 3, rejected 1; the
    12 hours accepted overnight are in no column (6 + 2 + 3 + 1 + 12 = 24). Flow efficiency 6 / 24 = 25 %.
    """
    con = warehouse()
    add_story(
        con,
        1,
        ("unscheduled", "2026-01-05 09:00"),
        ("started", "2026-01-05 10:00"),
        ("finished", "2026-01-05 12:00"),
        ("delivered", "2026-01-05 13:00"),
        ("rejected", "2026-01-05 15:00"),
        ("started", "2026-01-05 16:00"),
        ("finished", "2026-01-05 18:00"),
        ("delivered", "2026-01-05 19:00"),
        ("accepted", "2026-01-05 20:00"),
        ("started", "2026-01-06 08:00"),
        ("accepted", "2026-01-06 10:00"),
    )
    (row,) = computed(
        con,
        "story_facts",
        "cycle_hours, started_hours, finished_hours, delivered_hours, rejected_hours, flow_efficiency_pct, lead_hours,"
        "queue_hours, cycle_days_calendar, cycle_days_working",
        as_of=NOW,
    )
    assert row == (24.0, 6.0, 2.0, 3.0, 1.0, 25.0, 25.0, 1.0, 2, 2)
    counts = "started_count, finished_count, delivered_count, rejected_count, reopened_count, was_rejected"
    assert computed(con, "story_facts", counts, as_of=NOW) == [(3, 2, 2, 1, 1, True)]


def test_a_story_that_is_not_accepted_has_no_cycle() -> None:
    """Accepted once and then rejected: Tracker has removed its accepted_at, and there is no last acceptance now."""
    con = warehouse()
    add_story(
        con,
        1,
        ("started", "2026-01-05 09:00"),
        ("accepted", "2026-01-06 09:00"),
        ("rejected", "2026-01-07 09:00"),
    )
    columns = "cycle_hours, cycle_hours_reason, last_accepted_at, lead_hours, started_hours, reopened_count, queue_hours"
    assert computed(con, "story_facts", columns, as_of=NOW) == [
        (None, "not_accepted", None, None, None, 1, 0.0)
    ]


def test_accepted_without_a_start() -> None:
    """1: the log reaches back to the creation and holds no start. 2: the log begins with the acceptance, so a start
    may be missing. 3: no log at all. Lead times are known all the same.
    """
    con = warehouse()
    created = {"created_at": instant("2026-01-05 00:00")}
    add_story(
        con,
        1,
        ("unstarted", "2026-01-05 00:00"),
        ("accepted", "2026-01-06 00:00"),
        story_type="chore",
    )
    add_story(con, 2, ("accepted", "2026-01-06 00:00"), activity=False, **created)
    add_story(
        con, 3, ("accepted", "2026-01-06 00:00"), activity=False, transitions=False, **created
    )
    columns = "cycle_hours, cycle_hours_reason, lead_hours, queue_hours, history_complete"
    assert computed(con, "story_facts", columns, as_of=NOW) == [
        (None, "never_started", 24.0, None, True),
        (None, "history_truncated", 24.0, None, False),
        (None, "history_truncated", 24.0, None, False),
    ]


def test_a_truncated_history_with_a_start_has_a_cycle() -> None:
    con = warehouse()
    moves = [("started", "2026-01-06 00:00"), ("accepted", "2026-01-07 00:00")]
    add_story(con, 1, *moves, activity=False, created_at=instant("2026-01-05 00:00"))
    columns = "cycle_hours, cycle_hours_reason, history_complete"
    assert computed(con, "story_facts", columns, as_of=NOW) == [(24.0, None, False)]


def test_an_acceptance_of_unknown_time_gives_no_cycle() -> None:
    """A host that sends no accepted_at: the log ends with the start, the story says accepted, but not since when."""
    con = warehouse()
    add_story(
        con,
        1,
        ("started", "2026-01-05 00:00"),
        current_state="accepted",
        updated_at=instant("2026-01-09 00:00"),
    )
    columns = "cycle_hours, cycle_hours_reason, last_accepted_at, lead_hours, iteration_number"
    assert computed(con, "story_facts", columns, as_of=NOW) == [
        (None, "history_truncated", None, None, None)
    ]


def test_days_are_counted_in_the_projects_zone() -> None:
    """Auckland is 13 hours ahead. Started Fri Jan 9 23:00 local (10:00Z), accepted Mon Jan 12 01:00 local (Jan 11 12:00Z).

    50 hours; local days Fri, Sat, Sun, Mon = 4; working days Fri and Mon = 2.
    """
    con = warehouse(zone="Pacific/Auckland")
    add_story(con, 1, ("started", "2026-01-09 10:00"), ("accepted", "2026-01-11 12:00"))
    columns = "cycle_hours, cycle_days_calendar, cycle_days_working"
    assert computed(con, "story_facts", columns, as_of=NOW) == [(50.0, 4, 2)]


@pytest.mark.parametrize(
    ("working_days", "expected"),
    [
        (["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], 10),
        (["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"], 9),
        (["SATURDAY"], 1),
        ([], 0),
    ],
)
def test_working_days_follow_the_settings(working_days: list[str], expected: int) -> None:
    """Mon Jan 5 to Fri Jan 16: two work weeks = 10 days; Sunday to Thursday = 4 + 5 = 9; one Saturday."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 09:00"), ("accepted", "2026-01-16 09:00"))
    rows = computed(
        con,
        "story_facts",
        "cycle_days_working",
        as_of=NOW,
        time_tracking={"working_days": working_days},
    )
    assert rows == [expected]


def test_points_count_by_type_and_project() -> None:
    """A bug's estimate counts only in a project that estimates bugs and chores; a release's never; none is 0; custom
    scales have fractions.
    """
    for estimable, expected in (
        (False, [2.5, 0.0, 0.0, 0.0, 0.0]),
        (True, [2.5, 3.0, 1.0, 0.0, 0.0]),
    ):
        con = warehouse(bugs_and_chores_are_estimatable=estimable)
        for story_id, (story_type, estimate) in enumerate(
            [("feature", 2.5), ("bug", 3), ("chore", 1), ("release", 5), ("feature", None)]
        ):
            add_story(
                con,
                story_id,
                ("unstarted", "2026-01-05 00:00"),
                story_type=story_type,
                estimate=estimate,
            )
        assert computed(con, "story_facts", "points", as_of=NOW) == expected


def test_the_iteration_is_that_of_the_storys_own_accepted_at() -> None:
    """Weeks from Jan 5. Accepted at Jan 12 00:00 sharp: iteration 2. By the log a moment before, by its own date in
    week 1: iteration 1. Before the first iteration: none.
    """
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 00:00"), ("accepted", "2026-01-12 00:00"))
    add_story(
        con,
        2,
        ("started", "2026-01-05 00:00"),
        ("accepted", "2026-01-12 00:00"),
        accepted_at=instant("2026-01-11 23:59"),
    )
    add_story(con, 3, ("started", "2026-01-01 00:00"), ("accepted", "2026-01-02 00:00"))
    assert computed(con, "story_facts", "iteration_number", as_of=NOW) == [2, 1, None]


def test_owners_labels_and_epics() -> None:
    con = warehouse()
    labels = [{"id": 31, "name": "dunning"}, {"id": 30, "name": "api, v2"}]
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), owner_ids=[9, 8], labels=labels)
    add_story(con, 2, ("unstarted", "2026-01-05 00:00"), owner_ids=None, labels=None)
    epics = [
        {"id": 51, "project_id": 1, "label": {"id": 31}},
        {"id": 52, "project_id": 1, "label": {"id": 32}},
    ]
    insert(con, "pivotal_tracker.epics", epics)
    assert computed(
        con, "story_facts", "owner_ids, label_ids, label_names, epic_ids", as_of=NOW
    ) == [
        ([9, 8], [31, 30], ["dunning", "api, v2"], [51]),
        ([], [], [], []),
    ]


def test_deleted_stories_stay_visible() -> None:
    con = warehouse()
    gone = {"id": 1, "project_id": 1, "current_state": "accepted", "story_type": "bug"}
    dates = {"created_at": instant("2026-01-05 00:00"), "accepted_at": instant("2026-01-06 00:00")}
    insert(
        con,
        "pivotal_tracker.stories_deleted",
        [{**gone, **dates, "_last_seen_at": instant("2026-01-07 00:00")}],
    )
    assert computed(con, "story_facts", "story_type, is_deleted, lead_hours", as_of=NOW) == [
        ("bug", True, 24.0)
    ]


def test_a_deleted_story_may_outlive_its_project() -> None:
    con = warehouse()
    gone = {"id": 1, "project_id": 77, "current_state": "accepted", "estimate": 2}
    dates = {"created_at": instant("2026-01-05 00:00"), "accepted_at": instant("2026-01-06 00:00")}
    insert(
        con,
        "pivotal_tracker.stories_deleted",
        [{**gone, **dates, "_last_seen_at": instant("2026-01-07 00:00")}],
    )
    columns = "project_id, points, lead_hours, iteration_number, is_deleted"
    assert computed(con, "story_facts", columns, as_of=NOW) == [(77, 2.0, 24.0, None, True)]


def test_a_story_without_a_type_is_a_feature() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), story_type=None, estimate=3)
    assert computed(con, "story_facts", "story_type, points", as_of=NOW) == [("feature", 3.0)]
