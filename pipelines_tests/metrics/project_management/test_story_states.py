"""Intervals of states, and how they are known."""

from __future__ import annotations

from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_change,
    add_project,
    add_story,
    add_transition,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-01-20 00:00"
INTERVALS = "state, strftime(entered_at, '%m-%d %H:%M'), hours, source, is_assumed"


def test_a_story_with_a_complete_log() -> None:
    """Created Jan 5 9:00, started 10:00, finished 12:00, delivered 12:30, rejected 14:30, restarted 15:00, accepted
    16:00; now is 20:00. Hours: 1, 2, 0.5, 2, 0.5, 1 and 4 so far. Rejecting is the only step back.
    """
    con = warehouse()
    moves = [
        ("unscheduled", "2026-01-05 09:00"),
        ("started", "2026-01-05 10:00"),
        ("finished", "2026-01-05 12:00"),
        ("delivered", "2026-01-05 12:30"),
        ("rejected", "2026-01-05 14:30"),
        ("started", "2026-01-05 15:00"),
        ("accepted", "2026-01-05 16:00"),
    ]
    add_story(con, 1, *moves)
    rows = computed(
        con,
        "story_states",
        "seq, state, hours, direction, performed_by_id, source",
        as_of="2026-01-05 20:00",
    )
    assert rows == [
        (1, "unscheduled", 1.0, None, 7, "transitions"),
        (2, "started", 2.0, "forward", 7, "transitions"),
        (3, "finished", 0.5, "forward", 7, "transitions"),
        (4, "delivered", 2.0, "forward", 7, "transitions"),
        (5, "rejected", 0.5, "backward", 7, "transitions"),
        (6, "started", 1.0, "forward", 7, "transitions"),
        (7, "accepted", 4.0, "forward", 7, "transitions"),
    ]
    assert computed(con, "story_states", "left_at IS NULL", as_of=NOW) == [False] * 6 + [True]


def test_rejected_is_backward_even_from_the_backlog_and_planned_is_beside_unstarted() -> None:
    con = warehouse()
    states = [
        "unscheduled",
        "unstarted",
        "planned",
        "unstarted",
        "rejected",
        "started",
        "unscheduled",
    ]
    add_story(con, 1, *[(state, f"2026-01-05 0{hour}:00") for hour, state in enumerate(states)])
    directions = computed(con, "story_states", "direction", as_of=NOW)
    assert directions == [None, "forward", None, None, "backward", "forward", "backward"]


def test_activity_alone_gives_the_same_intervals() -> None:
    con = warehouse()
    moves = [
        ("unstarted", "2026-01-05 09:00"),
        ("started", "2026-01-05 10:00"),
        ("accepted", "2026-01-06 09:00"),
    ]
    add_story(con, 1, *moves, transitions=False)
    rows = computed(con, "story_states", f"{INTERVALS}, performed_by_id", as_of="2026-01-07 09:00")
    assert rows == [
        ("unstarted", "01-05 09:00", 1.0, "activity", False, 8),
        ("started", "01-05 10:00", 23.0, "activity", False, 8),
        ("accepted", "01-06 09:00", 24.0, "activity", False, 8),
    ]


