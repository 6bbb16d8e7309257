"""Cumulative flow and the snapshot of each day."""

from __future__ import annotations

from datetime import date

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    delete_story,
    instant,
    warehouse,
)


def by_state(rows: list[tuple[str, int]]) -> dict[str, int]:
    return dict(rows)


def test_first_entries_accumulate_and_skipped_states_inherit_the_next_ones_day() -> None:
    """Story 1: unscheduled Jan 5, started Jan 6 (skipping the backlog), accepted Jan 7 (skipping finished and
    delivered), back to unstarted on Jan 8. Story 2: unscheduled from Jan 6 on. At the end of each day:

    unscheduled 1, 2, 2, 2; unstarted (= planned) 0, 1, 1, 1; started 0, 1, 1, 1; finished, delivered and accepted
    0, 0, 1, 1. The way back changes nothing here, but in the snapshot: on Jan 8 story 1 is in unstarted.
    """
    con = warehouse()
    add_story(
        con,
        1,
        ("unscheduled", "2026-01-05 09:00"),
        ("started", "2026-01-06 09:00"),
        ("accepted", "2026-01-07 09:00"),
        ("unstarted", "2026-01-08 09:00"),
        estimate=3,
    )
    add_story(con, 2, ("unscheduled", "2026-01-06 09:00"))
    rows = computed(
        con, "flow_daily", "state, date, cumulative_entered, in_state", as_of="2026-01-08 20:00"
    )
    cumulative = {(state, day.day): n for state, day, n, _ in rows}
    expected = {
        "unscheduled": [1, 2, 2, 2],
        "unstarted": [0, 1, 1, 1],
        "planned": [0, 1, 1, 1],
        "started": [0, 1, 1, 1],
        "finished": [0, 0, 1, 1],
        "delivered": [0, 0, 1, 1],
        "accepted": [0, 0, 1, 1],
        "rejected": [0, 0, 0, 0],
    }
    assert {
        state: [cumulative[state, day] for day in (5, 6, 7, 8)] for state in expected
    } == expected
    snapshot = {(state, day.day): n for state, day, _, n in rows if n}
    assert snapshot == {
        ("unscheduled", 5): 1,
        ("unscheduled", 6): 1,
        ("started", 6): 1,
        ("unscheduled", 7): 1,
        ("accepted", 7): 1,
        ("unscheduled", 8): 1,
        ("unstarted", 8): 1,
    }
    points = computed(
        con, "flow_daily", "points_in_state", as_of="2026-01-08 20:00", where="state = 'started'"
    )
    assert points == [0.0, 3.0, 0.0, 0.0]


def test_who_was_rejected_had_been_delivered() -> None:
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 09:00"), ("rejected", "2026-01-05 10:00"))
    rows = computed(con, "flow_daily", "state, cumulative_entered", as_of="2026-01-05 20:00")
    assert by_state(rows) == {
        "unscheduled": 1,
        "unstarted": 1,
        "planned": 1,
        "started": 1,
        "finished": 1,
        "delivered": 1,
        "rejected": 1,
        "accepted": 0,
    }


def test_days_end_at_local_midnight() -> None:
    """Auckland is 13 hours ahead: started at 10:59Z on Jan 5 = 23:59 local, finished at 11:00Z = Jan 6 local."""
    con = warehouse(zone="Pacific/Auckland")
    add_story(con, 1, ("started", "2026-01-05 10:59"), ("finished", "2026-01-05 11:00"))
    rows = computed(
        con, "flow_daily", "date, state", as_of="2026-01-05 12:00", where="in_state = 1"
    )
    assert rows == [(date(2026, 1, 5), "started"), (date(2026, 1, 6), "finished")]


def test_work_in_progress_and_its_age() -> None:
    """Three stories first started on Jan 5 at 0:00, 12:00 and 18:00; the first is accepted on Jan 6, the second
    rejected on Jan 6.

    End of Jan 5 (24:00): ages 24, 12, 6: three in progress, median 12. End of Jan 6: ages 36 and 30, median 33. Jan 7 is
    today, now 12:00: ages 48 and 42: 45. Accepted ones are not in progress.
    """
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 00:00"), ("accepted", "2026-01-06 12:00"))
    add_story(con, 2, ("started", "2026-01-05 12:00"), ("rejected", "2026-01-06 12:00"))
    add_story(con, 3, ("started", "2026-01-05 18:00"))
    columns = "wip, wip_age_median_hours"
    rows = computed(con, "flow_daily", columns, as_of="2026-01-07 12:00", where="state = 'started'")
    assert rows == [(3, 12.0), (2, 33.0), (2, 45.0)]


def test_a_deleted_story_flows_until_it_is_deleted() -> None:
    """Started on Monday, Jan 5, deleted on Thursday: in progress on three days, then in no state; entered it stays."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-05 09:00"))
    delete_story(con, 1, "2026-01-08 09:00")
    columns = "in_state, wip, cumulative_entered, cumulative_deleted"
    rows = computed(con, "flow_daily", columns, as_of="2026-01-09 12:00", where="state = 'started'")
    assert rows == [*[(1, 1, 1, 0)] * 3, *[(0, 0, 1, 1)] * 2]


def test_releases_do_not_flow_and_assumptions_are_counted() -> None:
    """Story 2 is started, but only its last update says so: it is in progress with an unknown age."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), story_type="release")
    known = {"transitions": False, "activity": False, "created_at": instant("2026-01-05 00:00")}
    add_story(con, 2, ("started", "2026-01-06 00:00"), **known)
    columns = "in_state, in_state_assumed, wip, wip_age_median_hours"
    rows = computed(con, "flow_daily", columns, as_of="2026-01-06 12:00", where="state = 'started'")
    assert rows == [(0, 0, 0, None), (1, 1, 1, None)]
    backlog = computed(
        con, "flow_daily", "in_state", as_of="2026-01-06 12:00", where="state = 'unstarted'"
    )
    assert backlog == [0, 0]
