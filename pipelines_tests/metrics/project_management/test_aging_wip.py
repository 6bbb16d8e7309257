"""Age of the stories in progress."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-03-31 00:00"


def finish_stories(con: duckdb.DuckDBPyConnection, *cycle_days: int) -> None:
    for story_id, cycle in enumerate(cycle_days, start=100):
        accepted = date(2026, 1, 5) + timedelta(days=cycle)
        add_story(con, story_id, ("started", "2026-01-05 00:00"), ("accepted", f"{accepted} 00:00"))


@pytest.mark.parametrize(
    ("started", "age_hours", "percentile", "band"),
    [
        ("2026-03-30 12:00", 12.0, 0.0, "to_p50"),
        ("2026-03-26 00:00", 120.0, 50.0, "to_p50"),
        ("2026-03-25 00:00", 144.0, 60.0, "p50_to_p70"),
        ("2026-03-23 00:00", 192.0, 80.0, "p70_to_p85"),
        ("2026-03-21 12:00", 228.0, 90.0, "p85_to_p95"),
        ("2026-03-01 00:00", 720.0, 100.0, "over_p95"),
    ],
)
def test_age_against_history(started: str, age_hours: float, percentile: float, band: str) -> None:
    """History: ten cycles of 1 to 10 days; p50 = 5, p70 = 7, p85 = 9, p95 = 10 days. Five days are as long as half."""
    con = warehouse()
    finish_stories(con, *range(1, 11))
    add_story(con, 1, ("started", started))
    columns = "age_hours, percentile_vs_history, band"
    assert computed(con, "aging_wip", columns, as_of=NOW) == [(age_hours, percentile, band)]


def test_age_counts_from_the_first_start_and_moves_do_not_reset_it() -> None:
    """Started Mar 28 12:00, finished Mar 29, rejected Mar 30 6:00; now Mar 31 0:00: 60 hours, days 28, 29, 30, 31."""
    con = warehouse()
    add_story(
        con,
        1,
        ("started", "2026-03-28 12:00"),
        ("finished", "2026-03-29 00:00"),
        ("rejected", "2026-03-30 06:00"),
    )
    columns = "current_state, age_hours, age_days, last_moved_at, percentile_vs_history, band"
    expected = ("rejected", 60.0, 4, instant("2026-03-30 06:00"), None, None)
    assert computed(con, "aging_wip", columns, as_of=NOW) == [expected]


def test_an_unknown_start_is_an_unknown_age() -> None:
    """1: went straight from the backlog to finished. 2: only its present state is known."""
    con = warehouse()
    finish_stories(con, 1, 2)
    add_story(con, 1, ("unstarted", "2026-03-01 00:00"), ("finished", "2026-03-02 00:00"))
    known = {"transitions": False, "activity": False, "created_at": instant("2026-03-01 00:00")}
    add_story(con, 2, ("started", "2026-03-05 00:00"), **known)
    columns = (
        "story_id, age_hours, age_hours_reason, age_days, percentile_vs_history, last_moved_at"
    )
    assert computed(con, "aging_wip", columns, as_of=NOW) == [
        (1, None, "never_started", None, None, instant("2026-03-02 00:00")),
        (2, None, "history_truncated", None, None, None),
    ]


def test_only_stories_in_progress_and_their_blockers() -> None:
    con = warehouse()
    for story_id, state in enumerate(["unstarted", "started", "finished", "delivered", "accepted"]):
        add_story(con, story_id, (state, "2026-03-01 00:00"))
    add_story(con, 9, ("started", "2026-03-01 00:00"), story_type="release")
    blockers = [
        {"id": 1, "story_id": 1, "resolved": False},
        {"id": 2, "story_id": 1, "resolved": True},
        {"id": 3, "story_id": 2, "resolved": True},
        {"id": 4, "story_id": 3, "resolved": None},
    ]
    insert(con, "pivotal_tracker.blockers", blockers)
    assert computed(con, "aging_wip", "story_id, blocked", as_of=NOW) == [
        (1, True),
        (2, False),
        (3, True),
    ]


def test_since_when_and_whose() -> None:
    """Blocked since March 10, when the older of two open blockers was made. Person 3 left, of person 4 only the id is known."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-03-01 00:00"), owner_ids=[3, 2, 4])
    add_story(con, 2, ("started", "2026-03-01 00:00"))
    for blocker_id, resolved, day in ((1, True, 5), (2, False, 20), (3, False, 10)):
        made = instant(f"2026-03-{day:02} 00:00")
        row = {"id": blocker_id, "story_id": 1, "resolved": resolved, "created_at": made}
        insert(con, "pivotal_tracker.blockers", [{**row, "updated_at": made}])
    member = {"id": 12, "person": {"id": 2, "name": "Bo"}}
    insert(con, "pivotal_tracker.project_memberships", [member])
    former = {"id": 13, "person": {"id": 3, "name": "Cy"}}
    insert(con, "pivotal_tracker.project_memberships_deleted", [former])
    assert computed(con, "aging_wip", "blocked_since, owner_names", as_of=NOW) == [
        (instant("2026-03-10 00:00"), ["Cy", "Bo", "#4"]),
        (None, []),
    ]