def test_the_highlight_of_an_activity_is_not_read() -> None:
    """An activity highlighted "edited" (as all here are) starts the story; one that changes no state is no event."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), transitions=False, current_state="started")
    add_change(
        con,
        1,
        "2026-01-06 09:00",
        {"current_state": "unstarted"},
        {"current_state": "started", "estimate": 2},
    )
    add_change(con, 1, "2026-01-07 09:00", {"estimate": 2}, {"estimate": 3})
    assert computed(con, "story_states", "state", as_of=NOW) == ["unstarted", "started"]


def test_the_two_logs_complete_each_other() -> None:
    """Transitions begin with the finish; activity knows the creation and the start, and the finish too (same project
    version), which counts once.
    """
    con = warehouse()
    add_story(
        con, 1, ("unstarted", "2026-01-05 09:00"), transitions=False, current_state="finished"
    )
    add_change(
        con,
        1,
        "2026-01-06 09:00",
        {"current_state": "unstarted"},
        {"current_state": "started"},
        version=100,
    )
    add_change(
        con,
        1,
        "2026-01-07 09:00",
        {"current_state": "started"},
        {"current_state": "finished"},
        version=101,
    )
    add_transition(con, 1, "finished", "2026-01-07 09:00", version=101)
    assert computed(con, "story_states", INTERVALS, as_of="2026-01-07 10:00") == [
        ("unstarted", "01-05 09:00", 24.0, "activity", False),
        ("started", "01-06 09:00", 24.0, "activity", False),
        ("finished", "01-07 09:00", 1.0, "transitions", False),
    ]


def test_a_truncated_log_assumes_the_beginning() -> None:
    """The log begins with the delivery on Jan 8, of a story created on Jan 5. Before it: unscheduled, assumed. If
    activity tells that the delivery left "finished", the beginning is "finished", still assumed.
    """
    con = warehouse()
    add_story(
        con,
        1,
        ("delivered", "2026-01-08 00:00"),
        activity=False,
        created_at=instant("2026-01-05 00:00"),
    )
    add_story(
        con,
        2,
        ("delivered", "2026-01-08 00:00"),
        activity=False,
        transitions=False,
        created_at=instant("2026-01-05 00:00"),
    )
    add_change(
        con, 2, "2026-01-08 00:00", {"current_state": "finished"}, {"current_state": "delivered"}
    )
    assert computed(con, "story_states", f"story_id, {INTERVALS}", as_of="2026-01-09 00:00") == [
        (1, "unscheduled", "01-05 00:00", 72.0, "story", True),
        (1, "delivered", "01-08 00:00", 24.0, "transitions", False),
        (2, "finished", "01-05 00:00", 72.0, "activity", True),
        (2, "delivered", "01-08 00:00", 24.0, "activity", False),
    ]


def test_a_creation_logged_some_seconds_later_is_the_beginning() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 09:00:20"), created_at=instant("2026-01-05 09:00"))
    assert computed(con, "story_states", INTERVALS, as_of="2026-01-05 10:00") == [
        ("unstarted", "01-05 09:00", 1.0, "transitions", False)
    ]


def test_an_imported_story_was_in_no_known_state_before_the_import() -> None:
    """Created on Jan 5 by its own date, but its create activity is of Jan 9: until then unscheduled is assumed."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-09 00:00"), created_at=instant("2026-01-05 00:00"))
    assert computed(con, "story_states", INTERVALS, as_of="2026-01-10 00:00") == [
        ("unscheduled", "01-05 00:00", 96.0, "story", True),
        ("unstarted", "01-09 00:00", 24.0, "transitions", False),
    ]


def test_without_any_log_the_story_speaks_for_itself() -> None:
    """1: accepted on Jan 7, so unscheduled is assumed until then. 2: in the backlog, and assumed to have been there
    all along. 3: started at the latest when last updated, on Jan 8.
    """
    con = warehouse()
    known = {"transitions": False, "activity": False, "created_at": instant("2026-01-05 00:00")}
    add_story(con, 1, ("accepted", "2026-01-07 00:00"), **known)
    add_story(con, 2, ("unstarted", "2026-01-08 00:00"), **known)
    add_story(con, 3, ("started", "2026-01-08 00:00"), **known)
    assert computed(con, "story_states", f"story_id, {INTERVALS}", as_of="2026-01-09 00:00") == [
        (1, "unscheduled", "01-05 00:00", 48.0, "story", True),
        (1, "accepted", "01-07 00:00", 48.0, "story", False),
        (2, "unstarted", "01-05 00:00", 96.0, "story", True),
        (3, "unscheduled", "01-05 00:00", 72.0, "story", True),
        (3, "started", "01-08 00:00", 24.0, "story", True),
    ]


