"""Blockers of stories, and the parts of cycles that were blocked or in review."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

# 2026-03-02 is a Monday.
NOW = "2026-03-31 00:00"
TIMES = "blocked_from, blocked_to, hours, is_open, ended_by, is_resolved"


def add_blocker(
    con: duckdb.DuckDBPyConnection, blocker_id: int, story_id: int, made: str, *changes: Any
) -> None:
    """A blocker as it was last read: made then, and, if it is ``resolved``, at that instant."""
    resolved = changes[0] if changes else None
    row = {
        "id": blocker_id,
        "story_id": story_id,
        "project_id": 1,
        "resolved": resolved is not None,
        "created_at": instant(made),
        "updated_at": instant(resolved or made),
    }
    insert(con, "pivotal_tracker.blockers", [row])


def log_part(
    con: duckdb.DuckDBPyConnection, kind: str, part_id: int, occurred: str, action: str, **new: Any
) -> None:
    """An activity with one change of one blocker or review."""
    change = {"kind": kind, "id": part_id, "change_type": action, "new_values": new}
    add_activity(con, f"{kind}_{action}_activity", occurred, [change])


def test_a_blocker_lasts_until_it_is_resolved() -> None:
    """1: Monday 9:00 to 15:00, 6 hours. 2: still open, 24 hours at midnight."""
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"))
    add_blocker(con, 1, 7, "2026-03-02 09:00", "2026-03-02 15:00")
    add_blocker(con, 2, 7, "2026-03-30 00:00")
    assert computed(con, "story_blocks", TIMES, as_of=NOW) == [
        (instant("2026-03-02 09:00"), instant("2026-03-02 15:00"), 6.0, False, "resolved", True),
        (instant("2026-03-30 00:00"), None, 24.0, True, None, False),
    ]


def test_a_blocker_that_was_opened_again_counts_without_the_pause() -> None:
    """The example of the definition: Monday 9:00 to 15:00, Tuesday 9:00 to 11:00: 8 hours."""
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"))
    add_blocker(con, 1, 7, "2026-03-02 09:00", "2026-03-03 11:00")
    log_part(con, "blocker", 1, "2026-03-02 15:00", "update", resolved=True)
    log_part(con, "blocker", 1, "2026-03-03 09:00", "update", resolved=False)
    log_part(con, "blocker", 1, "2026-03-03 10:00", "update", description="Other words")
    assert computed(con, "story_blocks", TIMES, as_of=NOW) == [
        (instant("2026-03-02 09:00"), instant("2026-03-03 11:00"), 8.0, False, "resolved", True)
    ]
    assert computed(con, "story_blocks", f"{TIMES}, open_since", as_of="2026-03-03 10:00") == [
        (instant("2026-03-02 09:00"), None, 7.0, True, None, False, instant("2026-03-03 09:00"))
    ]


def test_the_log_tells_what_a_list_is_too_old_to_know() -> None:
    """A change of a blocker does not move its story, so the list still has it as it was made."""
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"))
    add_blocker(con, 1, 7, "2026-03-02 09:00")
    log_part(con, "blocker", 1, "2026-03-02 12:00", "update", resolved=True)
    log_part(con, "blocker", 2, "2026-03-02 13:00", "create", story_id=7, description="In no list")
    log_part(con, "blocker", 2, "2026-03-02 14:00", "delete")
    columns = "blocker_id, hours, ended_by, is_resolved, description"
    assert computed(con, "story_blocks", columns, as_of=NOW) == [
        (1, 3.0, "resolved", True, None),
        (2, 1.0, "removed", False, "In no list"),
    ]


def test_a_removed_blocker_ends_and_so_does_one_of_an_accepted_story() -> None:
    """1 was removed, last seen Tuesday 9:00. 2 is unresolved, but its story was accepted; 3 was made after that."""
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"))
    add_story(con, 8, ("started", "2026-03-02 08:00"), ("accepted", "2026-03-04 08:00"))
    add_blocker(con, 1, 7, "2026-03-02 09:00")
    con.execute(
        "INSERT INTO pivotal_tracker.blockers_deleted BY NAME"
        " SELECT *, ?::TIMESTAMPTZ AS _last_seen_at FROM pivotal_tracker.blockers",
        [instant("2026-03-03 09:00")],
    )
    con.execute("DELETE FROM pivotal_tracker.blockers")
    add_blocker(con, 2, 8, "2026-03-03 08:00")
    add_blocker(con, 3, 8, "2026-03-05 08:00")
    assert computed(con, "story_blocks", "hours, ended_by, is_resolved", as_of=NOW) == [
        (24.0, "removed", False),
        (24.0, "accepted", False),
        (0.0, "accepted", False),
    ]


def test_a_blocker_without_dates_has_no_hours() -> None:
    """As exports have them."""
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"), ("accepted", "2026-03-04 08:00"))
    add_story(con, 8, ("started", "2026-03-02 08:00"))
    for blocker_id, story_id, resolved in ((1, 7, True), (2, 8, False)):
        row = {"id": blocker_id, "story_id": story_id, "resolved": resolved}
        insert(con, "pivotal_tracker.blockers", [row])
    columns = "blocked_from, blocked_to, hours, hours_reason, is_open, is_resolved"
    assert computed(con, "story_blocks", columns, as_of=NOW) == [
        (None, instant("2026-03-04 08:00"), None, "not_dated", False, True),
        (None, None, None, "not_dated", True, False),
    ]
    facts = "blocked_hours, blocked_hours_reason, review_hours, review_hours_reason"
    assert computed(con, "story_facts", facts, as_of=NOW) == [
        (None, "not_dated", 0.0, None),
        (None, "not_accepted", None, "not_accepted"),
    ]


def test_the_blocked_part_of_a_cycle_counts_once() -> None:
    """The example of story_facts: a cycle from Monday 9:00 to Tuesday 9:00; blocked 8:00 to 12:00 and 11:00 to 13:00,
    which is 4 hours of it; and after the acceptance, which is none.
    """
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 09:00"), ("accepted", "2026-03-03 09:00"))
    add_blocker(con, 1, 7, "2026-03-02 08:00", "2026-03-02 12:00")
    add_blocker(con, 2, 7, "2026-03-02 11:00", "2026-03-02 13:00")
    add_blocker(con, 3, 7, "2026-03-03 10:00", "2026-03-03 11:00")
    columns = "cycle_hours, blocked_hours, blocked_hours_reason, review_hours"
    assert computed(con, "story_facts", columns, as_of=NOW) == [(24.0, 4.0, None, 0.0)]


def test_review_time_ends_with_the_verdict() -> None:
    """Asked for at 12:00, begun at 13:00, passed at 15:00: 3 hours. Another one was revised, asked for again and is
    undecided at the acceptance: 16:00 to 17:00 and 20:00 to 22:00. 6 hours.
    """
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 09:00"), ("accepted", "2026-03-02 22:00"))
    for review_id, made, status, changed in (
        (1, "2026-03-02 12:00", "pass", "2026-03-02 15:00"),
        (2, "2026-03-02 16:00", "in_review", "2026-03-02 20:00"),
    ):
        row = {
            "id": review_id,
            "story_id": 7,
            "status": status,
            "created_at": instant(made),
            "updated_at": instant(changed),
        }
        insert(con, "pivotal_tracker.reviews", [row])
    log_part(con, "review", 1, "2026-03-02 13:00", "update", status="in_review")
    log_part(con, "review", 2, "2026-03-02 17:00", "update", status="revise")
    assert computed(con, "story_facts", "review_hours, blocked_hours", as_of=NOW) == [(6.0, 0.0)]


def test_no_blockers_are_no_rows() -> None:
    con = warehouse()
    add_story(con, 7, ("started", "2026-03-02 08:00"))
    assert computed(con, "story_blocks", "blocker_id", as_of=NOW) == []
    add_blocker(con, 1, 7, "2026-04-01 00:00")
    assert computed(con, "story_blocks", "blocker_id", as_of=NOW) == []