def test_a_log_that_stops_short_is_completed_by_the_story() -> None:
    """The log ends with the delivery; the story says that it was accepted on Jan 7."""
    con = warehouse()
    add_story(
        con,
        1,
        ("started", "2026-01-05 00:00"),
        ("delivered", "2026-01-06 00:00"),
        current_state="accepted",
        accepted_at=instant("2026-01-07 00:00"),
    )
    assert computed(con, "story_states", INTERVALS, as_of="2026-01-08 00:00")[1:] == [
        ("delivered", "01-06 00:00", 24.0, "transitions", False),
        ("accepted", "01-07 00:00", 24.0, "story", False),
    ]


def test_the_same_second_twice_is_ordered_by_project_version() -> None:
    """Finished and delivered in one second, the row of the higher version first in the table."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 00:00"), current_state="delivered")
    add_transition(con, 1, "delivered", "2026-01-06 00:00", version=1_000_002)
    add_transition(con, 1, "finished", "2026-01-06 00:00", version=1_000_001)
    rows = computed(con, "story_states", "state, hours", as_of="2026-01-07 00:00")
    assert rows == [("started", 24.0), ("finished", 0.0), ("delivered", 24.0)]


def test_a_story_that_moved_between_projects_is_one_story() -> None:
    """Created and started in project 2, moved to project 1 (which logs "started" again), finished there.

    The old project's version 900 is higher than the new one's 10, but both are of the second of the move, and the
    story is in project 1 now, so 1's event comes later: one interval "started" from Jan 6 to Jan 8.
    """
    con = warehouse()
    add_project(con, 2)
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), current_state="finished", project_id=2)
    con.execute("UPDATE pivotal_tracker.stories SET project_id = 1")
    add_transition(con, 1, "started", "2026-01-06 00:00", project_id=2, version=900)
    add_transition(con, 1, "started", "2026-01-06 00:00", project_id=1, version=10)
    add_transition(con, 1, "finished", "2026-01-08 00:00", project_id=1, version=11)
    rows = computed(con, "story_states", "project_id, state, hours", as_of="2026-01-09 00:00")
    assert rows == [(1, "unstarted", 24.0), (1, "started", 48.0), (1, "finished", 24.0)]


def test_a_deleted_storys_life_ends_with_its_deletion() -> None:
    """Last seen on Jan 9; activity says that it was deleted on Jan 8. A story that came back is not deleted."""
    con = warehouse()
    add_story(con, 2, ("unstarted", "2026-01-05 00:00"))
    add_change(con, 1, "2026-01-05 00:00", None, {"current_state": "started"})
    deletion = {"kind": "story", "change_type": "delete", "id": 1, "name": "gone"}
    add_activity(con, "story_delete_activity", "2026-01-08 00:00", [deletion])
    gone = {"project_id": 1, "created_at": instant("2026-01-05 00:00"), "current_state": "started"}
    insert(
        con,
        "pivotal_tracker.stories_deleted",
        [
            {"id": 1, **gone, "_last_seen_at": instant("2026-01-09 00:00")},
            {"id": 2, **gone, "_last_seen_at": instant("2026-01-09 00:00")},
        ],
    )
    rows = computed(
        con, "story_states", "story_id, state, hours, left_at, is_deleted", as_of="2026-01-10 00:00"
    )
    assert rows == [
        (1, "started", 72.0, instant("2026-01-08 00:00"), True),
        (2, "unstarted", 120.0, None, False),
    ]


def test_what_is_dated_after_now_has_not_happened() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), ("accepted", "2026-01-09 00:00"))
    add_story(con, 2, ("unstarted", "2026-01-09 00:00"))
    rows = computed(con, "story_states", "story_id, state, hours", as_of="2026-01-06 00:00")
    assert rows == [(1, "unstarted", 24.0)]
